"""What a page tells to type does what the page shows: the tutorial and the how-tos, followed by a reader."""

import socket
from pathlib import Path

import pytest

from tests.docs.following import LEFT_OUT, Shell, fits, follow, steps
from tests.docs.pages import PAGES
from tests.docs.stages import STAGES, opened

PORT = "8929"
#: The others take as long as a story each, and tell what one of `acceptance/` proves.
SHORT = {"docs/how-to/back-up.md", "docs/how-to/look-at-the-past.md"}


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


@pytest.mark.slow
def test_the_tutorial(tmp_path: Path) -> None:
    """A newcomer brings a first release to production, from an empty folder and with nothing but the page."""
    stands_for = {PORT: free_port(), LEFT_OUT: str(tmp_path)}
    follow("docs/tutorial.md", lambda title: Shell(tmp_path), stands_for)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.slow) for name in STAGES]
)
def test_a_page(tmp_path: Path, name: str) -> None:
    """A member of a team finds what the page speaks of, and each command says what the page shows."""
    with opened(tmp_path) as stage:
        STAGES[name](stage)
        stage.follow(name)


def test_every_page_that_shows_commands_is_followed() -> None:
    """Each how-to, and whatever else has a console block."""
    shows = {name for name, text in PAGES.items() if list(steps(text.splitlines()))}
    assert shows == {"docs/tutorial.md", *STAGES}
    assert {name for name in PAGES if name.startswith("docs/how-to/")} <= shows


def test_what_a_page_shows_is_compared() -> None:
    """A changed word is noticed; another time, id or commit is not, nor what a page leaves out."""
    shown = "job 5011 of cc512d867835 by anna\n2026-05-04 09:12:00 +0200  one\n"
    assert fits(shown, shown.replace("5011", "73012").replace("cc512d867835", "0123456789ab").replace("09:12", "10:02"))
    assert not fits(shown, shown.replace("anna", "ben"))
    assert not fits(shown, f"{shown}more\n")
    assert not fits(shown, shown.splitlines()[0] + "\n")
    assert fits("one\n…\nfour\n", "one\ntwo\nthree\nfour\n")
    assert not fits("one\n…\nfour\n", "one\ntwo\nthree\n")


def test_commands_are_found() -> None:
    """Each with what is shown below it, at whose terminal it is typed, and without a list's indentation."""
    page = "# One\n```console\n$ one \\\n> more\nsaid\n$ two\n```\n"
    listed = '# Two\n- x\n  ```console title="dana"\n  $ three\n   said\n  ```\n'
    lines = (page + listed).splitlines()
    found = [(each.command, each.heading, each.terminal, each.shown(lines)) for each in steps(lines)]
    assert found == [
        ("one \\\nmore", "# One", "", "said\n"),
        ("two", "# One", "", ""),
        ("three", "# Two", "dana", " said\n"),
    ]
