"""A database that moves to another home is the same afterwards, or is not there."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.service.holding import hold
from relflow.store import copying
from relflow.store.checking import verify_log
from relflow.store.copying import copy
from relflow.store.home import Home
from relflow.store.rebuilding import rebuild
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from relflow.store.tables import METADATA
from tests.doubles.team import LOG, TOOL, Team, assembled, done
from tests.homes import HOMES, as_owner, empty_home
from tests.store.conftest import with_history
from tests.store.test_checking import REPLACED, edit

OTHER = "gitlab.example.org/6"


@pytest.fixture(params=HOMES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Where it goes: a file that is not there yet, or an empty database."""
    with ExitStack() as homes:
        if request.param == "sqlite":
            yield SqliteHome(tmp_path / "moved.db")
        else:
            yield homes.enter_context(empty_home(request.param, tmp_path))


@pytest.fixture
def two(crew: Team, home: Home) -> Home:
    """The crew's database, with the log of a second project in it."""
    store = SqlStore(home, OTHER, crew.clock, TOOL)
    with_history(assembled(store, crew.clock, log=OTHER, path="group/other"))
    store.close()
    return home


def rows(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Everything in it: of each row the columns with their values."""
    with as_owner(home) as connection:
        selects = {each.name: f"SELECT * FROM {each.name}" for each in METADATA.sorted_tables}  # noqa: S608 - our tables
        tables = {name: connection.execute(sql).fetchall() for name, sql in selects.items()}
    return {name: sorted((tuple(dict(row).items()) for row in found), key=repr) for name, found in tables.items()}


def test_everything_is_there_and_was_verified(two: Home, target: Home) -> None:
    """Every row of every table, the records byte for byte, both logs; the source is as it was."""
    before = rows(two)
    reports = copy(two, target)
    assert [(each.log, each.ok) for each in reports] == [(LOG, True), (OTHER, True)]
    assert rows(two) == before
    assert rows(target) == before, "and True is 1"
    assert [verify_log(target, log) for log in (LOG, OTHER)] == [verify_log(two, log) for log in (LOG, OTHER)]


def test_life_goes_on_there(crew: Team, home: Home, target: Home) -> None:
    """The next record follows, another project gets a key of its own, and a rebuild finds the same."""
    copy(home, target)
    crew.store = SqlStore(target, LOG, crew.clock, TOOL)
    done(hold(crew.app("dana"), "1.4.0", "moved"))
    other = SqlStore(target, OTHER, crew.clock, TOOL)
    assembled(other, crew.clock, log=OTHER, path="group/other")
    assert verify_log(target, LOG).records == verify_log(home, LOG).records + 1
    assert rebuild(target) == {LOG: 2, OTHER: 0}
    crew.store.close()
    other.close()


def test_there_and_back_is_the_same(two: Home, target: Home, tmp_path: Path) -> None:
    """Through whichever home it went."""
    copy(two, target)
    back = SqliteHome(tmp_path / "back.db")
    copy(target, back)
    assert rows(back)["audit"] == rows(two)["audit"]
    assert verify_log(back, LOG) == verify_log(two, LOG)


def test_nothing_is_written_over(home: Home, target: Home) -> None:
    """A target that has a log is refused, itself too."""
    copy(home, target)
    before = rows(target)
    for source, there in ((home, target), (home, home), (target, home)):
        with pytest.raises(UsageError, match="is not empty"):
            copy(source, there)
    assert rows(target) == before


def test_a_copy_that_does_not_come_about_leaves_nothing(
    home: Home, target: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the last table: no row is there, and a file that was made for it is gone."""
    table, seen = copying._copy_table, []

    def interrupted(*words: object) -> None:
        seen.append(words)
        table(*words)  # type: ignore[arg-type]
        if len(seen) == len(METADATA.sorted_tables):
            raise KeyboardInterrupt

    monkeypatch.setattr(copying, "_copy_table", interrupted)
    with pytest.raises(KeyboardInterrupt):
        copy(home, target)
    if isinstance(target, SqliteHome):
        assert [each.name for each in target.file.parent.glob("moved.db*")] == []
    else:
        assert set(map(len, rows(target).values())) == {0}
    monkeypatch.undo()
    assert all(each.ok for each in copy(home, target)), "a second try finds nothing in its way"


def test_what_was_edited_is_copied_and_said(home: Home, target: Home) -> None:
    """The copy is what the database is, edits included: that is evidence."""
    edit(home, REPLACED.format("user:anna", "user:mall") + "WHERE seq = 5")
    (report,) = copy(home, target)
    assert {each.layer: each.ok for each in report.layers}["chain"] is False
    assert rows(target)["audit"] == rows(home)["audit"]


def test_a_target_of_another_program_is_left_alone(home: Home, tmp_path: Path) -> None:
    """As `upgrade` leaves it alone."""
    letter = tmp_path / "letter.db"
    letter.write_text("this is a letter, not a database" * 10)
    with pytest.raises(SetupError, match="not a sound database"):
        copy(home, SqliteHome(letter))
    assert letter.read_text().startswith("this is a letter")
