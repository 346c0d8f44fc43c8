"""What a policy lets happen besides the way: waivers, broken glass, and one person who does it all alone."""

from collections.abc import Iterator
from dataclasses import replace

from relflow.core.commands import ApproveRelease, BreakGlass, Command, DeployRelease, TestRelease, TickPoint, WaiveGate
from relflow.core.decision import Decision, Refused
from relflow.core.finding import Finding
from relflow.core.people import Member
from relflow.core.policy_check.stage_checks import Ways
from relflow.core.policy_check.stages import begun, created, creation, one_of_each, step_of, told_apart
from relflow.core.policy_check.story import Counterexample, Step
from relflow.core.policy_check.supposing import World, answered, facts_of
from relflow.core.release import Release
from relflow.core.reviewing import decide_signoff
from relflow.core.workflow import Environment, Waivable, rules


def check_waivers(ways: Ways) -> Iterator[Counterexample]:
    """Gates that nobody can waive though the policy says so, and gates that are not asked there."""
    for environment in ways.world.workflow.environments:
        asked = {
            gate
            for rule in rules(ways.world.workflow)
            if (rule.trigger, rule.environment) == ("deploy", environment.name)
            for gate in rule.gates
        }
        for each in environment.waivable:
            if each.gate not in asked:
                what = f"environment {environment.name}: waivable has {each.gate}, which is not asked there"
                finding = Finding("warning", "waiver-idle", what, "a waiver of it changes nothing", "take it out")
                yield Counterexample(finding)
            yield from _unwaived(ways, environment, each)


def _unwaived(ways: Ways, environment: Environment, waivable: Waivable) -> Iterator[Counterexample]:
    by = next(iter(ways.creators()), None)
    if by is None:
        return
    world, command = ways.world, WaiveGate(environment.name, waivable.gate, "…")
    release = begun(world, by, environment)
    tried = [(each, answered(world, release, command, each)) for each in _everybody(world, release)]
    refused = [(each, answer) for each, answer in tried if isinstance(answer, Refused)]
    if len(refused) == len(tried):
        who, answer = min(refused, key=lambda each: len(each[1].refusals))
        what = f"environment {environment.name}: waivable has {waivable.gate}, and nobody may waive it: {_why(answer)}"
        story = (*ways.story(environment, by, None), step_of(world, release, command, who, _why(answer)))
        fix = "name who may: access, users, or a role that has somebody"
        yield Counterexample(Finding("error", "waiver-nobody", what, "the gate stops everybody, always", fix), story)


def check_glass(ways: Ways) -> Iterator[Counterexample]:
    """A debt that whoever broke the glass leaves, and that nobody else could sign off; glass that nobody can break."""
    first = next(iter(ways.creators()), None)
    begin = ways.alone(None, first, None) if first else None
    if first is None or begin is None or (tested := begin.arrived) is None:
        return
    story = (*ways.story(None, first, None), *begin.ways.way(tested))
    for environment in ways.world.workflow.environments:
        if environment.break_glass:
            yield from _debt(ways.world, environment, tested.release, story)


def _debt(world: World, environment: Environment, tested: Release, story: tuple[Step, ...]) -> Iterator[Counterexample]:
    name, command = f"environment {environment.name}", BreakGlass(environment.name, "…")
    tried = [(each, answered(world, tested, command, each)) for each in _everybody(world, tested)]
    broken = [(each, answer) for each, answer in tried if isinstance(answer, Release)]
    if not broken:
        what = f"{name}: break_glass is true, and nobody may break it: that needs Maintainer access"
        finding = Finding("warning", "glass-unbreakable", what, "an emergency waits for its approvals", "see to one")
        yield Counterexample(finding, story)
    for by, release in broken:
        others = [(each, _signed(world, environment, release, each)) for each in world.members if each != by]
        if all(isinstance(answer, Refused) for _, answer in others):
            what = f"{name}: break_glass leaves a debt that nobody but {by.username} could sign off"
            fix = "give somebody else Developer access, or leave break_glass out"
            finding = Finding("error", "debt-nobody", what, "the next normal deployment there waits for ever", fix)
            last = Step(f"relflow signoff {release.deployments[-1].id} -m REASON", None, "nobody else may")
            yield Counterexample(finding, (*story, step_of(world, tested, command, by, release.state), last))
            return


def _signed(world: World, environment: Environment, release: Release, by: Member) -> Decision:
    facts = facts_of(world, release, DeployRelease(environment.name), by)
    return decide_signoff(world.workflow.project, release, release.deployments[-1], "…", facts)


def check_alone(ways: Ways) -> Iterator[Counterexample]:
    """One person who writes a release, and brings it to the last environment with nobody else's word."""
    last = ways.world.workflow.names[-1]
    for by in ways.creators():
        world = replace(ways.world, author=by)
        if (story := _all_by(world, by)) is not None:
            what = f"environment {last}: one person alone can bring there what they wrote"
            fix = 'four_eyes = ["creator", "author"] asks for a second one, in any environment on the way'
            finding = Finding("note", "one-alone", what, "nobody else has looked at it", fix)
            yield Counterexample(finding, story)
            return


def _all_by(world: World, by: Member) -> tuple[Step, ...] | None:
    """Their way through all stages, one after the other; None where somebody else is needed."""
    release = created(world, by)
    assert release is not None  # noqa: S101 - they are one of the creators
    steps = [creation(by)]
    commands: list[Command] = [*(TickPoint(each.name) for each in world.workflow.checklist), TestRelease()]
    commands += [make(name) for name in world.workflow.names for make in (ApproveRelease, DeployRelease)]
    for command in commands:
        moved = answered(world, release, command, by)
        if isinstance(moved, Refused):
            return None
        steps.append(step_of(world, release, command, by, moved.state))
        release = moved
    return tuple(steps)


def _everybody(world: World, release: Release) -> tuple[Member, ...]:
    return one_of_each(told_apart(world, None, release), release)


def _why(refused: Refused) -> str:
    return "; ".join(f"{each.why or 'it does not hold'} ({each.gate})" for each in refused.refusals)
