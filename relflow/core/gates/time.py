"""The gates of time: freezes, windows, soak. Each must hold by every clock that was read: a wrong one fails closed.

A rollback is told what they say and goes on, unless the policy lets it obey them.
"""

from datetime import UTC, datetime

from relflow.core.case import Case, command_line
from relflow.core.commands import RollbackRelease
from relflow.core.durations import duration
from relflow.core.facts import Live
from relflow.core.freeze import Freeze, RemoteFreeze
from relflow.core.verdict import GateResult, blocked, passed, unknown
from relflow.core.windows import Schedule, schedule, wall_time, zone
from relflow.core.workflow import Environment, place_before

#: Freezes and windows that follow each other so often are not looked through to their end.
TURNS = 100
#: How the evidence begins of a gate that does not stop a rollback.
SHOWN = "a rollback goes on although"


def told(at: datetime, environment: Environment) -> str:
    """The time as the environment's people read it: in its time zone, to the minute."""
    where = zone(environment.timezone) if environment.timezone else None
    return f"{wall_time(at, where or UTC):%a %Y-%m-%d %H:%M %z}"


def not_frozen(case: Case) -> GateResult:
    """No freeze of relflow's or of GitLab's covers now."""
    name, facts = "not_frozen", case.facts
    if facts.environment is None:
        return unknown(name, "what closes the environment")
    if found := [each for each in _freezes(case) if any(map(each.covers, facts.moments))]:
        last = max(found, key=lambda each: each.ends_at)
        why = f"{case.environment.name} is frozen until {told(last.ends_at, case.environment)}"
        return _waits(case, name, f"{why}: {'; '.join(each.what for each in found)}")
    if facts.gitlab_freezes is None and not _only_shows(case):
        return unknown(name, "whether one of its own freezes covers now")
    return passed(name)


def in_window(case: Case) -> GateResult:
    """One of the environment's weekly windows is open."""
    name, environment = "in_window", case.environment
    if not environment.window:
        return passed(name)
    line = f"window = {', '.join(environment.window)}, {environment.timezone}"
    if (open_ := _schedule(environment)) is None:
        why = f"this machine does not know the time zone {environment.timezone}: without it no window opens"
        return blocked(name, why, next="pip install tzdata")
    if all(map(open_.is_open, case.facts.moments)):
        return passed(name, line)
    opens_at = open_.opens_at(max(case.facts.moments))
    until = f" until {told(opens_at, environment)}" if opens_at else ""
    return _waits(case, name, f"{environment.name} is closed{until}: {line}")


def soaked(case: Case) -> GateResult:
    """The release is live in the environment before, without interruption, for the soak time."""
    name, environment, release = "soaked", case.environment, case.release
    earlier = place_before(case.workflow, environment.name)
    if not environment.soak or earlier is None or isinstance(case.command, RollbackRelease):
        return passed(name)
    if case.facts.environment_before is None:
        return unknown(name, f"what {earlier} runs")
    live, line = case.facts.environment_before.live, f"soak = {environment.soak}"
    if live is None or (live.version, live.commit) != (release.version, release.commit):
        why = f"{earlier} runs {live.label if live else 'nothing'}, not {release.version}: {line} without interruption"
        return blocked(name, why, next=f"relflow rollback {earlier} --to {release.version} -m REASON")
    since, over = told(_since(live), environment), _since(live) + duration(environment.soak)
    if min(case.facts.moments) < over:
        why = f"{earlier} soak ends {told(over, environment)}: {release.version} is live there since {since}, {line}"
        return _waits(case, name, why)
    return passed(name, f"live in {earlier} since {since}, {line}")


def _since(live: Live) -> datetime:
    return live.at_latest or live.since


def _only_shows(case: Case) -> bool:
    return isinstance(case.command, RollbackRelease) and not case.workflow.rollback_obeys_time


def _waits(case: Case, name: str, why: str) -> GateResult:
    """It does not hold yet; a rollback that does not obey it is told so, and goes on."""
    if _only_shows(case):
        return passed(name, f"{SHOWN} {why}")
    return blocked(name, why, next=command_line(case), earliest=_all_hold_at(case))


def _freezes(case: Case) -> tuple[Freeze | RemoteFreeze, ...]:
    place = case.facts.environment
    return (*(place.freezes if place else ()), *(case.facts.gitlab_freezes or ()))


def _schedule(environment: Environment) -> Schedule | None:
    return schedule(environment.window, environment.timezone or "UTC")


def _all_hold_at(case: Case) -> datetime | None:
    """The first time at which all gates of time hold, as far as is known now: the earliest that makes sense."""
    at = max(case.facts.moments)
    for _ in range(TURNS):
        later = _next_hurdle(case, at)
        if later is None or later == at:
            return later
        at = later
    return None


def _next_hurdle(case: Case, at: datetime) -> datetime | None:
    """The time until which one of them does not hold then, `at` itself where each does; None where nobody can tell."""
    open_ = _schedule(case.environment)
    opens_at = open_.opens_at(at) if open_ else None
    if opens_at is None:
        return None
    ends = (each.ends_at for each in _freezes(case) if each.covers(at))
    return max((opens_at, _soaks_until(case, at), *ends))


def _soaks_until(case: Case, at: datetime) -> datetime:
    before, soak = case.facts.environment_before, case.environment.soak
    if before is None or before.live is None or not soak or isinstance(case.command, RollbackRelease):
        return at
    return max(at, _since(before.live) + duration(soak))
