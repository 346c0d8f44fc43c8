"""At a terminal: questions, Ctrl-C and colours; in a pipe: none of them."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from relflow.store.checking import verify_log
from relflow.store.sqlite import SqliteHome
from tests.cli.running import command, run_here
from tests.cli.terminal import Terminal, at_terminal
from tests.contract import samples
from tests.contract.samples import PROJECT
from tests.contract.stub import Reply, Stub, reply

TOKEN = {"RELFLOW_TOKEN": "glpat-x"}
DEPLOY = ("deploy", "1.4.0", "prod")
ADOPT = ("policy", "adopt")
ROLLBACK = ("rollback", "dev", "--to", "1.4.0", "-m", "rounding")
REPLAY = ("reconcile", "--replay", "1", "-m", "no answer")
QUESTIONS = {
    DEPLOY: "Deploy 1.4.0 to prod?",
    ROLLBACK: "Run 1.4.0 in dev once more?",
    REPLAY: "Start deploy-dev of 1.4.0 for dev?",
    ADOPT: "Adopt this policy for group/data-provider?",
}
SAME_AS = {
    DEPLOY: "same as: relflow deploy 1.4.0 prod --yes\n",
    ROLLBACK: "same as: relflow rollback dev --to 1.4.0 -m rounding --yes\n",
    REPLAY: "same as: relflow reconcile --replay 1 -m 'no answer' --yes\n",
    ADOPT: "same as: relflow policy adopt --yes\n",
}


@pytest.fixture
def asked(stub: Stub, near: Path) -> Path:
    """A folder whose GitLab knows the project and fails at all else; a question is asked before that."""
    stub.says(reply(500, {"message": "500 Internal Server Error"}))
    return near


def begin(stub: Stub, words: tuple[str, ...]) -> None:
    """Adopting asks GitLab for the project before it asks the person."""
    if words == ADOPT:
        stub.says(reply(200, PROJECT), *stub.replies)


def records(folder: Path, stub: Stub) -> int:
    """How many records the log has, which verifies."""
    report = verify_log(SqliteHome(folder / "releases.db"), f"127.0.0.1:{stub.port}/5")
    assert report.ok
    return report.records


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_ctrl_c_at_a_question_changes_nothing(stub: Stub, asked: Path, words: tuple[str, ...]) -> None:
    """A real SIGINT at the prompt: exit 130, one sentence, no record, and no request after it."""
    begin(stub, words)
    before = records(asked, stub)
    with at_terminal(asked, *words, **TOKEN) as terminal:
        terminal.until(QUESTIONS[words])
        requests = len(stub.received)
        terminal.interrupts()
        assert terminal.ended() == 130
    assert terminal.shown.endswith("\ninterrupted. Nothing was changed.\n")
    assert "Traceback" not in terminal.shown
    assert (records(asked, stub), len(stub.received)) == (before, requests)


@pytest.mark.parametrize(
    ("words", "answer"),
    [(DEPLOY, "n\n"), (DEPLOY, "\n"), (DEPLOY, "\x04"), (ADOPT, "n\n")],
    ids=["deploy-n", "deploy-enter", "deploy-ctrl-d", "adopt-n"],
)
def test_no_is_no(stub: Stub, asked: Path, words: tuple[str, ...], answer: str) -> None:
    """`n`, nothing, or the end of the input: the same as Ctrl-C, since nothing left."""
    begin(stub, words)
    before = records(asked, stub)
    with at_terminal(asked, *words, **TOKEN) as terminal:
        terminal.until("[y/N]")
        terminal.types(answer)
        assert terminal.ended() == 130
    assert "Nothing was changed." in terminal.shown
    assert "same as" not in terminal.shown
    assert records(asked, stub) == before


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_yes_shows_the_command_that_asks_nothing(stub: Stub, asked: Path, words: tuple[str, ...]) -> None:
    """After yes the equivalent command is printed, and the command goes on: here to a GitLab that fails."""
    begin(stub, words)
    with at_terminal(asked, *words, **TOKEN) as terminal:
        terminal.until("[y/N]")
        terminal.types("y\n")
        assert terminal.ended() == 4
    assert SAME_AS[words] in terminal.shown


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_without_a_terminal_a_question_is_a_usage_error(stub: Stub, asked: Path, words: tuple[str, ...]) -> None:
    """It names the option that answers; `--json` asks nobody either."""
    begin(stub, words)
    ended = run_here(asked, *words, **TOKEN)
    assert (ended.code, ended.out) == (2, "")
    assert "--yes" in ended.err
    begin(stub, words)
    with at_terminal(asked, *words, "--json", **TOKEN) as terminal:
        assert terminal.ended() == 2
    assert '"kind": "usage"' in terminal.shown


def test_adopting_shows_what_is_about_to_change(stub: Stub, asked: Path) -> None:
    """The difference stands above the question."""
    file = asked / "relflow.toml"
    file.write_text(file.read_text().replace("approvals = 2", "approvals = 3"))
    begin(stub, ADOPT)
    with at_terminal(asked, *ADOPT, **TOKEN) as terminal:
        terminal.until("[y/N]")
        before, _, _ = terminal.shown.partition("Adopt this policy")
        terminal.types("n\n")
        terminal.ended()
    assert "-approvals = 2\n+approvals = 3\n" in before


def has_a_past(stub: Stub) -> None:
    """GitLab answers all that `import` asks: a deployment of v2.4.0 to dev, and none to prod."""
    ran = samples.JOB | {"status": "success", "finished_at": "2026-03-02T08:06:00Z"}
    deployed = samples.DEPLOYMENT | {"status": "success", "deployable": ran}
    member = samples.MEMBER | {"id": samples.USER["id"]}
    answers: tuple[Any, ...] = (samples.USER, samples.TOKEN, [member], [samples.TAG], [], [deployed], [])
    stub.says(*(reply(200, each) for each in answers))


@pytest.mark.parametrize(("answer", "code", "more"), [("n\n", 130, 0), ("y\n", 0, 1)])
def test_what_would_be_imported_is_shown_first(stub: Stub, near: Path, answer: str, code: int, more: int) -> None:
    """Above the question, as records stay; nothing is recorded without a yes."""
    has_a_past(stub)
    before = records(near, stub)
    with at_terminal(near, "import", "--limit", "500", **TOKEN) as terminal:
        terminal.until("[y/N]")
        assert "would import 1 release with 1 deployment" in terminal.shown
        terminal.types(answer)
        assert terminal.ended() == code
    assert records(near, stub) == before + more
    assert ("same as: relflow import --limit 500 --yes\n" in terminal.shown) is bool(more)


def test_nothing_to_import_is_no_question(stub: Stub, near: Path) -> None:
    """There is nothing to say yes to; without a terminal GitLab is not asked at all before --yes is."""
    stub.says(*(reply(200, each) for each in (samples.USER, samples.TOKEN, [samples.MEMBER], [], [], [], [])))
    with at_terminal(near, "import", **TOKEN) as terminal:
        assert terminal.ended() == 0
    assert "nothing to import" in terminal.shown
    asked = len(stub.received)
    ended = run_here(near, "import", **TOKEN)
    assert (ended.code, len(stub.received)) == (2, asked)
    assert "relflow import --yes" in ended.err


def test_an_environment_before_the_last_is_not_asked_about(asked: Path) -> None:
    """Only the last environment asks."""
    with at_terminal(asked, "deploy", "1.4.0", "dev", **TOKEN) as terminal:
        assert terminal.ended() == 4
    assert "[y/N]" not in terminal.shown


def shown(home: Path, *words: str, **env: str) -> Terminal:
    """A terminal on which the command has ended well."""
    with at_terminal(home, *words, **env) as terminal:
        assert terminal.ended() == 0
    return terminal


@pytest.mark.parametrize("words", [["status"], ["show", "1.5.0"]], ids=" ".join)
def test_a_terminal_gets_bold_headings_and_a_pipe_plain_text(home: Path, words: list[str]) -> None:
    """The text is the same; NO_COLOR is honoured."""
    plain = run_here(home, *words).out
    bold = shown(home, *words).shown
    assert "\x1b[1m" in bold
    assert bold.replace("\x1b[1m", "").replace("\x1b[0m", "") == plain
    assert shown(home, *words, NO_COLOR="1").shown == plain


@pytest.mark.parametrize("words", [["log"], ["log", "--json"], ["--help"]], ids=" ".join)
def test_a_reader_that_went_away_is_no_error(home: Path, words: list[str]) -> None:
    """`relflow log | head -1` says nothing of a broken pipe, however much there is to say."""
    process = subprocess.Popen(command(*words), cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate()
    assert said == ""


def test_a_signal_while_waiting_ends_it_with_130(stub: Stub, near: Path) -> None:
    """SIGINT while GitLab lets us wait: one sentence, no traceback, nothing changed."""
    stub.says(Reply(b"", "hang"))
    words = command("approve", "1.4.0", "prod")
    process = subprocess.Popen(
        words, cwd=near, env={**os.environ, **TOKEN}, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while not stub.received:
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {process.wait(0.02)}")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, said) == (130, "\ninterrupted. Nothing was changed.\n")
