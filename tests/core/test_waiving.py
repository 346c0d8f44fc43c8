"""Waivers: who may give one, for which gate, what it is bound to, and how the gate is judged with it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import AmendRelease, ArmDeployment, DeployRelease, RollbackRelease, TestRelease, WaiveGate
from relflow.core.events import (
    DeploymentRequested,
    DeploymentSettled,
    GateWaived,
    PlayRequested,
    from_record,
    to_record,
)
from relflow.core.facts import EnvironmentFacts
from relflow.core.freeze import Freeze
from relflow.core.gates.table import GATES, asked
from relflow.core.judging import next_requests, triggers, verdict
from relflow.core.people import Level, Member
from relflow.core.record import Head
from relflow.core.release import Release
from relflow.core.verdict import GateResult, Remedy
from relflow.core.waiving import WAIVABLE, lapse
from relflow.core.workflow import DEPLOY_GATES, Approvers, Waivable, Workflow, approval_rule, digest
from tests.core.examples import (
    ANNA,
    AT,
    BEN,
    CHRIS,
    COMMIT,
    OTHER,
    RITA,
    STRANGER,
    TEAM,
    WORKFLOW,
    accepted,
    after,
    environment,
    facts,
    job,
    pipeline,
    ready,
    refused,
    release,
    word,
)

HOUR = timedelta(hours=1)
LEADS = Waivable("ref_unmoved", Approvers(None, ("anna", "rita")))
POLICY = environment("dev", waivable=(LEADS,))
WAIVE, DEPLOY = WaiveGate("dev", "ref_unmoved", "signed anew"), DeployRelease("dev")
AGREED = release("approved-dev", approvals=(word(ANNA),))
#: Nothing stands in the way but a tag that somebody moved.
MOVED = ready(tagged=OTHER)
WHY = f"the tag v1.4.0 names {OTHER[:12]} now, not {COMMIT[:12]}"


def waived(of: Release = AGREED) -> Release:
    """The release with anna's waiver."""
    return after(of, WAIVE, facts(ANNA), POLICY)


def tag(of: Release, workflow: Workflow = POLICY, **known: Any) -> GateResult:
    """What is said of the tag that moved."""
    return asked("ref_unmoved", Case(workflow, of, DEPLOY, replace(MOVED, **known)))


def test_what_can_be_waived_is_asked_of_deployments() -> None:
    """And none of it says who may act, what cannot be done, or that people agreed."""
    assert set(DEPLOY_GATES) | {"in_window", "soaked"} > WAIVABLE
    assert not WAIVABLE & {"may_act", "job_playable", "environment_free", "not_older", "not_drifted", "plan_current"}
    assert not WAIVABLE & {"quorum_met", "four_eyes"}


def test_a_waiver_is_recorded_with_its_gates() -> None:
    """Who, why, for which gate, revision, commit and environment; it reads back, and moves no state."""
    (given,) = accepted(AGREED, WAIVE, facts(ANNA), POLICY)
    assert isinstance(given, GateWaived)
    assert (given.gate, given.reason, given.environment) == ("ref_unmoved", "signed anew", "dev")
    assert (given.revision, given.commit, given.source, given.target) == (1, COMMIT, "approved-dev", "approved-dev")
    assert {each.gate: each.holds for each in given.gates} == dict.fromkeys(
        ("may_act", "reason_given", "gate_waivable", "may_waive", "waives_once"), True
    )
    assert from_record(to_record(given, Head("x/1"), "1")) == given
    assert waived().state == "approved-dev"


def test_a_waived_gate_holds_and_says_by_whom() -> None:
    """What it found stays told; the deployment is accepted, and its record has the waiver."""
    assert refused(AGREED, DEPLOY, MOVED, POLICY) == {"ref_unmoved": WHY}
    assert tag(waived()) == GateResult(
        gate="ref_unmoved", holds=True, why=WHY, evidence="waived by anna: signed anew", waived_by="anna"
    )
    (requested,) = accepted(waived(), DEPLOY, MOVED, POLICY)
    assert isinstance(requested, DeploymentRequested)
    assert [each.gate for each in requested.gates if each.waived_by] == ["ref_unmoved"]
    assert from_record(to_record(requested, Head("x/1"), "1")) == requested


def test_where_the_gate_holds_by_itself_nobody_is_named() -> None:
    """The tag names the commit again."""
    found = asked("ref_unmoved", Case(POLICY, waived(), DEPLOY, ready()))
    assert found == GATES["ref_unmoved"](Case(POLICY, waived(), DEPLOY, ready()))
    assert (found.holds, found.waived_by) == (True, None)


def test_a_gate_that_nobody_asked_gitlab_about_holds_when_waived() -> None:
    """Whatever GitLab would say: `show` need not ask."""
    assert tag(waived(), tagged=None) == GateResult(
        gate="ref_unmoved", holds=True, evidence="waived by anna: signed anew", waived_by="anna"
    )
    assert tag(AGREED, tagged=None).or_else is None


def test_a_failing_gate_names_who_may_waive_it() -> None:
    """Beside its own way on; where the policy names nobody, there is none."""
    found = tag(AGREED)
    assert found.next == "relflow amend 1.4.0 --ref v1.4.0 -m REASON"
    assert found.or_else == Remedy("relflow waive 1.4.0 dev ref_unmoved -m REASON", ("anna", "rita"))
    assert tag(AGREED, WORKFLOW).or_else is None


def test_only_a_deployment_is_helped() -> None:
    """Another trigger asks its gates as they are."""
    back = Case(POLICY, waived(), RollbackRelease("dev", "x"), MOVED)
    assert asked("ref_unmoved", back) == GATES["ref_unmoved"](back)
    assert asked("ref_unmoved", back).holds is False


def test_other_gates_and_environments_are_not_waived() -> None:
    """A waiver is for one gate and one place."""
    other = replace(MOVED, newest_pipeline=9)
    assert set(refused(waived(), DEPLOY, other, POLICY)) == {"evidence_current"}
    prod = environment("prod", waivable=(LEADS,))
    there = replace(waived(), state="approved-prod", approvals=(word(ANNA, "prod"), word(BEN, "prod")))
    assert "ref_unmoved" in refused(there, DeployRelease("prod"), MOVED, prod)


@pytest.mark.parametrize("changes", [{"revision": 2}, {"commit": OTHER}])
def test_a_waiver_of_another_revision_or_commit_counts_for_nothing(changes: dict[str, Any]) -> None:
    """It is told as what it is, and can be given anew."""
    of = replace(waived(), **changes)
    assert tag(of, tagged="e" * 40).holds is False
    assert (tag(of, tagged="e" * 40).why or "").endswith("; no longer waived by anna (given for revision 1)")
    again = after(of, WAIVE, facts(RITA), POLICY)
    assert tag(again, tagged="e" * 40).waived_by == "rita"


def test_an_amend_ends_a_waiver() -> None:
    """As it ends approvals."""
    of = after(waived(), AmendRelease("v1.4.0", "x"), facts(resolved=OTHER), POLICY)
    assert lapse(of, POLICY.environment("dev"), of.waivers[0]) == "given for revision 1"


def test_a_waiver_ends_with_the_policy_that_let_it_be_given() -> None:
    """Nobody may waive it any more, or not who did; whoever is no member any more never may."""
    of = waived()
    (given,) = of.waivers
    dropped = replace(WORKFLOW, environments=WORKFLOW.environments[1:])
    assert lapse(of, dropped.environment("dev"), given) == "the policy has no dev"
    assert lapse(of, WORKFLOW.environment("dev"), given) == "the policy lets nobody waive it for dev any more"
    others = environment("dev", waivable=(replace(LEADS, by=Approvers(None, ("rita",))),)).environment("dev")
    assert (lapse(of, others, given), lapse(of, others, given, TEAM)) == (None, "anna may not waive it any more")
    gone = tuple(each for each in TEAM if each.username != "anna")
    assert tag(of, members=gone).holds is False
    assert tag(of, WORKFLOW).holds is False


def test_the_policy_names_the_gate() -> None:
    """Any other is a final no, also one that could be waived elsewhere."""
    why = "the policy lets nobody waive {} for dev: {} can be"
    assert refused(AGREED, replace(WAIVE, gate="not_older"), facts(ANNA), POLICY) == {
        "gate_waivable": why.format("not_older", "ref_unmoved")
    }
    assert refused(AGREED, WAIVE, facts(ANNA)) == {"gate_waivable": why.format("ref_unmoved", "none")}


@pytest.mark.parametrize("actor", [BEN, CHRIS, STRANGER])
def test_only_those_who_are_named_waive(actor: Any) -> None:
    """However high their level; a named reporter may."""
    found = refused(AGREED, WAIVE, facts(actor), POLICY)
    assert found["may_waive"] == (f"{actor.name} may not waive ref_unmoved for dev: that needs to be one of anna, rita")
    case = Case(POLICY, AGREED, WAIVE, facts(actor))
    assert GATES["may_waive"](case).who == ("anna", "rita")
    assert GATES["may_waive"](case).next == "relflow waive 1.4.0 dev ref_unmoved -m REASON"
    assert after(AGREED, WAIVE, facts(RITA), POLICY).waivers


def test_where_nobody_is_left_another_policy_helps() -> None:
    """Everybody of the role has left."""
    team = (Member("ben", 12, Level.MAINTAINER), Member("chris", 13, Level.DEVELOPER))
    found = GATES["may_waive"](Case(POLICY, AGREED, WAIVE, facts(CHRIS, members=team)))
    assert (found.who, found.next) == (("ben",), "relflow policy adopt")


def test_where_the_members_were_not_read_it_depends() -> None:
    """The page that asks no GitLab says for whom it holds."""
    found = GATES["may_waive"](Case(POLICY, AGREED, WAIVE, facts(members=None)))
    assert (found.holds, found.why) == (None, "it needs to be one of anna, rita")


def test_by_access_level() -> None:
    """Everybody with at least that level."""
    policy = environment("dev", waivable=(Waivable("ref_unmoved", Approvers("maintainer")),))
    assert after(AGREED, WAIVE, facts(BEN), policy).waivers
    assert "may_waive" in refused(AGREED, WAIVE, facts(CHRIS), policy)


def test_it_is_waived_once() -> None:
    """While the first counts, another would say nothing."""
    assert refused(waived(), WAIVE, facts(RITA), POLICY) == {
        "waives_once": "anna waived ref_unmoved for dev already: signed anew"
    }


def test_it_takes_a_reason() -> None:
    """And who may act."""
    assert refused(AGREED, replace(WAIVE, reason=" "), facts(ANNA), POLICY) == {"reason_given": "a reason is needed"}


def test_before_and_after_the_approvals() -> None:
    """Not before it is tested, nor while it is held: there is nothing to deploy."""
    assert waived(release("tested")).waivers
    assert "in_state" in refused(release("draft"), WAIVE, facts(ANNA), POLICY)
    assert "in_state" in refused(release("held", held_from="tested"), WAIVE, facts(ANNA), POLICY)


def test_nobody_is_offered_a_waiver_as_a_next_step() -> None:
    """It is asked of a gate."""
    asked_for = {each.trigger for each in next_requests(POLICY, AGREED)}
    assert "waive" not in asked_for | set(triggers(POLICY))
    assert verdict(POLICY, AGREED, WAIVE, facts(ANNA)).allowed is True


def test_a_policy_that_lets_nobody_waive_is_the_policy_it_was() -> None:
    """Its digest, its approval rule and its records have nothing of waivers."""
    assert digest(POLICY) != digest(WORKFLOW) == digest(environment("dev", waivable=()))
    assert approval_rule(POLICY.environments[0]) == approval_rule(WORKFLOW.environments[0])
    (tested,) = accepted(release("draft"), TestRelease(), ready(CHRIS, pipelines=(pipeline(),)))
    assert "waived_by" not in str(to_record(tested, Head("x/1"), "1"))


def test_a_freeze_that_was_waived_does_not_stop_the_play() -> None:
    """It is asked again when the play is armed; without the waiver it stops both."""
    policy = environment("dev", waivable=(Waivable("not_frozen", Approvers("maintainer")),))
    began = {"begins_at": AT - HOUR, "added_at": AT - HOUR, "ends_at": AT + HOUR}
    freeze = Freeze(id=3, environment="dev", reason="inventory", added_by=ANNA, **began)  # type: ignore[arg-type]
    known = ready(CHRIS, environment=EnvironmentFacts(freezes=(freeze,)))
    assert set(refused(AGREED, DEPLOY, known, policy)) == {"not_frozen"}
    of = after(AGREED, WaiveGate("dev", "not_frozen", "the inventory is over"), facts(BEN), policy)
    requested = after(of, DEPLOY, known, policy)
    arm = ArmDeployment("dev", 1, requested.row_version)
    (armed,) = accepted(requested, arm, replace(known, job=job()), policy)
    assert isinstance(armed, PlayRequested)
    (stopped,) = accepted(replace(requested, waivers=()), arm, replace(known, job=job()), policy)
    assert isinstance(stopped, DeploymentSettled)
