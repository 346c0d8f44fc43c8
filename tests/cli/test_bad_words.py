"""Words that cannot be, for every command that takes them: one clear message, exit 2, and not a record more.

GitLab is the double, so that what is found out late is found out, too.
"""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import Desk, desk_in
from tests.cli.running import command
from tests.cli.unchanged import clear

NO_TEXT = "\udce9"  # what Python makes of a byte that is no UTF-8
LONG = "x" * 100_000
EVIL = "\x1b[2J\u202e"


@pytest.fixture(scope="module")
def team(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """1.4.0 and 1.5.0 went to dev; nobody changes that here, so that all share it."""
    desk = desk_in(tmp_path_factory.mktemp("words") / "home", fresh)
    desk.lives("1.4.0")
    desk.lives("1.5.0")
    return desk


@pytest.fixture(autouse=True)
def unchanged(team: Desk) -> Iterator[None]:
    """Whatever was typed, the log is the one of before, and sound."""
    before = records(team)
    yield
    assert records(team) == before
    assert team.runs("chris", "audit", "verify").code == 0


def records(desk: Desk) -> list[tuple[str]]:
    """The hashes of all records."""
    with closing(sqlite3.connect(desk.folder / "releases.db")) as connection:
        return connection.execute("SELECT hash FROM audit ORDER BY seq").fetchall()


def usage(desk: Desk, words: list[str]) -> str:
    """The message of words that must be refused as usage."""
    return clear(desk.runs("chris", *words), 2)


def filled(words: str, word: str) -> list[str]:
    """The words of a command with the one for `?`."""
    return [word if each == "?" else each for each in words.split()]


VERSIONED = (
    *("show ?", "log ?", "test ?", "tick ? notes", "waive ? dev ref_unmoved -m why"),
    *("approve ? dev", "unapprove ? dev", "reject ? dev -m why", "deploy ? dev"),
    *("hold ? -m why", "resume ? -m why", "amend ? --ref v1.4.0 -m why", "why ?", "why ? deploy dev", "plan ? dev"),
    *("watch ?", "rollback dev --to ? -m why --yes"),
)
PLACED = (
    *(
        "approve 1.4.0 ?",
        "unapprove 1.4.0 ?",
        "reject 1.4.0 ? -m why",
        "waive 1.4.0 ? ref_unmoved -m why",
        "deploy 1.4.0 ?",
        "why 1.4.0 deploy ?",
    ),
    *("plan 1.4.0 ?", "rollback ? -m why --yes", "log --env ?"),
)
NAMES = ("", "a/b", "1\n2", "9" * 10_000, EVIL, NO_TEXT)


@pytest.mark.parametrize("words", VERSIONED)
def test_a_version_that_is_none(team: Desk, words: str) -> None:
    """It is told, shortened and escaped; a typo gets the nearest."""
    for name in NAMES:
        usage(team, filled(words, name))
    assert "did you mean 1.4.0" in usage(team, filled(words, "1.4.1"))


@pytest.mark.parametrize("words", PLACED)
def test_an_environment_that_is_none(team: Desk, words: str) -> None:
    """The same."""
    for name in NAMES:
        usage(team, filled(words, name))
    assert "did you mean prod?" in usage(team, filled(words, "pord"))


NEEDED = (
    *("hold 1.4.0 -m ?", "resume 1.4.0 -m ?", "reject 1.4.0 prod -m ?", "amend 1.4.0 --ref v1.5.0 -m ?"),
    *("rollback dev -m ? --yes", "reconcile --abandon 1 -m ?", "reconcile --replay 1 --yes -m ?"),
)
FREE = ("approve 1.4.0 prod -m ?", "create 1.6.0 --ref v1.5.0 --title ?")


@pytest.mark.parametrize("words", NEEDED)
def test_a_reason_that_is_none(team: Desk, words: str) -> None:
    """Nothing, blanks, more than is kept, and what is no text."""
    for text in ("", " \n\t "):
        assert "needs a reason" in usage(team, filled(words, text))
    assert "at most 4000 characters are kept, this has 100000" in usage(team, filled(words, LONG))
    assert "no UTF-8" in usage(team, filled(words, NO_TEXT))


@pytest.mark.parametrize("words", FREE)
def test_a_comment_that_is_none(team: Desk, words: str) -> None:
    """It may be left out, and not be longer than a reason."""
    assert "at most 4000 characters are kept, this has 100000" in usage(team, filled(words, LONG))
    assert "no UTF-8" in usage(team, filled(words, NO_TEXT))


NUMBERED = {
    "list --limit ?": ("0", "-1", "1000000000", "1e9", ""),
    "log --limit ?": ("0", "-1", "1000000000", "1e9", ""),
    "deploy 1.4.0 dev --timeout ?": ("0", "-1", "604801", "1e9", "soon", ""),
    "rollback dev -m why --yes --timeout ?": ("0", "-1", "604801", "1e9", "soon", ""),
    "watch --timeout ?": ("0", "-1", "604801", "1e9", "soon", ""),
    "reconcile --timeout ?": ("0", "-1", "604801", "1e9", "soon", ""),
    "reconcile -m why --abandon ?": ("0", "-1", "99", "9" * 40, "one", ""),
    "reconcile -m why --yes --replay ?": ("0", "-1", "99", "9" * 40, "one", ""),
    "test 1.4.0 --pipeline ?": ("9" * 40, "one", ""),
    "amend 1.4.0 -m why --pipeline ?": ("9" * 40, "one", ""),
}
TIMED = ("list --since ?", "list --until ?", "log --since ?", "log --until ?", "status --at ?", "show 1.4.0 --at ?")


@pytest.mark.parametrize("words", NUMBERED)
def test_a_number_that_cannot_be(team: Desk, words: str) -> None:
    """Out of its bounds, or none at all."""
    for number in NUMBERED[words]:
        usage(team, filled(words, number))


@pytest.mark.parametrize("words", TIMED)
def test_a_time_that_is_none(team: Desk, words: str) -> None:
    """The forms that a time has are told."""
    for text in ("yesterday", "2026-02-30", "25:00", LONG, EVIL):
        assert "2026-05-04T09:30 is a local time" in usage(team, filled(words, text))
    for text in ("", NO_TEXT):
        usage(team, filled(words, text))


OTHERS = {
    "an unknown trigger": ("why 1.4.0 deplo", "did you mean deploy"),
    "a trigger without an environment": ("why 1.4.0 hold dev", "not of an environment"),
    "an unknown person": ("why 1.4.0 approve prod --actor dane", "did you mean dana"),
    "nobody": ("log --actor ?", "the actor cannot be empty"),
    "a ref and a commit": ("amend 1.4.0 -m why --ref a --commit b", "one of --ref, --commit and --pipeline"),
    "neither of them": ("amend 1.4.0 -m why", "one of --ref, --commit and --pipeline"),
    "an empty ref": ("create 1.6.0 --ref ?", "the ref cannot be empty"),
    "an empty commit": ("create 1.6.0 --commit ?", "the commit cannot be empty"),
    "an empty way back": ("rollback dev -m why --yes --to ?", "--to cannot be empty"),
    "an empty time": ("status --at ?", "--at cannot be empty"),
    "an empty project": ("status -R ?", "the project cannot be empty"),
    "to close and to cancel": ("hold 1.4.0 -m why --close --cancel-job", "exclude each other"),
    "two places": ("init --shared x --private", "two places for one database"),
    "to abandon without a reason": ("reconcile --abandon 1", "belong together"),
    "to replay without a reason": ("reconcile --replay 1 --yes", "belong together"),
    "to rehearse a word": ("reconcile --dry-run --abandon 1 -m why", "no other option of reconcile"),
    "to abandon and to replay": ("reconcile --abandon 1 --replay 1 -m why", "exclude each other"),
    "a question before a replay": ("reconcile --replay 1 -m why", "relflow reconcile --replay 1 -m why --yes"),
    "a question before the last environment": ("deploy 1.4.0 prod", "relflow deploy 1.4.0 prod --yes"),
    "a question before a rollback": ("rollback dev -m why", "relflow rollback dev --to 1.4.0 -m why --yes"),
    "a question before a policy": ("policy adopt", "relflow policy adopt --yes"),
    "a question before trust": ("trust https://x.example.org", "relflow trust https://x.example.org --yes"),
    "questions of init": ("init --config new.toml", "--environment NAME=JOB"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_words_that_cannot_be(team: Desk, case: str) -> None:
    """Each with what was meant, what excludes what, or the option that answers."""
    words, said = OTHERS[case]
    assert said in usage(team, filled(words, ""))


def test_a_stdout_that_cannot_write_every_letter(team: Desk) -> None:
    """JSON spells them, text shows their code points; neither ends in a traceback."""
    env = {"PYTHONIOENCODING": "ascii", "XDG_STATE_HOME": str(team.folder), "COLUMNS": "100"}
    for words in (["log", "--actor", "h\u00e9l\u00e8ne", "--json"], ["list", "--state", "\u00e9tat"]):
        ended = subprocess.run(command(*words), cwd=team.folder, env=env, capture_output=True, check=False)
        assert (ended.returncode, b"Traceback" in ended.stderr) == (2, False)
        assert (ended.stdout + ended.stderr).isascii()
