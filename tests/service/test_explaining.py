"""Asking before acting: what `why` and `plan` say is what the command then does, and asking leaves no trace."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from relflow.cli.explaining import plan_of
from relflow.core.commands import Planned
from relflow.core.errors import GitLabError, UsageError
from relflow.core.verdict import Verdict
from relflow.service.app import Done, No, Outcome
from relflow.service.explaining import Why, plan, why
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.releases import approve, create, record_test, reject, resume, unapprove
from tests.doubles.team import Team, done
from tests.service.test_playing import troubled
from tests.service.test_trying_again import brought

Act = Callable[[Team], Outcome]
ACTS: dict[str, tuple[str, str | None, Act]] = {
    "test": ("chris", None, lambda team: record_test(team.app("chris"), "1.4.0")),
    "approve": ("chris", "dev", lambda team: approve(team.app("chris"), "1.4.0", "dev")),
    "unapprove": ("dana", "dev", lambda team: unapprove(team.app("dana"), "1.4.0", "dev")),
    "reject": ("rita", "dev", lambda team: reject(team.app("rita"), "1.4.0", "dev", "…")),
    "deploy": ("chris", "dev", lambda team: deploy(team.app("chris"), "1.4.0", "dev")),
    "rollback": ("chris", "dev", lambda team: rollback(team.app("chris"), "1.4.0", "dev", "…")),
    "hold": ("rita", None, lambda team: hold(team.app("rita"), "1.4.0", "…")),
    "resume": ("dana", None, lambda team: resume(team.app("dana"), "1.4.0", "…")),
}
STAGES: dict[str, Callable[[Team], object]] = {
    "draft": lambda team: None,
    "tested": lambda team: done(record_test(team.app("chris"), "1.4.0")),
    "approved": lambda team: team.approved("1.4.0", by=("dana",)),
    "held": lambda team: done(hold(team.app("rita"), "1.4.0", "wait")),
    "resumed": lambda team: done(resume(team.app("dana"), "1.4.0", "go on")),
    "failed": lambda team: _deployed(team, "failed"),
    "deployed": lambda team: _deployed(team, "success"),
}


def _deployed(team: Team, status: str) -> None:
    team.runs_at_once(status)
    deploy(team.app("chris"), "1.4.0", "dev")


def judged(found: Why) -> Verdict:
    """The only verdict."""
    [verdict] = found.verdicts
    return verdict


@pytest.mark.parametrize("trigger", ACTS)
def test_why_says_what_the_command_does(team: Team, trigger: str) -> None:
    """At every stage of a release: the same gates say no, and nothing but the command is recorded."""
    who, environment, act = ACTS[trigger]
    team.gitlab.push("v1.4.0")

    done(create(team.app("chris"), "1.4.0", None, None))
    for move in STAGES.values():
        move(team)
        before = team.release("1.4.0")
        verdict = judged(why(team.app(who), "1.4.0", trigger, environment))
        assert team.release("1.4.0") == before
        if verdict.allowed:
            continue
        outcome = act(team)
        assert isinstance(outcome, No)
        assert [each.gate for each in outcome.refusals] == [each.gate for each in verdict.gates if not each.holds]
    assert isinstance(act(team), Done | No)


@pytest.mark.parametrize("stage", STAGES)
def test_what_why_allows_is_done(team: Team, stage: str) -> None:
    """Every trigger that it calls allowed is accepted, asked by the same person."""
    team.gitlab.push("v1.4.0")
    done(create(team.app("chris"), "1.4.0", None, None))
    for name, move in STAGES.items():
        move(team)
        if name == stage:
            break
    allowed = []
    for trigger, (who, environment, act) in ACTS.items():
        if judged(why(team.app(who), "1.4.0", trigger, environment)).allowed:
            allowed.append(trigger)
            team.runs_at_once()
            assert isinstance(act(team), Done), trigger
            break
    assert allowed


def test_all_that_is_on_the_way(team: Team) -> None:
    """One verdict for each trigger that leaves the state, in the order of the table."""
    team.approved(team.tested("1.4.0").version)
    found = why(team.app("chris"), "1.4.0")
    assert (found.version, found.person) == ("1.4.0", "chris")
    said = {(each.trigger, each.environment): each.allowed for each in found.verdicts}
    assert said == {
        ("approve", "dev"): False,
        ("unapprove", "dev"): False,
        ("reject", "dev"): True,
        ("deploy", "dev"): True,
        ("hold", None): True,
        ("amend", None): None,
    }


@pytest.mark.parametrize(
    ("reached", "place"), [((), "dev"), (("dev",), "prod"), (("dev", "prod"), "prod")], ids=["dev", "prod", "behind"]
)
def test_the_next_environment_is_meant(team: Team, reached: tuple[str, ...], place: str) -> None:
    """Whoever asks why it cannot be deployed means the next step."""
    brought(team, "1.4.0", *reached)
    assert judged(why(team.app("chris"), "1.4.0", "deploy")).environment == place


def test_somebody_elses_chances(team: Team) -> None:
    """Judged as if they had asked; whoever is no member has none, and a typo gets the nearest name."""
    team.tested("1.4.0")
    found = why(team.app("rita"), "1.4.0", "approve", "dev", "chris")
    assert found.person == "chris"
    assert [each.gate for each in judged(found).gates if not each.holds] == ["four_eyes"]
    assert judged(why(team.app("rita"), "1.4.0", "approve", "dev", "anna")).allowed
    with pytest.raises(UsageError, match="crhis is no member") as caught:
        why(team.app("rita"), "1.4.0", "approve", "dev", "crhis")
    assert caught.value.next_step == ("did you mean chris?",)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("deploi", None), "there is no trigger deploi"),
        (("create", None), "there is no trigger create"),
        (("deploy", "pord"), "there is no environment pord"),
        (("hold", "dev"), "hold is asked of a release"),
    ],
)
def test_what_cannot_be_asked(team: Team, words: tuple[str, str | None], says: str) -> None:
    """A usage error, before GitLab is asked anything."""
    team.tested("1.4.0")
    team.gitlab.calls.clear()
    with pytest.raises(UsageError, match=says):
        why(team.app("chris"), "1.4.0", *words)
    assert team.gitlab.calls == []


def test_at_most_eight_requests(team: Team) -> None:
    """Identify counts two; a plan asks for the changes besides."""
    brought(team, "1.3.0", "dev")
    team.approved(team.tested("1.4.0").version)
    for ask, most in (
        (lambda: why(team.app("chris"), "1.4.0"), 7),
        (lambda: plan(team.app("chris"), "1.4.0", "dev"), 8),
    ):
        team.gitlab.calls.clear()
        ask()
        assert sum({"identify": 2}.get(call.method, 1) for call in team.gitlab.calls) == most


def test_a_plan_shows_what_a_deployment_would_change(team: Team) -> None:
    """What it starts, what it replaces, which commits it brings, and where the way back leads."""
    brought(team, "1.3.0", "dev")
    old = team.release("1.3.0")
    team.gitlab.commit("main")
    team.approved(team.tested("1.4.0").version)
    found = plan(team.app("chris"), "1.4.0", "dev")
    assert found.verdict.allowed
    assert found.job is not None
    assert (found.job.name, found.job.status) == ("deploy-dev", "manual")
    assert found.live is not None
    assert (found.live.version, found.live.commit) == ("1.3.0", old.commit)
    assert found.changes is not None
    assert [each.commit for each in found.changes.commits][-1] == found.release.commit
    assert len(found.changes.commits) == 2
    assert found.back.version == "1.3.0"
    assert team.gitlab.plays()[-1].subject != found.job.id


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({}, None),
        ({"commit": "f" * 40}, "1.4.0 was bound to"),
        ({"pipeline_id": 1}, "its pipeline is"),
        ({"job_id": None}, "the job to start is"),
        ({"replaces": None}, "1.3.0 runs in dev, which is not what it would replace"),
    ],
)
def test_a_deployment_keeps_to_its_plan(team: Team, other: dict[str, Any], says: str | None) -> None:
    """It is played while all that was planned holds; whatever is otherwise refuses it, and is said."""
    brought(team, "1.3.0", "dev")
    team.approved(team.tested("1.4.0").version)
    found = plan(team.app("chris"), "1.4.0", "dev")
    assert found.job
    assert found.live
    bound = found.release.pipeline
    made = Planned(found.release.commit, bound.id if bound else None, found.job.id, found.live.commit)
    team.runs_at_once()
    result = deploy(team.app("chris"), "1.4.0", "dev", replace(made, **other))
    if says is None:
        assert isinstance(result, Done)
        assert result.release.state == "deployed-dev"
    else:
        assert isinstance(result, No)
        [refusal] = result.refusals
        assert refusal.gate == "plan_current"
        assert says in (refusal.why or "")
        assert team.release("1.4.0").state == "approved-dev"


def test_a_plan_of_a_first_deployment(team: Team) -> None:
    """Nothing runs there: nothing is replaced, and there is no way back."""
    team.tested("1.4.0")
    found = plan(team.app("chris"), "1.4.0", "dev")
    assert (found.live, found.changes, found.back.version) == (None, None, None)
    assert [each.gate for each in found.verdict.gates if not each.holds] == ["in_state", "quorum_met"]


def test_a_plan_where_what_runs_is_gone_from_gitlab(team: Team) -> None:
    """After a forced push and a clean-up nobody can tell what the deployment brings; all else is shown."""
    brought(team, "1.3.0", "dev")
    old = team.release("1.3.0")
    team.approved(team.tested("1.4.0").version)
    team.gitlab.commits.remove(old.commit)
    found = plan(team.app("chris"), "1.4.0", "dev")
    assert (found.verdict.allowed, found.changes, found.back.version) == (True, None, "1.3.0")
    assert found.live is not None
    assert found.live.commit == old.commit
    page = plan_of(found)
    assert page.shape["changes"] is None
    assert "it brings       nobody can tell what: GitLab has one of the two commits no more" in page.text


def test_a_plan_of_a_new_attempt_retries(team: Team) -> None:
    """It shows the job that failed."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once("failed")
    troubled(deploy(team.app("chris"), "1.4.0", "dev"), "failed")
    found = plan(team.app("chris"), "1.4.0", "dev")
    assert found.verdict.allowed
    assert found.job is not None
    assert found.job.status == "failed"


def test_a_plan_before_the_test_knows_no_job(team: Team) -> None:
    """No pipeline is bound yet."""
    team.gitlab.push("v1.4.0")
    done(create(team.app("chris"), "1.4.0", None, None))
    assert plan(team.app("chris"), "1.4.0", "prod").job is None


def test_before_the_first_release_there_is_one_thing_to_do(team: Team) -> None:
    """Nothing can have been meant by a name where there is no release."""
    with pytest.raises(UsageError, match="there is no release") as caught:
        why(team.app("chris"), "1.4.0")
    assert caught.value.next_step == ("relflow create VERSION     begins the first one",)


def test_without_gitlab_there_is_no_answer(team: Team) -> None:
    """`show` needs none; `why` says so by its error."""
    team.tested("1.4.0")
    team.gitlab.fail("members")
    with pytest.raises(GitLabError):
        why(team.app("chris"), "1.4.0")
