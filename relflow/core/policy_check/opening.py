"""Whether an environment ever opens: windows, soak and freezes together, asked of the gates themselves.

A release that has all its approvals is asked to be deployed at a bad time: just after a window closed, with its soak
just begun. What the refusal names as the earliest time must come within a year, and be a time at which it is let in.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from relflow.core.commands import DeployRelease
from relflow.core.decide import decide
from relflow.core.decision import Accepted
from relflow.core.facts import EnvironmentFacts, Facts
from relflow.core.finding import Finding
from relflow.core.freeze import Freeze
from relflow.core.people import Member
from relflow.core.policy_check.stage_checks import Ways
from relflow.core.policy_check.stages import Situation, Stage, step_of
from relflow.core.policy_check.story import Counterexample
from relflow.core.policy_check.supposing import facts_of
from relflow.core.windows import schedule
from relflow.core.workflow import Environment, approved

#: No team means to wait longer; the longest soak that can be written is as long.
A_YEAR = timedelta(days=366)


def check_opening(ways: Ways, freezes: tuple[Freeze, ...], at: datetime) -> Iterator[Counterexample]:
    """Environments that windows, soak and these freezes keep closed for more than a year from then on."""
    by = next(iter(ways.creators()), None)
    for environment in ways.world.workflow.environments:
        closes = tuple(each for each in freezes if each.environment == environment.name)
        stage = ways.alone(environment, by, None) if by and (closes or environment.window or environment.soak) else None
        if by is None or stage is None or stage.arrived is None:
            continue
        waiting = next(each for each in stage.ways.came if each.release.state == approved(environment.name))
        if (why := _never(stage, environment, waiting, closes, by, _closed_at(environment, at))) is not None:
            what = f"environment {environment.name}: it stays closed for more than a year: {why}"
            finding = Finding("error", "never-open", what, "every release waits there", _fix(closes))
            command = DeployRelease(environment.name)
            last = step_of(stage.world, waiting.release, command, _deployer(stage, waiting), why)
            yield Counterexample(finding, (*ways.story(environment, by, None), *stage.ways.way(waiting), last))


def _never(
    stage: Stage, environment: Environment, waiting: Situation, closes: tuple[Freeze, ...], by: Member, at: datetime
) -> str | None:
    """Why it is not let in within a year; None where it is."""
    command, release = DeployRelease(environment.name), waiting.release
    facts = _hindered(facts_of(stage.world, release, command, _deployer(stage, waiting), at), closes)
    if isinstance(answer := decide(stage.world.workflow, release, command, facts), Accepted):
        return None
    times = [each.earliest for each in answer.refusals]
    known = [each for each in times if each is not None and each - at <= A_YEAR]
    if len(known) == len(times):
        answer = decide(stage.world.workflow, release, command, replace(facts, at=max(known)))
    if isinstance(answer, Accepted):
        return None
    return "; ".join(f"{each.why} ({each.gate})" for each in answer.refusals)


def _hindered(facts: Facts, closes: tuple[Freeze, ...]) -> Facts:
    """The same with those freezes, and with a soak that begins now."""
    brought = facts.environment_before.brought if facts.environment_before else None
    soaking = EnvironmentFacts(brought=replace(brought, since=facts.at)) if brought else None
    return replace(facts, environment=EnvironmentFacts(freezes=closes), environment_before=soaking)


def _closed_at(environment: Environment, at: datetime) -> datetime:
    """The next time at which no window is open; then itself where that never comes."""
    open_ = schedule(environment.window, environment.timezone or "UTC") if environment.window else None
    return (open_.closes_at(at) if open_ else None) or at


def _deployer(stage: Stage, waiting: Situation) -> Member:
    """Whoever brought it to the stage's end from there, when nothing closed it."""
    steps = stage.ways.way(next(each for each in stage.ways.came if each.release.state == stage.goal))
    return next(each for each in stage.world.members if each.username == steps[-1].by)


def _fix(closes: tuple[Freeze, ...]) -> str:
    if closes:
        return f"relflow freeze end {closes[0].id} -m REASON"
    return "let window, soak or both be shorter or more often"
