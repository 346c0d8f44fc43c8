"""Which approvals count, and why one that was given counts no more: by revision, pipeline, rule, and person."""

from dataclasses import replace
from typing import Any

import pytest

from relflow.core.approving import counted, lapsed, staleness, standing
from relflow.core.case import Case
from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    DeployRelease,
    RollbackRelease,
    TestRelease,
    UnapproveRelease,
)
from relflow.core.events import ApprovalGiven, from_record, to_record
from relflow.core.facts import ReportSummary
from relflow.core.gates.table import GATES
from relflow.core.judging import awaited, way_on
from relflow.core.people import Level, Member
from relflow.core.record import Head
from relflow.core.release import PipelineRef, Release
from relflow.core.workflow import Approvers, Workflow, approval_rule
from tests.core.examples import (
    ANNA,
    BEN,
    COMMIT,
    DANA,
    OTHER,
    WORKFLOW,
    accepted,
    after,
    deployment,
    environment,
    facts,
    pipeline,
    ready,
    refused,
    release,
    word,
)

APPROVE, DEPLOY = ApproveRelease("dev"), DeployRelease("dev")
TWO = environment("dev", approvals=2)
COUNTING = replace(WORKFLOW, tests_at_least=1)


def approved_by_anna(workflow: Workflow = WORKFLOW) -> Release:
    """1.4.0 with anna's approval for dev, given under that policy."""
    return after(release("tested"), APPROVE, facts(ANNA), workflow)


def why_not(of: Release, workflow: Workflow = WORKFLOW) -> str | None:
    """Why anna's word counts no more."""
    return staleness(of, workflow.environment("dev"), of.approvals[0])


def test_an_approval_says_what_it_was_given_for() -> None:
    """The record has revision, commit, pipeline, and the digest of the rule, and reads back as the same."""
    (given, _) = accepted(release("tested"), APPROVE, facts(ANNA))
    assert isinstance(given, ApprovalGiven)
    assert (given.revision, given.commit, given.pipeline_id) == (1, COMMIT, 7)
    assert given.rule == approval_rule(WORKFLOW.environments[0])
    assert from_record(to_record(given, Head("x/1"), "1")) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"approvals": 2},
        {"approvers": Approvers("maintainer")},
        {"approvers": Approvers("developer", ("rita",))},
        {"approvers": Approvers(None, ("rita",))},
        {"four_eyes": ()},
        {"four_eyes": ("creator", "deployer")},
    ],
)
def test_another_rule_ends_an_approval(changes: dict[str, Any]) -> None:
    """Whatever of the rule changes, to more or to less: what was agreed to was another thing."""
    of, later = approved_by_anna(), environment("dev", **changes)
    assert why_not(of, later) == "the approval rule of dev changed"
    assert "quorum_met" in refused(of, DEPLOY, ready(), later)
    assert why_not(of, environment("prod", approvals=1)) is None


def test_what_is_no_part_of_the_rule_ends_nothing() -> None:
    """Job and place, and the order in which people are named."""
    named = environment("dev", approvers=Approvers("developer", ("rita", "emil")), four_eyes=("creator", "deployer"))
    again = environment("dev", approvers=Approvers("developer", ("emil", "rita")), four_eyes=("deployer", "creator"))
    moved = replace(again.environments[0], job="bring", gitlab_environment="development", name="other")
    assert approval_rule(named.environments[0]) == approval_rule(moved)


def test_an_approval_of_an_older_relflow_counts_under_any_rule() -> None:
    """Its record has neither rule nor pipeline: it binds to what it says."""
    old = release("tested", approvals=(word(ANNA),))
    assert [why_not(old, each) for each in (WORKFLOW, TWO)] == [None, None]


def test_under_another_rule_the_same_person_approves_anew() -> None:
    """Their old word is taken for withdrawn, so that nobody counts twice; then the rule is met by new words only."""
    of = approved_by_anna()
    assert refused(of, DEPLOY, ready(), TWO)["quorum_met"] == (
        "0 of 2 approvals given: no longer anna (the approval rule of dev changed); not chris, who created it"
    )
    one = after(of, APPROVE, facts(ANNA), TWO)
    assert [each.decision for each in one.approvals] == ["withdrawn", "approved"]
    assert "approves_once" in refused(one, APPROVE, facts(ANNA), TWO)
    both = after(one, APPROVE, facts(BEN), TWO)
    assert [each.by for each in counted(both, TWO.environments[0])] == [ANNA, BEN]


def test_what_comes_next_is_to_approve_anew() -> None:
    """The release stands behind its quorum, which lapsed: neither it nor who asks is sent on to deploy."""
    of = approved_by_anna()
    assert (way_on(WORKFLOW, of), way_on(TWO, of)) == ("relflow deploy 1.4.0 dev", "relflow approve 1.4.0 dev")
    one = after(of, APPROVE, facts(ANNA), TWO)
    assert (awaited(TWO, one), awaited(TWO, after(one, APPROVE, facts(BEN), TWO))) == ("dev", None)


def test_a_lapsed_approval_can_be_taken_back() -> None:
    """Whoever gave it need not know that it lapsed; the release waits for approvals again."""
    of = approved_by_anna()
    none = after(of, UnapproveRelease("dev"), facts(ANNA), TWO)
    assert (none.state, why_not(none, TWO), list(none.approvals_for("dev"))) == ("tested", None, [])


def test_what_is_bound_anew_says_what_it_was_given_for() -> None:
    """Another commit is another revision; another pipeline of the same commit is named, with the one before."""
    of, amend = approved_by_anna(), AmendRelease("v1.4.0", "x")
    moved = after(of, amend, facts(resolved=OTHER))
    assert why_not(moved) == "given for revision 1"
    again = after(of, amend, facts(resolved=COMMIT, pipelines=(pipeline(id=9),)))
    assert why_not(again) == "the pipeline was run again: pipeline 7 then, 9 now"
    tested = after(again, TestRelease(), ready(pipelines=(pipeline(id=9),)))
    case = Case(WORKFLOW, tested, DEPLOY, facts())
    assert GATES["quorum_met"](case).why == (
        "0 of 1 approvals given: no longer anna (the pipeline was run again: pipeline 7 then, 9 now); "
        "not chris, who created it"
    )


def run_again(then: int, now: int) -> Release:
    """1.4.0 with anna's approval for dev, then amended to another pipeline of its commit, and tested by that."""
    again = (pipeline(id=9),)
    of = after(release(), TestRelease(), ready(report=ReportSummary(then)), COUNTING)
    of = after(of, APPROVE, facts(ANNA), COUNTING)
    of = after(of, AmendRelease("v1.4.0", "x"), facts(resolved=COMMIT, pipelines=again), COUNTING)
    return after(of, TestRelease(), ready(pipelines=again, report=ReportSummary(now)), COUNTING)


def test_a_run_that_counted_otherwise_says_so() -> None:
    """Fewer tests, or more, tell more than the numbers of two pipelines do: wherever the reason is shown."""
    of = run_again(412, 409)
    assert why_not(of, COUNTING) == "the pipeline was run again: 412 tests then, 409 now"
    assert GATES["quorum_met"](Case(COUNTING, of, DEPLOY, facts())).why == (
        "0 of 1 approvals given: no longer anna (the pipeline was run again: 412 tests then, 409 now); "
        "not chris, who created it"
    )
    assert why_not(run_again(1, 2), COUNTING) == "the pipeline was run again: 1 test then, 2 now"


def test_what_was_not_counted_twice_is_not_compared() -> None:
    """The same count, a policy that asks for none on either side, and a release that is not tested yet."""
    pipelines = "the pipeline was run again: pipeline 7 then, 9 now"
    assert why_not(run_again(412, 412), COUNTING) == pipelines
    counted_then = run_again(412, 409)
    assert why_not(replace(counted_then, numbers=None), COUNTING) == pipelines
    never = replace(counted_then, approvals=(replace(counted_then.approvals[0], tests=None),))
    assert why_not(never, COUNTING) == pipelines


def test_an_approval_keeps_what_was_counted_when_it_was_given() -> None:
    """Of its own revision: what is counted later is not its own."""
    of = run_again(412, 409)
    again = after(of, APPROVE, facts(ANNA), COUNTING)
    assert [(each.revision, each.tests) for each in again.approvals] == [(1, 412), (2, 409)]
    assert [each.tests for each in approved_by_anna().approvals] == [None]


def test_an_approval_binds_to_its_pipeline() -> None:
    """Whatever else is as it was."""
    of = replace(approved_by_anna(), pipeline=PipelineRef(9, "p/9"))
    assert (why_not(of), standing(Case(WORKFLOW, of, DEPLOY, facts()))) == (
        "the pipeline was run again: pipeline 7 then, 9 now",
        (),
    )


def test_each_word_that_lapsed_has_its_own_reason() -> None:
    """The last approval of each person; who rejected, took it back or approved again is not among them."""
    rule = approval_rule(TWO.environments[0])
    words = (
        word(ANNA, revision=1),
        word(ANNA, revision=2, rule="another"),
        word(BEN, revision=2, rule=rule),
        word(DANA, revision=1),
        word(DANA, revision=2, decision="withdrawn"),
    )
    of = release("tested", revision=2, approvals=words)
    team = (Member("anna", 11, Level.MAINTAINER), Member("dana", 14, Level.MAINTAINER))
    assert lapsed(Case(TWO, of, DEPLOY, facts(members=team))) == {
        "anna": "the approval rule of dev changed",
        "ben": "may not approve any more",
    }


def test_a_word_on_an_environment_that_was_dropped() -> None:
    """Nobody asks for it any more; it is shown with the reason."""
    of = approved_by_anna()
    assert staleness(of, None, of.approvals[0]) == "the policy has no dev"


def test_a_creators_yes_of_an_older_relflow_is_told_as_what_it_is() -> None:
    """The rule excludes them now, and their approval names no rule."""
    mine = release("tested", created_by=ANNA, approvals=(word(ANNA),))
    assert why_not(mine) == "may not approve any more"


def test_a_no_stands_under_any_rule() -> None:
    """Who said it takes it back, or an amend does; no policy."""
    of = release("tested", approvals=(word(ANNA, decision="rejected", rule=None),))
    assert why_not(of, TWO) is None
    assert why_not(of, replace(WORKFLOW, environments=WORKFLOW.environments[1:])) is None


def test_a_rollback_counts_the_approvals_as_they_were_given() -> None:
    """Another rule must not stop a way back."""
    brought = deployment("settled", outcome="success")
    of = replace(approved_by_anna(), state="deployed-dev", deployments=(brought,))
    found = GATES["quorum_met"](Case(TWO, of, RollbackRelease("dev", "x"), ready()))
    assert found.holds
