"""Adding and ending freezes, locking and unlocking, decided. Pure, as `decide` is for releases."""

from datetime import datetime
from typing import Any

from relflow.core import events as e
from relflow.core.case import at_least, standing_level
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.facts import Facts
from relflow.core.freeze import Freeze, Lock, unlock_line
from relflow.core.people import Level
from relflow.core.verdict import GateResult, blocked, final, passed
from relflow.core.workflow import Workflow


def decide_freeze(
    workflow: Workflow,
    environment: str,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    freeze_id: int,
    facts: Facts,
) -> Decision:
    """Freeze the environment from the one time on and before the other, which is later and not past."""
    line = f"relflow freeze add {environment} --from TIME --to TIME -m REASON"
    if refused := _failed(_may(facts, Level.MAINTAINER, workflow, "freeze add"), _reason_given(reason, line)):
        return Refused(refused)
    added: dict[str, Any] = {"freeze_id": freeze_id, "begins_at": begins_at, "ends_at": ends_at}
    return Accepted((e.FreezeAdded(**_common(facts, environment, reason), **added),))


def decide_end(workflow: Workflow, freeze: Freeze, reason: str, facts: Facts) -> Decision:
    """End the freeze before its time, be it in force or to come."""
    line = f"relflow freeze end {freeze.id} -m REASON"
    gates = (
        _may(facts, Level.MAINTAINER, workflow, "freeze end"),
        _reason_given(reason, line),
        _not_over(freeze, facts),
    )
    if refused := _failed(*gates):
        return Refused(refused)
    return Accepted((e.FreezeEnded(**_common(facts, freeze.environment, reason), freeze_id=freeze.id),))


def decide_lock(
    workflow: Workflow, environment: str, until: datetime | None, reason: str, lock: Lock | None, facts: Facts
) -> Decision:
    """Lock the environment; `lock` is the one that nobody has taken away, whose time may be over."""
    line = f"relflow lock {environment} -m REASON"
    gates = (_may(facts, Level.DEVELOPER, workflow, "lock"), _reason_given(reason, line), _not_locked(lock, facts))
    if refused := _failed(*gates):
        return Refused(refused)
    return Accepted((e.EnvironmentLocked(**_common(facts, environment, reason), until=until),))


def decide_unlock(workflow: Workflow, environment: str, reason: str, lock: Lock | None, facts: Facts) -> Decision:
    """Take the lock away, whoever locked."""
    line = f"relflow unlock {environment} -m REASON"
    locked = passed("is_locked") if lock else final("is_locked", f"{environment} is not locked")
    if refused := _failed(_may(facts, Level.DEVELOPER, workflow, "unlock"), _reason_given(reason, line), locked):
        return Refused(refused)
    return Accepted((e.EnvironmentUnlocked(**_common(facts, environment, reason)),))


def _common(facts: Facts, environment: str, reason: str) -> dict[str, Any]:
    return {"at": facts.at, "actor": facts.actor, "environment": environment, "reason": reason}


def _failed(*gates: GateResult) -> tuple[GateResult, ...]:
    return tuple(each for each in gates if not each.holds)


def _may(facts: Facts, least: Level, workflow: Workflow, what: str) -> GateResult:
    return standing_level("may_act", facts, least, workflow.project, what)


def _reason_given(reason: str, line: str) -> GateResult:
    return passed("reason_given") if reason.strip() else blocked("reason_given", "a reason is needed", next=line)


def _not_over(freeze: Freeze, facts: Facts) -> GateResult:
    if freeze.ended_by is not None:
        return final("freeze_open", f"{freeze.ended_by.name} ended freeze {freeze.id} already")
    if freeze.ends_at <= min(facts.moments):
        return final("freeze_open", f"freeze {freeze.id} is over")
    return passed("freeze_open")


def _not_locked(lock: Lock | None, facts: Facts) -> GateResult:
    if lock is None or not any(map(lock.stands, facts.moments)):
        return passed("not_locked")
    who = at_least(facts.members, Level.DEVELOPER)
    return blocked("not_locked", f"{lock.environment} is {lock.what}", who=who, next=unlock_line(lock))
