"""The gates about the checklist: what people vouch for by hand before a release counts as tested."""

from relflow.core.case import Case, allows, at_least, needed
from relflow.core.people import Level
from relflow.core.text import either
from relflow.core.verdict import GateResult, blocked, depends, final, passed
from relflow.core.workflow import Point


def checklist_ticked(case: Case) -> GateResult:
    """Every point of the checklist is ticked, for the revision and commit."""
    name, release, points = "checklist_ticked", case.release, case.workflow.checklist
    ticks = [(each, release.ticked(each.name)) for each in points]
    missing = [point for point, tick in ticks if tick is None]
    if not missing:
        return passed(name, ", ".join(f"{point.name} by {tick.by.name}" for point, tick in ticks if tick) or None)
    count = f"{len(missing)} of {len(points)} {'point' if len(points) == 1 else 'points'}"
    verb = "is" if len(missing) == 1 else "are"
    why = f"{count} {verb} not ticked: {'; '.join(_wanted(case, each) for each in missing)}"
    return _needs_a_tick(case, name, why, missing[0])


def point_known(case: Case) -> GateResult:
    """The policy's checklist has the point."""
    name, asked = "point_known", _asked(case)
    if case.workflow.point(asked) is not None:
        return passed(name)
    names = ", ".join(each.name for each in case.workflow.checklist)
    return final(
        name, f"the checklist has no point {asked or ''}; there are {names}" if names else "there is no checklist"
    )


def may_tick(case: Case) -> GateResult:
    """The actor is one of those who may tick the point."""
    name, point, member = "may_tick", case.workflow.point(_asked(case)), case.facts.member()
    if point is None:
        return final(name, "nobody may tick a point that the policy does not have")
    if case.facts.members is None:
        return depends(name, f"it needs {needed(point.by)}")
    if member is not None and allows(point.by, member):
        return passed(name, f"{member.username} has access level {member.access_level}")
    return _needs_a_tick(
        case, name, f"{case.facts.actor.name} may not tick {point.name}: that needs {needed(point.by)}", point
    )


def ticks_once(case: Case) -> GateResult:
    """The point is not ticked already."""
    tick = case.release.ticked(_asked(case) or "")
    return final("ticks_once", f"{tick.point} is ticked already, by {tick.by.name}") if tick else passed("ticks_once")


def _asked(case: Case) -> str | None:
    """The point of the command, where it names one."""
    return getattr(case.command, "point", None)


def _able(case: Case, point: Point) -> tuple[str, ...]:
    return tuple(each.username for each in case.facts.members or () if allows(point.by, each))


def _wanted(case: Case, point: Point) -> str:
    who = _able(case, point)
    return f"{point.name}, {point.text}" + (f" ({either(who)})" if who else "")


def _needs_a_tick(case: Case, gate: str, why: str, point: Point) -> GateResult:
    """One of those who may clears it; where it is known that nobody may, another policy does."""
    who, members = _able(case, point), case.facts.members
    if who or members is None:
        return blocked(gate, why, who=who, next=f"relflow tick {case.release.version} {point.name}")
    return blocked(gate, why, who=at_least(members, Level.MAINTAINER), next="relflow policy adopt")
