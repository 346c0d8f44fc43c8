"""The gates about a waiver: can the gate be waived there, may the actor, and has nobody done so before."""

from relflow.core.case import Case, allows, at_least, needed
from relflow.core.commands import WaiveGate
from relflow.core.people import Level
from relflow.core.verdict import GateResult, blocked, depends, final, passed
from relflow.core.waiving import standing_waiver, waive_line, waivers_for


def gate_waivable(case: Case) -> GateResult:
    """The policy names the gate among those that can be waived for the environment."""
    name, gate, place = "gate_waivable", _gate(case), case.environment
    if place.waivable_by(gate) is not None:
        return passed(name)
    others = ", ".join(each.gate for each in place.waivable) or "none"
    return final(name, f"the policy lets nobody waive {gate} for {place.name}: {others} can be")


def may_waive(case: Case) -> GateResult:
    """The actor has the access level that waiving the gate needs, or is named."""
    name, gate, member = "may_waive", _gate(case), case.facts.member()
    by = case.environment.waivable_by(gate)
    if by is None:
        return passed(name)  # nobody may, as gate_waivable tells
    if case.facts.members is None:
        return depends(name, f"it needs {needed(by)}")
    if member is not None and allows(by, member):
        return passed(name, f"{member.username} has access level {member.access_level}")
    who = tuple(each.username for each in waivers_for(case, gate))
    why = f"{case.facts.actor.name} may not waive {gate} for {case.environment.name}: that needs {needed(by)}"
    if not who:
        return blocked(name, why, who=at_least(case.facts.members, Level.MAINTAINER), next="relflow policy adopt")
    return blocked(name, why, who=who, next=waive_line(case, gate))


def waives_once(case: Case) -> GateResult:
    """No waiver of the gate counts already."""
    name, gate = "waives_once", _gate(case)
    if (waiver := standing_waiver(case, gate)) is None:
        return passed(name)
    return final(name, f"{waiver.by.name} waived {gate} for {case.environment.name} already: {waiver.reason}")


def _gate(case: Case) -> str:
    return case.command.gate if isinstance(case.command, WaiveGate) else ""
