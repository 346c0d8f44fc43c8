"""Waivers of a release are rows like others: folded from the log, seen when edited, copied and rebuilt."""

from dataclasses import replace
from pathlib import Path

import pytest

from relflow.core.workflow import Approvers, Waivable
from relflow.service.releases import amend, record_test, waive
from relflow.store.home import Home
from relflow.store.sql import SqlStore
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, WORKFLOW, assembled, done
from tests.store.folded import is_found_out, is_in_the_log

LEADS = (Waivable("ref_unmoved", Approvers("maintainer")), Waivable("evidence_current", Approvers("maintainer")))
POLICY = replace(WORKFLOW, environments=(replace(WORKFLOW.environments[0], waivable=LEADS), *WORKFLOW.environments[1:]))


@pytest.fixture
def home(empty: Home) -> Home:
    """Of 1.4.0 a gate was waived, then it was amended, and two were waived again, in either home."""
    clock = SteppingClock()
    team = assembled(SqlStore(empty, LOG, clock, TOOL), clock, POLICY)
    team.tested("1.4.0")
    done(waive(team.app("anna"), "1.4.0", "dev", "ref_unmoved", "signed anew"))
    team.gitlab.commit("v1.4.0")
    team.gitlab.push("v1.4.0")
    done(amend(team.app("chris"), "1.4.0", "a fix", ref="v1.4.0"))
    done(record_test(team.app("chris"), "1.4.0"))
    for who, gate in (("ben", "ref_unmoved"), ("anna", "evidence_current")):
        done(waive(team.app(who), "1.4.0", "dev", gate, "it does not matter"))
    assert isinstance(team.store, SqlStore)
    team.store.close()
    return empty


def test_they_are_read_back(home: Home) -> None:
    """In their order, those of the old revision too."""
    with SqlStore(home, LOG, SteppingClock(), TOOL).read() as book:
        release = book.release("1.4.0")
    assert release is not None
    assert [(each.gate, each.by.name, each.revision, each.reason) for each in release.waivers] == [
        ("ref_unmoved", "anna", 1, "signed anew"),
        ("ref_unmoved", "ben", 2, "it does not matter"),
        ("evidence_current", "anna", 2, "it does not matter"),
    ]


def test_a_rebuild_and_a_copy_have_the_same_rows(home: Home, tmp_path: Path) -> None:
    """Law 5: the log has all of it."""
    is_in_the_log(home, tmp_path, "waiver", 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE waiver SET given_by = 'user:mallory' WHERE place = 2",
        "UPDATE waiver SET revision = 2 WHERE place = 0",
        "DELETE FROM waiver WHERE place = 2",
    ],
)
def test_an_edit_is_seen(home: Home, statement: str) -> None:
    """Whoever waives in the database is found out; a rebuild puts it right."""
    is_found_out(home, statement)
