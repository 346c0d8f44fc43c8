"""`--json`: one value on stdout, of a published shape, and nothing else."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from relflow.cli.command import Answer, Call, perform
from relflow.cli.explaining import plan_of, verdicts_of
from relflow.cli.rehearsed import rehearsed
from relflow.cli.results import answer_in, reconciled
from relflow.service.explaining import plan, why
from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.reconciling import abandon, reconcile
from relflow.service.rehearsing import rehearse
from relflow.service.releases import approve, create, record_test, resume
from tests.cli.running import Ended, Run
from tests.cli.schemas import SCHEMAS, wrong, wrong_of
from tests.doubles.clock import SteppingClock
from tests.doubles.team import Team, assembled, done, memory_store

READS = {
    "status": "status",
    "status --at 2026-03-02T09:00:18Z": "status",
    "show 1.4.0 --at 2026-03-02T09:00:18Z": "show",
    "list": "list",
    "list --state held": "list",
    "show 1.3.0": "show",
    "show 1.4.0": "show",
    "show 1.5.0": "show",
    "log": "log",
    "audit verify": "audit-verify",
    "db check": "db-check",
    "db upgrade": "db-upgrade",
    "db rebuild": "db-rebuild",
    "db backup copy.db": "db-backup",
    "db copy sqlite:///releases.db sqlite:///moved.db": "db-copy",
    "policy show": "policy-show",
    "policy diff": "policy-diff",
    "workflow show": "workflow-show",
    "workflow check": "workflow-check",
    "trust https://gitlab.example.org --yes": "trust",
}
FAILURES = {
    "show 9.9.9": ("usage", 2),
    "show": ("usage", 2),
    "shown 1.4.0": ("usage", 2),
    "list --nope": ("usage", 2),
    "list --limit many": ("usage", 2),
    "list --limit 0": ("usage", 2),
    "policy": ("usage", 2),
    "log --since never": ("usage", 2),
    "status --at never": ("usage", 2),
    "show 1.5.0 --at 2026-03-02T09:00:10Z": ("usage", 2),
    "hold 1.4.0": ("usage", 2),
    "list -R group/other": ("setup", 8),
    "list --config nowhere.toml": ("setup", 8),
    "approve 1.4.0 prod": ("setup", 8),
}


@pytest.mark.parametrize("words", READS)
def test_a_command_that_reads_prints_its_shape(run: Run, words: str) -> None:
    """One JSON value of the published shape is on stdout, and nothing on stderr."""
    ended = run(*words.split(), "--json")
    assert (ended.code, ended.err) == (0, "")
    assert wrong(READS[words], ended.json) == []


@pytest.mark.parametrize("words", FAILURES)
def test_a_failure_prints_an_error_and_nothing_else(run: Run, words: str) -> None:
    """Its kind and its exit code are the contract's, and stderr is silent."""
    ended = run(*words.split(), "--json")
    kind, code = FAILURES[words]
    assert wrong("failure", ended.json) == []
    assert (ended.json["error"]["kind"], ended.code, ended.err) == (kind, code, "")


def schemas_within(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object that a schema describes."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for each in schema.values():
            yield from schemas_within(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from schemas_within(each)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_shape_is_closed(name: str) -> None:
    """A schema is valid, knows every key, and only `error` may be missing: absent is null, never left out."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    for each in schemas_within(SCHEMAS[name]):
        assert each["additionalProperties"] is False
        assert set(each["properties"]) - set(each["required"]) <= {"error"}


def test_a_key_too_many_is_noticed() -> None:
    """The check of these tests can fail."""
    assert wrong("db-upgrade", {"file": "x", "changed": True}) == []
    assert wrong("db-upgrade", {"file": "x", "changed": True, "more": 1})
    assert wrong("db-upgrade", {"file": "x"})
    assert wrong_of(("db", "upgrade", "--json"), {"file": "x"})
    assert wrong_of(("reconcile", "--abandon", "1", "-m", "gone", "--json"), {"deployments": [], "events": []})


@pytest.fixture
def team() -> Team:
    """A team whose GitLab and store are in memory."""
    clock = SteppingClock()
    return assembled(memory_store(clock), clock)


Say = Callable[[Callable[[], Answer]], Ended]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Let the command line say an answer, as JSON."""
    call = Call(as_json=True, config=None, project=None, debug=False)
    return lambda answer: Ended(perform(call, answer), *capsys.readouterr())


def test_every_command_that_moves_a_release_prints_the_same_shape(team: Team, say: Say) -> None:
    """create, test, approve, deploy, hold, resume: release, events, deployment."""
    team.gitlab.push("v1.4.0")
    team.runs_at_once()
    app = team.app("chris")
    steps: list[Callable[[], Answer]] = [
        lambda: answer_in(app, create(app, "1.4.0", None, "Rounding")),
        lambda: answer_in(app, record_test(app, "1.4.0")),
        lambda: answer_in(app, approve(team.app("dana"), "1.4.0", "dev", "read it")),
        lambda: answer_in(app, deploy(app, "1.4.0", "dev")),
        lambda: answer_in(app, hold(app, "1.4.0", "odd totals")),
        lambda: answer_in(app, resume(app, "1.4.0", "old export")),
    ]
    answers = [say(step) for step in steps]
    assert [(each.code, wrong("changed", each.json)) for each in answers] == [(0, [])] * len(steps)
    assert answers[3].json["deployment"]["outcome"] == "success"
    assert [each["event"] for each in answers[5].json["events"]] == ["release_resumed"]


def test_a_refusal_names_every_gate(team: Team, say: Say) -> None:
    """Exit 1, the error alone, and each gate in the contract's shape."""
    team.tested("1.4.0")
    app = team.app("chris")
    ended = say(lambda: answer_in(app, deploy(app, "1.4.0", "prod")))
    assert (ended.code, ended.err, wrong("failure", ended.json)) == (1, "", [])
    assert {gate["gate"] for gate in ended.json["error"]["gates"]} >= {"in_state", "quorum_met"}


def test_asking_prints_verdicts_and_plans(team: Team, say: Say) -> None:
    """One verdict for a trigger, a list of them without; a plan with what runs and without."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once()
    app = team.app("chris")
    one, every = why(app, "1.4.0", "deploy", "dev"), why(app, "1.4.0")
    assert wrong("why", verdicts_of(one, single=True).shape) == []
    assert wrong("why", verdicts_of(every, single=False).shape) == []
    first = say(lambda: plan_of(plan(app, "1.4.0", "dev")))
    assert (first.code, wrong("plan", first.json), first.json["changes"]["from"]) == (0, [], None)
    done(deploy(app, "1.4.0", "dev"))
    team.tested("1.5.0")
    second = say(lambda: plan_of(plan(app, "1.5.0", "dev")))
    assert (second.code, wrong("plan", second.json)) == (1, [])
    assert [len(second.json["changes"][key]) for key in ("commits", "authors")] == [1, 1]


def test_a_failed_job_is_the_normal_shape_with_an_error(team: Team, say: Say) -> None:
    """Exit 6: what was recorded stands beside why it is not as hoped."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    team.runs_at_once("failed")
    ended = say(lambda: answer_in(team.app("chris"), deploy(team.app("chris"), "1.4.0", "dev")))
    assert (ended.code, ended.json["error"]["kind"], wrong("changed", ended.json)) == (6, "failed", [])
    assert ended.json["deployment"]["outcome"] == "failed"


def test_an_open_deployment_is_the_normal_shape_with_an_error(team: Team, say: Say) -> None:
    """Exit 5: `deploy` says it, `reconcile` says it for each, and `--abandon` ends it once the play is old enough."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    app = team.app("chris")
    ended = say(lambda: answer_in(app, deploy(app, "1.4.0", "dev", timeout_s=30)))
    assert (ended.code, ended.json["error"]["kind"], wrong("changed", ended.json)) == (5, "unknown", [])
    assert ended.json["deployment"]["outcome"] is None
    again = say(lambda: reconciled(app, reconcile(app, 30)))
    assert (again.code, wrong("reconcile", again.json)) == (5, [])
    refused = say(lambda: answer_in(app, abandon(app, 1, "it runs on")))
    assert (refused.code, wrong("failure", refused.json)) == (1, [])
    team.runs_at_once()
    settled = say(lambda: reconciled(app, reconcile(app, 30)))
    assert (settled.code, wrong("reconcile", settled.json)) == (0, [])
    nothing = say(lambda: reconciled(app, reconcile(app, 30)))
    assert (nothing.code, nothing.json) == (0, {"deployments": [], "events": []})


def test_a_rehearsal_says_what_would_be(team: Team, say: Say) -> None:
    """Exit 0 whatever it tells; what would stay open comes with its reasons and steps, what would end with none."""
    team.approved(team.tested("1.4.0").version)
    app = team.app("chris")
    say(lambda: answer_in(app, deploy(app, "1.4.0", "dev", timeout_s=30)))
    running = say(lambda: rehearsed(rehearse(app)))
    assert (running.code, wrong("reconcile-dry-run", running.json)) == (0, [])
    [each] = running.json["deployments"]
    assert (each["deployment"]["outcome"], each["would_record"], each["next"]) == (None, [], ["relflow reconcile"])
    assert each["why"]
    team.gitlab.finish(each["deployment"]["job"]["id"], "failed")
    ended = say(lambda: rehearsed(rehearse(app)))
    assert (ended.code, wrong("reconcile-dry-run", ended.json)) == (0, [])
    [each] = ended.json["deployments"]
    assert (each["deployment"]["outcome"], each["would_record"]) == ("failed", ["deployment_settled"])
    assert (each["why"], each["next"]) == ([], [])


@pytest.mark.parametrize("as_json", [True, False])
def test_who_comes_second_to_an_end_is_told_it(team: Team, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """Between our look and our record somebody else recorded the end: we wrote nothing, and that is no bug."""
    team.approved(team.tested("1.4.0").version)
    app, call = team.app("chris"), Call(as_json=as_json, config=None, project=None, debug=False)
    done(deploy(app, "1.4.0", "dev", wait=False))
    team.runs_at_once()
    team.gitlab.before("jobs", lambda: reconcile(team.app("dana")))
    assert perform(call, lambda: reconciled(app, reconcile(app, 30))) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert not as_json or wrong("reconcile", json.loads(said.out)) == []
    assert as_json or "deployment 1 of 1.4.0 to dev: success" in said.out


@pytest.fixture
def tampered(home: Path) -> Path:
    """Somebody took the triggers away and changed a record."""
    connection = sqlite3.connect(home / "releases.db")
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE audit SET record = replace(record, 'numbers checked', 'numbers chacked') WHERE seq = 15")
    connection.commit()
    connection.close()
    return home


@pytest.mark.usefixtures("tampered")
def test_a_log_that_does_not_verify_is_the_normal_shape_with_an_error(run: Run) -> None:
    """Exit 7, the layers with the first bad record, and the error."""
    ended = run("audit", "verify", "--json")
    assert (ended.code, ended.err, wrong("audit-verify", ended.json)) == (7, "", [])
    assert (ended.json["ok"], ended.json["error"]["kind"]) == (False, "audit")
    bad = {each["layer"]: each["first_bad"] for each in ended.json["layers"] if each["ok"] is False}
    assert bad["chain"] in {15, 16}
    checked = run("db", "check", "--json")
    assert (checked.code, wrong("db-check", checked.json)) == (8, [])


def test_a_policy_that_differs_says_so_with_its_exit_code(run: Run, home: Path) -> None:
    """`policy diff` ends with 1 and has no error: it answered what was asked."""
    file = home / "relflow.toml"
    file.write_text(file.read_text().replace("approvals = 2", "approvals = 3"))
    ended = run("policy", "diff", "--json")
    assert (ended.code, wrong("policy-diff", ended.json), ended.json["differs"]) == (1, [], True)
    file.write_text(file.read_text().replace("deploy-prod", "deploy-dev"))
    checked = run("workflow", "check", "--json")
    assert (checked.code, checked.json["error"]["kind"], wrong("workflow-check", checked.json)) == (1, "refused", [])


def test_json_keeps_text_as_it_was_given(run: Run) -> None:
    """Controls are escaped by JSON itself; what is read from it is what was said."""
    ended = run("log", "--event", "release_held", "--json")
    assert ended.json[0]["reason"] == "evil \x1b[2J\u202e text"
    assert "\x1b" not in ended.out
