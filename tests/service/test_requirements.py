"""What a policy asks of a release before it counts as tested: read where it is asked for, and ticked by people."""

from dataclasses import replace
from typing import Any

import pytest

from relflow.core.errors import UsageError
from relflow.core.events import PolicyAdopted
from relflow.core.facts import ReportSummary
from relflow.core.people import user
from relflow.core.workflow import Approvers, Point, digest, policy
from relflow.service.app import No
from relflow.service.explaining import why
from relflow.service.releases import amend, create, record_test, tick
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import Planned
from tests.doubles.team import WORKFLOW, Team, assembled, done, memory_store

POINTS = (Point("notes", "release notes are written"), Point("load", "load was tested", Approvers("owner", ("rita",))))


def begin(**asked: Any) -> Team:
    """A team whose policy asks for that; chris created 1.4.0, whose jobs passed."""
    clock = SteppingClock()
    team = assembled(memory_store(clock), clock, replace(WORKFLOW, **asked))
    made = team.gitlab.push("v1.4.0")
    team.gitlab.measures(made, "85.30", ReportSummary(412, 0, 3))
    done(create(team.app("chris"), "1.4.0", None, None))
    team.gitlab.calls.clear()
    return team


def asks(team: Team) -> Any:
    """What becomes of chris's test."""
    return record_test(team.app("chris"), "1.4.0")


def missing(team: Team) -> set[str]:
    """The gates that refuse it."""
    outcome = asks(team)
    assert isinstance(outcome, No), outcome
    return {each.gate for each in outcome.refusals}


ALWAYS = ["identify", "members", "pipelines", "jobs"]


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ({}, []),
        ({"coverage_at_least": 0}, ["pipeline"]),
        ({"tests_at_least": 1}, ["report"]),
        ({"no_failed_tests": True}, ["report"]),
        ({"ref_protected": True}, ["is_protected"]),
        ({"checklist": POINTS[:1]}, []),
        (
            {"coverage_at_least": 0, "tests_at_least": 1, "no_failed_tests": True, "ref_protected": True},
            ["pipeline", "report", "is_protected"],
        ),
    ],
)
def test_only_what_is_asked_for_is_read(asked: dict[str, Any], more: list[str]) -> None:
    """A policy without requirements costs no request more than before."""
    team = begin(**asked)
    asks(team)
    assert [each.method for each in team.gitlab.calls] == [*ALWAYS, *more]


def test_the_coverage_of_a_pipeline_that_was_named_is_known() -> None:
    """It was asked for alone already."""
    team = begin(coverage_at_least=80)
    (number,) = team.gitlab.pipelines
    done(record_test(team.app("chris"), "1.4.0", number))
    assert [each.method for each in team.gitlab.calls] == ["identify", "members", "pipeline", "jobs"]


def test_without_a_pipeline_nothing_of_it_is_read() -> None:
    """There is no report of nothing; the ref is there all the same."""
    team = begin(coverage_at_least=80, no_failed_tests=True, ref_protected=True)
    team.gitlab.delete_pipeline(next(iter(team.gitlab.pipelines)))
    assert "pipeline_found" in missing(team)
    assert [each.method for each in team.gitlab.calls] == ["identify", "members", "pipelines", "is_protected"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"coverage_at_least": 86}, "coverage_at_least"),
        ({"tests_at_least": 413}, "tests_at_least"),
        ({"required_jobs": ("build", "e2e*")}, "jobs_passed"),
        ({"checklist": POINTS}, "checklist_ticked"),
    ],
)
def test_each_requirement_keeps_a_release_in_draft(asked: dict[str, Any], expected: str) -> None:
    """One number that is too low, one pattern that no job fits, one point that nobody ticked."""
    team = begin(**asked)
    assert missing(team) == {expected}
    assert team.release("1.4.0").state == "draft"


def test_failed_tests_of_a_job_that_may_fail() -> None:
    """The job does not count, but its report does."""
    team = begin(no_failed_tests=True)
    made = team.gitlab.push(
        "v1.5.0", Planned("unit"), Planned("e2e", status="failed", allow_failure=True), Planned("deploy-dev", "deploy")
    )
    team.gitlab.measures(made, report=ReportSummary(20, 1))
    done(create(team.app("chris"), "1.5.0", None, None))
    outcome = record_test(team.app("chris"), "1.5.0")
    assert isinstance(outcome, No)
    [refusal] = outcome.refusals
    assert (refusal.gate, refusal.why) == ("no_failed_tests", f"1 of 20 tests failed in pipeline {made.id}")


def test_a_branch_that_is_not_protected() -> None:
    """Whoever pushes to it moves what a release was made of."""
    team = begin(ref_protected=True)
    team.gitlab.push("feature")
    done(create(team.app("chris"), "1.5.0", "feature", None))
    outcome = record_test(team.app("chris"), "1.5.0")
    assert isinstance(outcome, No)
    assert [(each.gate, each.who) for each in outcome.refusals] == [("ref_protected", ("anna", "ben"))]
    team.gitlab.protected.add("feature")
    done(record_test(team.app("chris"), "1.5.0"))


def test_the_numbers_outlive_the_pipeline() -> None:
    """They are the release's own, and an amend takes them with it."""
    team = begin(coverage_at_least=80, no_failed_tests=True)
    done(asks(team))
    team.gitlab.delete_pipeline(next(iter(team.gitlab.pipelines)))
    numbers = team.release("1.4.0").numbers
    assert numbers is not None
    assert (numbers.coverage, numbers.tests, numbers.failed, numbers.skipped) == ("85.30", 412, 0, 3)
    assert [each.name for each in numbers.jobs] == ["build", "test"]
    again = team.gitlab.push("v1.4.0")
    done(amend(team.app("chris"), "1.4.0", "run again", pipeline_id=again.id))
    assert team.release("1.4.0").numbers is None


def test_people_tick_what_they_looked_at() -> None:
    """Each point by one of those who may; then the release can be tested, and after an amend not any more."""
    team = begin(checklist=POINTS)
    done(tick(team.app("dana"), "1.4.0", "notes"))
    refused = tick(team.app("dana"), "1.4.0", "load")
    assert isinstance(refused, No)
    assert [each.gate for each in refused.refusals] == ["may_tick"]
    assert [each.event.name for each in refused.recorded] == ["command_refused"]
    assert missing(team) == {"checklist_ticked"}
    done(tick(team.app("rita"), "1.4.0", "load"))
    done(asks(team))
    team.gitlab.commit("v1.4.0")
    done(amend(team.app("chris"), "1.4.0", "a fix", ref="v1.4.0"))
    assert "checklist_ticked" in missing(team)


def test_a_point_is_ticked_once() -> None:
    """Who comes second is told who was first."""
    team = begin(checklist=POINTS)
    done(tick(team.app("dana"), "1.4.0", "notes"))
    outcome = tick(team.app("emil"), "1.4.0", "notes")
    assert isinstance(outcome, No)
    assert [each.why for each in outcome.refusals] == ["notes is ticked already, by dana"]


@pytest.mark.parametrize(
    ("checklist", "point", "why", "then"),
    [
        (POINTS, "nots", (), ("did you mean notes?",)),
        (POINTS, "", (), ("there are notes, load",)),
        ((), "notes", ("the policy in force has no checklist",), ()),
    ],
)
def test_a_point_that_is_not_there(
    checklist: tuple[Point, ...], point: str, why: tuple[str, ...], then: tuple[str, ...]
) -> None:
    """A mistyped name is told before GitLab is asked, with the nearest one; nothing is recorded."""
    team = begin(checklist=checklist)
    with pytest.raises(UsageError) as caught:
        tick(team.app("dana"), "1.4.0", point)
    assert (caught.value.why, caught.value.next_step) == (why, then)
    assert team.gitlab.calls == []
    assert team.release("1.4.0").row_version == 1


def test_a_policy_that_drops_the_point_meanwhile() -> None:
    """Between the look and the lock somebody adopts another policy: the gate says so."""
    team = begin(checklist=POINTS)

    def adopt() -> None:
        with team.store.write() as tx:
            body: dict[str, Any] = {"policy": policy(WORKFLOW), "digest": digest(WORKFLOW)}
            tx.record((PolicyAdopted(at=tx.at, actor=user("anna", 11), **body),))

    team.gitlab.before("members", adopt)
    outcome = tick(team.app("dana"), "1.4.0", "notes")
    assert isinstance(outcome, No)
    assert {each.gate for each in outcome.refusals} == {"point_known", "may_tick"}


def test_why_names_the_points() -> None:
    """What keeps a release from being tested has each point, and who may tick it; a tick itself is asked of a point."""
    team = begin(checklist=POINTS)
    [verdict] = why(team.app("chris"), "1.4.0", "test").verdicts
    [ticked] = [each for each in verdict.gates if each.gate == "checklist_ticked"]
    assert ticked.why == (
        "2 of 2 points are not ticked: notes, release notes are written (anna, ben, chris, dana or emil); "
        "load, load was tested (rita)"
    )
    assert [each.trigger for each in why(team.app("chris"), "1.4.0").verdicts] == ["test", "hold", "amend"]
    with pytest.raises(UsageError, match="asked of a point"):
        why(team.app("chris"), "1.4.0", "tick")
