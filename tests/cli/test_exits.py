"""Exit codes: the contract's table, and the ends that no other test comes to."""

from collections.abc import Callable

import pytest

from relflow.cli.command import Answer, Call, perform
from relflow.cli.failing import EXIT_CODES, Failure, failure_of
from relflow.cli.results import answer_of
from relflow.core.errors import AuditError, GitLabError, RelflowError, SetupError, StoreBusy, UsageError
from relflow.service.app import Conflict
from tests.cli.running import Ended
from tests.cli.schemas import SCHEMAS, wrong
from tests.doubles.team import WORKFLOW

SECRET = "glpat-secret"
Say = Callable[..., Ended]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Perform what a command does, as text unless JSON is wanted."""

    def perform_it(run: Callable[[], Answer], *, as_json: bool = False, debug: bool = False) -> Ended:
        code = perform(Call(as_json=as_json, config=None, project=None, debug=debug), run)
        return Ended(code, *capsys.readouterr())

    return perform_it


def test_the_table_of_exit_codes_is_the_contract_s() -> None:
    """Scripts branch on these; a kind without a code, or without a place in the schema, cannot be."""
    assert EXIT_CODES == {
        "refused": 1,
        "usage": 2,
        "conflict": 3,
        "gitlab": 4,
        "unknown": 5,
        "failed": 6,
        "audit": 7,
        "setup": 8,
        "bug": 70,
    }
    assert set(SCHEMAS["failure"]["$defs"]["Error"]["properties"]["kind"]["enum"]) == set(EXIT_CODES)


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError, 2), (StoreBusy, 3), (GitLabError, 4), (AuditError, 7), (SetupError, 8)]
)
def test_every_error_has_its_code(say: Say, error: type[RelflowError], code: int) -> None:
    """What a layer below raises becomes a message and the code of its kind."""

    def fail() -> Answer:
        raise error("it broke", ("because",), ("mend it",))

    text, as_json = say(fail), say(fail, as_json=True)
    assert (text.code, as_json.code, text.out, as_json.err) == (code, code, "", "")
    assert text.err.endswith(": it broke\n  why:   because\n  next:  mend it\n")
    assert wrong("failure", as_json.json) == []
    assert failure_of(error("x")).exit_code == code


def test_somebody_who_was_faster_is_a_conflict(say: Say) -> None:
    """Exit 3: trying again is sensible, and the message says so."""
    outcome = Conflict("1.4.0 was changed by somebody else meanwhile", ("it is bound to another commit",))
    ended = say(lambda: answer_of(outcome, "group/project", WORKFLOW))
    assert ended.code == 3
    assert ended.err.startswith("conflict: 1.4.0 was changed by somebody else meanwhile\n")
    assert "try again" in ended.err


def test_a_bug_is_a_message_and_no_traceback(say: Say) -> None:
    """Exit 70, the kind of the exception and where; never what it holds, which may be a secret."""

    def fail() -> Answer:
        raise ZeroDivisionError(SECRET)

    ended = say(fail)
    assert (ended.code, ended.out) == (70, "")
    assert "ZeroDivisionError in test_exits.py:" in ended.err
    assert "Traceback" not in ended.err
    assert SECRET not in ended.err
    assert "Traceback" in say(fail, debug=True).err
    assert wrong("failure", say(fail, as_json=True).json) == []


@pytest.mark.parametrize("code", [0, 1])
def test_an_answer_may_bring_its_own_code(say: Say, code: int) -> None:
    """`policy diff` answers what was asked, and a script sees the difference by the code."""
    assert say(lambda: Answer({}, "said", exit_code=code)) == Ended(code, "said\n", "")


def test_a_failure_goes_to_stderr_and_the_answer_to_stdout(say: Say) -> None:
    """What was done can be piped on while the trouble is read."""
    ended = say(lambda: Answer({"a": 1}, "done", Failure("failed", "but badly")))
    assert ended == Ended(6, "done\n", "error: but badly\n")
