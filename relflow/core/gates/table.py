"""The gates: each a pure function of a case, named after the rule that holds. This is the list of them."""

from collections.abc import Callable

from relflow.core.case import Case, command_line, standing_level
from relflow.core.gates.approval import (
    approves_once,
    four_eyes,
    may_approve_gate,
    nothing_under_way,
    own_approval,
    quorum_met,
)
from relflow.core.gates.checklist import checklist_ticked, may_tick, point_known, ticks_once
from relflow.core.gates.deployment import (
    deployed_before,
    environment_free,
    job_playable,
    not_drifted,
    not_older,
    plan_current,
    review_done,
)
from relflow.core.gates.pipeline import (
    binds_anew,
    evidence_current,
    jobs_passed,
    not_closed,
    not_recalled,
    pipeline_found,
    pipeline_unclaimed,
    ref_unmoved,
)
from relflow.core.gates.requirements import coverage_at_least, no_failed_tests, ref_protected, tests_at_least
from relflow.core.gates.time import in_window, not_frozen, soaked
from relflow.core.gates.waiving import gate_waivable, may_waive, waives_once
from relflow.core.people import Level
from relflow.core.verdict import GateResult, blocked, passed
from relflow.core.waiving import with_waiver

Gate = Callable[[Case], GateResult]

#: The least access level of a trigger; Developer for all others. Whom the policy names needs no more than Reporter.
LEAST = dict.fromkeys(("hold", "tick", "approve", "unapprove", "reject", "waive"), Level.REPORTER)
LEAST["break-glass"] = Level.MAINTAINER


def may_act(case: Case) -> GateResult:
    """The actor is a member with at least the trigger's level."""
    trigger = case.command.trigger
    return standing_level("may_act", case.facts, LEAST.get(trigger, Level.DEVELOPER), case.workflow.project, trigger)


def reason_given(case: Case) -> GateResult:
    """Whoever stops or restarts a release says why."""
    if getattr(case.command, "reason", "").strip():
        return passed("reason_given")
    return blocked("reason_given", "a reason is needed", next=command_line(case))


GATES: dict[str, Gate] = {
    "may_act": may_act,
    "reason_given": reason_given,
    "pipeline_found": pipeline_found,
    "pipeline_unclaimed": pipeline_unclaimed,
    "jobs_passed": jobs_passed,
    "coverage_at_least": coverage_at_least,
    "tests_at_least": tests_at_least,
    "no_failed_tests": no_failed_tests,
    "ref_protected": ref_protected,
    "checklist_ticked": checklist_ticked,
    "point_known": point_known,
    "may_tick": may_tick,
    "ticks_once": ticks_once,
    "may_approve": may_approve_gate,
    "four_eyes": four_eyes,
    "approves_once": approves_once,
    "own_approval": own_approval,
    "gate_waivable": gate_waivable,
    "may_waive": may_waive,
    "waives_once": waives_once,
    "deployed_before": deployed_before,
    "quorum_met": quorum_met,
    "evidence_current": evidence_current,
    "ref_unmoved": ref_unmoved,
    "job_playable": job_playable,
    "environment_free": environment_free,
    "not_older": not_older,
    "not_drifted": not_drifted,
    "plan_current": plan_current,
    "not_frozen": not_frozen,
    "in_window": in_window,
    "soaked": soaked,
    "review_done": review_done,
    "nothing_under_way": nothing_under_way,
    "binds_anew": binds_anew,
    "not_recalled": not_recalled,
    "not_closed": not_closed,
}


def asked(gate: str, case: Case) -> GateResult:
    """What the gate of that name says of the case, a waiver counted: the one way in which gates are asked."""
    return with_waiver(case, GATES[gate](case))
