"""Ticks and numbers of a release are rows like others: folded from the log, seen when edited, copied and rebuilt.

So is the count that an approval keeps.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from relflow.core.facts import ReportSummary
from relflow.core.workflow import Point
from relflow.service.releases import amend, approve, create, record_test, reject, tick
from relflow.store.checking import verify_log
from relflow.store.home import Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.schema import upgrade
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, WORKFLOW, Team, assembled, done
from tests.store.folded import is_found_out, is_in_the_log
from tests.store.test_checking import dump, edit

POINTS = (Point("notes", "release notes are written"), Point("load", "load was tested"))
ASKED = replace(WORKFLOW, coverage_at_least=80, no_failed_tests=True, checklist=POINTS)


@pytest.fixture
def home(empty: Home) -> Home:
    """1.4.0 was ticked, amended, ticked again, tested, approved, run again, and rejected, in either home."""
    clock = SteppingClock()
    team = assembled(SqlStore(empty, LOG, clock, TOOL), clock, ASKED)
    team.gitlab.push("v1.4.0")
    done(create(team.app("chris"), "1.4.0", None, None))
    ticked(team)
    team.gitlab.commit("v1.4.0")
    team.gitlab.measures(team.gitlab.push("v1.4.0"), "85.30", ReportSummary(412, 0, 3))
    done(amend(team.app("chris"), "1.4.0", "a fix", ref="v1.4.0"))
    ticked(team)
    done(record_test(team.app("chris"), "1.4.0"))
    done(approve(team.app("dana"), "1.4.0", "dev"))
    again = team.gitlab.push("v1.4.0")
    team.gitlab.measures(again, "85.30", ReportSummary(409, 0, 3))
    done(amend(team.app("chris"), "1.4.0", "run again", pipeline_id=again.id))
    ticked(team)
    done(record_test(team.app("chris"), "1.4.0"))
    done(reject(team.app("emil"), "1.4.0", "dev", "fewer tests"))
    store = team.store
    assert isinstance(store, SqlStore)
    store.close()
    return empty


def ticked(team: Team) -> None:
    """Dana and emil tick a point each."""
    for who, point in (("dana", "notes"), ("emil", "load")):
        done(tick(team.app(who), "1.4.0", point))


def test_they_are_read_back(home: Home) -> None:
    """Those of the old revisions, too, which do not count; each word with what was counted when it was said."""
    with SqlStore(home, LOG, SteppingClock(), TOOL).read() as book:
        release = book.release("1.4.0")
    assert release is not None
    assert [(each.point, each.by.name, each.revision, release.binds(each)) for each in release.ticks] == [
        ("notes", "dana", 1, False),
        ("load", "emil", 1, False),
        ("notes", "dana", 2, False),
        ("load", "emil", 2, False),
        ("notes", "dana", 3, True),
        ("load", "emil", 3, True),
    ]
    assert release.numbers is not None
    assert (release.numbers.coverage, release.numbers.tests, len(release.numbers.jobs)) == ("85.30", 409, 2)
    assert [(each.decision, each.tests) for each in release.approvals] == [("approved", 412), ("rejected", 409)]


def test_a_rebuild_and_a_copy_have_the_same_rows(home: Home, tmp_path: Path) -> None:
    """Law 5 for what is new: the log has all of it."""
    is_in_the_log(home, tmp_path, "tick", 6)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tick SET ticked_by = 'user:mallory' WHERE place = 3",
        "DELETE FROM tick WHERE place = 3",
        "UPDATE release SET numbers = replace(numbers, '409', '900')",
        "UPDATE release SET numbers = NULL",
        "UPDATE approval SET tests = 409 WHERE place = 0",
    ],
)
def test_an_edit_is_seen(home: Home, statement: str) -> None:
    """Whoever ticks in the database, or counts better there, is found out; a rebuild puts it right."""
    is_found_out(home, statement)


def test_an_older_database_is_given_the_counts(home: Home) -> None:
    """The migration takes them from the log: the rows are those of a database that had the column from the start."""
    before = dump(home)
    edit(home, "ALTER TABLE approval DROP COLUMN tests", *AS_BEFORE[type(home)])
    assert upgrade(home)
    assert dump(home) == before
    assert verify_log(home, LOG).ok


def test_a_record_that_somebody_edited_stops_no_upgrade(home: Home) -> None:
    """The check of the log needs the new schema: it is what says so."""
    edit(
        home,
        "ALTER TABLE approval DROP COLUMN tests",
        "UPDATE audit SET record = substr(record, 2) WHERE event = 'release_tested'",
        *AS_BEFORE[type(home)],
    )
    assert upgrade(home)
    assert not verify_log(home, LOG).ok


#: What makes a database say that it has the schema before this column.
AS_BEFORE = {
    SqliteHome: ("UPDATE alembic_version SET version_num = '0010'", "PRAGMA user_version = 10"),
    PostgresHome: ("UPDATE relflow_version SET version_num = '0010'",),
}
