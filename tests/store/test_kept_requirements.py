"""Ticks and numbers of a release are rows like others: folded from the log, seen when edited, copied and rebuilt."""

from dataclasses import replace
from pathlib import Path

import pytest

from relflow.core.facts import ReportSummary
from relflow.core.workflow import Point
from relflow.service.releases import amend, create, record_test, tick
from relflow.store.home import Home
from relflow.store.sql import SqlStore
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, WORKFLOW, Team, assembled, done
from tests.store.folded import is_found_out, is_in_the_log

POINTS = (Point("notes", "release notes are written"), Point("load", "load was tested"))
ASKED = replace(WORKFLOW, coverage_at_least=80, no_failed_tests=True, checklist=POINTS)


@pytest.fixture
def home(empty: Home) -> Home:
    """1.4.0 was ticked, amended, ticked again and tested, in either home."""
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
    store = team.store
    assert isinstance(store, SqlStore)
    store.close()
    return empty


def ticked(team: Team) -> None:
    """Dana and emil tick a point each."""
    for who, point in (("dana", "notes"), ("emil", "load")):
        done(tick(team.app(who), "1.4.0", point))


def test_they_are_read_back(home: Home) -> None:
    """Those of the old revision, too, which do not count."""
    with SqlStore(home, LOG, SteppingClock(), TOOL).read() as book:
        release = book.release("1.4.0")
    assert release is not None
    assert [(each.point, each.by.name, each.revision, release.binds(each)) for each in release.ticks] == [
        ("notes", "dana", 1, False),
        ("load", "emil", 1, False),
        ("notes", "dana", 2, True),
        ("load", "emil", 2, True),
    ]
    assert release.numbers is not None
    assert (release.numbers.coverage, release.numbers.tests, len(release.numbers.jobs)) == ("85.30", 412, 2)


def test_a_rebuild_and_a_copy_have_the_same_rows(home: Home, tmp_path: Path) -> None:
    """Law 5 for what is new: the log has all of it."""
    is_in_the_log(home, tmp_path, "tick", 4)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tick SET ticked_by = 'user:mallory' WHERE place = 3",
        "DELETE FROM tick WHERE place = 3",
        "UPDATE release SET numbers = replace(numbers, '412', '900')",
        "UPDATE release SET numbers = NULL",
    ],
)
def test_an_edit_is_seen(home: Home, statement: str) -> None:
    """Whoever ticks in the database, or counts better there, is found out; a rebuild puts it right."""
    is_found_out(home, statement)
