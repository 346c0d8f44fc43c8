"""A deployment past what people have to agree to: who may, what still holds, where it leads, and the debt it leaves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import ArmDeployment, BreakGlass, DeployRelease, RollbackRelease, SettleDeployment
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.events import (
    DeploymentRequested,
    PlayRequested,
    ReleaseDeployed,
    ReviewDebtSignedOff,
    from_record,
    to_record,
)
from relflow.core.evolve import evolve
from relflow.core.facts import EnvironmentFacts
from relflow.core.freeze import Freeze, Lock
from relflow.core.gates.table import GATES
from relflow.core.judging import next_requests, triggers
from relflow.core.people import Level, user
from relflow.core.policy_check.form import check_workflow
from relflow.core.record import Head
from relflow.core.release import Deployment, Release
from relflow.core.reviewing import decide_signoff
from relflow.core.starting import way_to_start
from relflow.core.taking_over import asked_again
from relflow.core.workflow import digest
from tests.core.examples import (
    ANNA,
    AT,
    BEN,
    CHRIS,
    COMMIT,
    DANA,
    OTHER,
    RITA,
    WORKFLOW,
    accepted,
    after,
    deployment,
    drift,
    environment,
    facts,
    job,
    live,
    pipeline,
    ready,
    refused,
    release,
    word,
)

HOUR = timedelta(hours=1)
POLICY = environment("prod", break_glass=True)
BREAK = BreakGlass("prod", "invoices are lost")
TESTED = release("tested")
NIGHT = ready(ANNA)


def broken(phase: str = "settled", **fields: Any) -> Deployment:
    """What anna brought to prod past everybody."""
    known: dict[str, Any] = {"environment": "prod", "kind": "break-glass", "requested_by": ANNA, "job_id": 74}
    return deployment(phase, **{**known, "outcome": "success", **fields})


def signed(by: Any, of: Deployment, reason: str = "read it", **known: Any) -> Decision:
    """What is said of a sign-off."""
    return decide_signoff("group/data-provider", TESTED, of, reason, facts(by, **known))


def names(decision: Decision) -> dict[str, str | None]:
    """What refused it."""
    assert isinstance(decision, Refused)
    return {each.gate: each.why for each in decision.refusals}


@pytest.mark.parametrize("state", ["tested", "approved-dev", "deployed-dev", "approved-prod"])
def test_from_tested_on_nobody_has_to_agree(state: str) -> None:
    """To prod past dev too; the record says what it is, why, and what was asked."""
    (requested,) = accepted(release(state), BREAK, NIGHT, POLICY)
    assert isinstance(requested, DeploymentRequested)
    assert (requested.kind, requested.reason, requested.environment) == ("break-glass", "invoices are lost", "prod")
    assert (requested.source, requested.target, requested.job_id) == (state, state, 74)
    assert not {"quorum_met", "four_eyes", "review_done"} & {each.gate for each in requested.gates}
    assert from_record(to_record(requested, Head("x/1"), "1")) == requested


@pytest.mark.parametrize("state", ["draft", "deployed-prod", "held"])
def test_from_nowhere_else(state: str) -> None:
    """What is not tested, is there already, or was stopped by somebody."""
    of = release(state, held_from="tested" if state == "held" else None)
    assert "in_state" in refused(of, BREAK, NIGHT, POLICY)


@pytest.mark.parametrize("actor", [CHRIS, RITA])
def test_only_a_maintainer(actor: Any) -> None:
    """Nobody else, for whatever reason; and not without one."""
    assert set(refused(TESTED, BREAK, ready(actor), POLICY)) == {"may_act"}
    assert set(refused(TESTED, BreakGlass("prod", " "), NIGHT, POLICY)) == {"reason_given"}


def test_only_where_the_policy_lets_it_be() -> None:
    """Not in dev, and nowhere by default; nobody is told of it as a next step."""
    assert refused(TESTED, BreakGlass("dev", "x"), NIGHT, POLICY) == {
        "glass_breakable": "the policy lets nobody break the glass in dev"
    }
    assert set(refused(TESTED, BREAK, NIGHT)) == {"glass_breakable"}
    assert "break-glass" not in {each.trigger for each in next_requests(POLICY, TESTED)}
    assert ("break-glass" in triggers(POLICY), "break-glass" in triggers(WORKFLOW)) == (True, False)


@pytest.mark.parametrize(
    ("gate", "known"),
    [
        ("evidence_current", {"newest_pipeline": 9}),
        ("ref_unmoved", {"tagged": OTHER}),
        ("job_playable", {"pipelines": ()}),
        ("environment_free", {"environment": EnvironmentFacts(open_deployment=deployment(), open_version="1.3.0")}),
        ("not_older", {"environment": live("9.0.0")}),
        ("not_drifted", {"drifts": (drift(environment="prod"),)}),
    ],
)
def test_all_else_holds(gate: str, known: dict[str, Any]) -> None:
    """Each alone refuses."""
    assert set(refused(TESTED, BREAK, replace(NIGHT, **known), POLICY)) == {gate}


@pytest.mark.parametrize("state", ["tested", "deployed-dev", "approved-prod"])
def test_its_success_leads_there(state: str) -> None:
    """By a look at its own job and nothing else; held meanwhile, resume leads there."""
    of = after(release(state), BREAK, NIGHT, POLICY)
    look = SettleDeployment("prod", 1)
    armed = after(of, ArmDeployment("prod", 1, of.row_version), ready(ANNA, job=job("deploy-prod", id=74)), POLICY)
    ended = facts(job=job("deploy-prod", "success", id=74, user_id=11, username="anna", started_at=None))
    *_, brought = accepted(armed, look, ended, POLICY)
    assert isinstance(brought, ReleaseDeployed)
    there = after(armed, look, ended, POLICY)
    assert (there.state, there.deployments[0].owes_review) == ("deployed-prod", True)
    held = replace(armed, state="held", held_from=state)
    assert after(held, look, ended, POLICY).held_from == "deployed-prod"
    failed = facts(job=job("deploy-prod", "failed", id=74, user_id=11, username="anna"))
    assert after(armed, look, failed, POLICY).state == state


def test_a_normal_deployment_does_not_take_that_way() -> None:
    """What was approved leads from its approval only."""
    plain = replace(broken(phase="armed", outcome=None), kind="deploy")
    ended = facts(job=job("deploy-prod", "success", id=74, user_id=11))
    of = release("tested", deployments=(plain,))
    assert after(of, SettleDeployment("prod", 1), ended, POLICY).state == "tested"


@pytest.mark.parametrize(
    ("changes", "owes"),
    [
        ({}, True),
        ({"outcome": "failed"}, True),
        ({"outcome": "abandoned"}, False),
        ({"outcome": "abandoned", "finished_at": facts().at}, True),
        ({"phase": "armed", "outcome": None}, False),
        ({"kind": "deploy"}, False),
        ({"signed_off_by": BEN}, False),
    ],
)
def test_what_leaves_a_debt(changes: dict[str, Any], owes: bool) -> None:
    """Whatever may have run; until it is signed off."""
    assert broken(**changes).owes_review is owes


def test_the_next_normal_deployment_waits() -> None:
    """It names who may sign off; another glass, a rollback, and another environment do not wait."""
    owed = ready(CHRIS, environment=EnvironmentFacts(debt=broken(), debt_version="1.3.0"))
    agreed = release("approved-prod", approvals=(word(ANNA, "prod"), word(BEN, "prod")))
    assert refused(agreed, DeployRelease("prod"), owed, POLICY) == {
        "review_done": "deployment 1 of 1.3.0 by anna went past its approvals, and nobody signed it off"
    }
    dropped = environment("prod", break_glass=False)
    assert set(refused(agreed, DeployRelease("prod"), owed, dropped)) == {"review_done"}  # another policy pays no debt
    found = GATES["review_done"](Case(POLICY, agreed, DeployRelease("prod"), owed))
    assert (found.who, found.next) == (("ben", "chris", "dana"), "relflow signoff 1 -m REASON")
    assert accepted(agreed, BREAK, replace(owed, actor=ANNA), POLICY)
    back = replace(agreed, state="deployed-prod", deployments=(broken(),))
    ran = replace(owed, pipelines=(pipeline(job("deploy-prod", "success", id=74)),))
    assert accepted(back, RollbackRelease("prod", "x"), ran, POLICY)
    unread = replace(owed, environment=None)
    assert GATES["review_done"](Case(POLICY, agreed, DeployRelease("prod"), unread)).holds is None
    assert GATES["review_done"](Case(POLICY, agreed, DeployRelease("prod"), ready())).holds is True


def test_somebody_else_signs_off() -> None:
    """A record of the environment that moves no state; it reads back."""
    decision = signed(DANA, broken())
    assert isinstance(decision, Accepted)
    (event,) = decision.events
    assert isinstance(event, ReviewDebtSignedOff)
    assert (event.environment, event.reason, event.commit, event.source) == ("prod", "read it", COMMIT, event.target)
    assert from_record(to_record(event, Head("x/1"), "1")) == event
    of = evolve(replace(TESTED, deployments=(broken(),)), event)
    assert of is not None
    assert (of.state, of.deployments[0].signed_off_by) == ("tested", DANA)


def test_not_who_broke_it() -> None:
    """Nor who took it over; those who may are named."""
    assert names(signed(ANNA, broken())) == {"by_another": "anna broke the glass: somebody else looks at it"}
    taken = broken(taken_over_by=(BEN,))
    assert set(names(signed(BEN, taken))) == {"by_another"}
    decision = signed(ANNA, taken)
    assert isinstance(decision, Refused)
    assert decision.refusals[0].who == ("chris", "dana")


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (broken(kind="deploy"), "deployment 1 went the way of its approvals: nobody has to sign it off"),
        (broken(signed_off_by=BEN), "ben signed deployment 1 off already"),
        (broken(phase="armed", outcome=None), "deployment 1 is open: its end is not known yet"),
        (broken(outcome="abandoned"), "deployment 1 was abandoned: nothing ran"),
    ],
)
def test_what_is_no_debt(of: Deployment, why: str) -> None:
    """Each with its own sentence."""
    assert names(signed(DANA, of)) == {"debt_open": why}


def test_who_may_sign_off() -> None:
    """A developer, with a reason."""
    assert set(names(signed(RITA, broken()))) == {"may_act"}
    assert names(signed(DANA, broken(), " ")) == {"reason_given": "a reason is needed"}
    assert isinstance(signed(user("emil", 15), broken(), members=None), Refused)
    assert Level.MAINTAINER > Level.DEVELOPER


def test_it_starts_its_job_as_a_deployment_does() -> None:
    """Played first, retried after it failed; a replay is asked as another glass."""
    assert [way_to_start("break-glass", each) for each in ("manual", "failed", "success")] == ["play", "retry", None]
    assert asked_again(broken(), "again") == BreakGlass("prod", "again")


def test_the_policy_is_sound_and_a_policy_without_it_is_what_it_was() -> None:
    """The way around approvals is no mistake of the table where the policy has it."""
    assert check_workflow(POLICY) == ()
    assert digest(environment("prod", break_glass=False)) == digest(WORKFLOW) != digest(POLICY)


def test_a_release_without_records_of_it_is_read() -> None:
    """Deployments of older records are signed off by nobody, and owe nothing."""
    of: Release = release("deployed-dev", deployments=(deployment("settled", outcome="success"),))
    assert (of.deployments[0].signed_off_by, of.deployments[0].owes_review) == (None, False)


def test_time_stops_nothing_and_a_lock_does() -> None:
    """A freeze, a closed window, a soak that is not over: neither when it is asked for nor when it is played."""
    window = {"soak": "24h", "window": ("Sun 08:00-09:00",), "timezone": "Europe/Berlin"}
    policy = environment("prod", break_glass=True, **window)
    began = {"begins_at": AT - HOUR, "added_at": AT - HOUR, "ends_at": AT + HOUR}
    freeze = Freeze(id=3, environment="prod", reason="inventory", added_by=BEN, **began)  # type: ignore[arg-type]
    known = replace(NIGHT, environment=EnvironmentFacts(freezes=(freeze,)))
    of = after(TESTED, BREAK, known, policy)
    arm, manual = ArmDeployment("prod", 1, of.row_version), job("deploy-prod", id=74)
    (armed,) = accepted(of, arm, replace(known, job=manual), policy)
    assert isinstance(armed, PlayRequested)
    lock = Lock(environment="prod", reason="migration", locked_by=BEN, locked_at=AT - HOUR)
    locked = replace(NIGHT, environment=EnvironmentFacts(lock=lock))
    assert set(refused(TESTED, BREAK, locked, policy)) == {"environment_free"}
