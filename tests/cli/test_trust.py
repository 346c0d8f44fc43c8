"""`relflow trust`: asked once, and from then on the token goes there."""

from pathlib import Path

import pytest

from tests.cli.running import Run, run_here
from tests.cli.terminal import at_terminal

URL = "https://gitlab.example.org"
QUESTION = "Send the token of your environment to gitlab.example.org?"
WRITTEN = ".config/relflow/settings.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the user's own settings are."""
    return tmp_path / "user" / WRITTEN


def test_it_is_asked_once(home: Path, file: Path) -> None:
    """The question names the host, the equivalent command is printed, and a second time nothing is asked."""
    with at_terminal(home, "trust", URL) as terminal:
        terminal.until(QUESTION)
        terminal.types("y\n")
        assert terminal.ended() == 0
    assert f"same as: relflow trust {URL} --yes\n" in terminal.shown
    assert "gitlab.example.org" in file.read_text()
    again = run_here(home, "trust", f"{URL}/")
    assert (again.code, "was trusted already" in again.out) == (0, True)


def test_no_and_ctrl_c_write_nothing(home: Path, file: Path) -> None:
    """Exit 130, and no file."""
    with at_terminal(home, "trust", URL) as terminal:
        terminal.until(QUESTION)
        terminal.interrupts()
        assert terminal.ended() == 130
    assert not file.parent.exists()


def test_without_a_terminal_it_needs_yes(run: Run, file: Path) -> None:
    """The option that answers is named."""
    ended = run("trust", URL)
    assert (ended.code, f"relflow trust {URL} --yes" in ended.err) == (2, True)
    assert not file.exists()
    assert run("trust", URL, "--yes").code == 0
    assert file.exists()


def test_what_the_refusal_says_works(run: Run) -> None:
    """The command that the refusal names is typed as it stands; then the token is sent, here to nobody."""
    refused = run("approve", "1.4.0", "prod", RELFLOW_TOKEN="glpat-secret")
    step = refused.err.split("next:")[1].splitlines()[0].strip().partition("     ")[0]
    assert step == f"relflow trust {URL}"
    assert run(*step.split()[1:], "--yes").code == 0
    ended = run("approve", "1.4.0", "prod", RELFLOW_TOKEN="glpat secret")
    assert "is not sent" not in ended.err
    assert ended.code in {4, 8}


@pytest.mark.parametrize("url", ["http://gitlab.example.org", "gitlab.example.org", "https://a:b@h", "\x1b[2J"])
def test_what_cannot_be_trusted_is_a_usage_error(run: Run, file: Path, url: str) -> None:
    """With the form that it has, and nothing written."""
    ended = run("trust", url, "--yes")
    assert (ended.code, ended.out, "\x1b" in ended.err) == (2, "", False)
    assert "why:" in ended.err
    assert not file.exists()
