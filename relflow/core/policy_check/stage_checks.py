"""Where a release waits for ever: for each stage, each kind of creator and each kind of author.

Whom members have to be, offline, is not known: what only some creators run into is a warning then, and an error where
the members are known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from relflow.core.approving import may_approve
from relflow.core.commands import Command, DeployRelease, TestRelease
from relflow.core.decision import Refused
from relflow.core.finding import Finding, Severity
from relflow.core.people import Member
from relflow.core.policy_check.cast import kind, kind_at
from relflow.core.policy_check.stages import Stage, created, creation, explored, one_of_each, step_of, told_apart
from relflow.core.policy_check.story import Counterexample, Step
from relflow.core.policy_check.supposing import World, answered
from relflow.core.release import Release
from relflow.core.text import either
from relflow.core.workflow import Environment

_WAITS = "a release waits there for ever"
#: What helps where a gate is what nobody can clear; the last where it is another one.
_FIXES = {
    "quorum_met": "name more approvers, ask for fewer approvals, or keep fewer people from approving by four_eyes",
    "four_eyes": "let more people deploy, or approvers deploy: four_eyes without deployer",
    "checklist_ticked": 'let somebody tick it: by = { access = "developer" }, say',
    "": "change what stands in the way in relflow.toml",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """The stages of a policy as they are asked for, each explored once for all whom it cannot tell apart.

    Those are people of one kind, and environments that the policy rules alike: only names differ in what they lead to.
    """

    world: World
    #: What was explored, by environment, creator and author.
    known: dict[tuple[Environment | None, Member, Member | None], Stage] = field(default_factory=dict)
    #: The same by all that makes a difference.
    alike: dict[tuple[object, ...], Stage] = field(default_factory=dict)

    def stage(self, environment: Environment | None, by: Member, author: Member | None) -> Stage:
        """The stage of a release that they create and the author wrote, or one that is like it but for names."""
        of = _kinds(self.world, environment, by, author)
        if of not in self.alike:
            self.alike[of] = self.alone(environment, by, author)
        return self.alike[of]

    def alone(self, environment: Environment | None, by: Member, author: Member | None) -> Stage:
        """The stage of this very environment and these very people."""
        of = (environment, by, author)
        if of not in self.known:
            self.known[of] = explored(replace(self.world, author=author), by, environment)
        return self.known[of]

    def creators(self) -> tuple[Member, ...]:
        """One of each kind of those who may create a release."""
        kinds = {kind(self.world.workflow, each): each for each in reversed(self.world.members)}
        return tuple(each for each in self.world.members if each in kinds.values() and created(self.world, each))

    def story(self, until: Environment | None, by: Member, author: Member | None) -> tuple[Step, ...]:
        """How their release comes to where the stage begins; where it cannot, it is supposed to be there."""
        steps = [creation(by)]
        for environment in takewhile(lambda each: each != until, (None, *self.world.workflow.environments)):
            stage = self.alone(environment, by, author)
            if (there := stage.arrived) is not None:
                steps += stage.ways.way(there)
            else:
                steps.append(Step("suppose that it gets there all the same", None, stage.goal))
        return tuple(steps)


def check_stages(ways: Ways, *, knows_members: bool) -> Iterator[Counterexample]:
    """Each stage that no release leaves, or none of some people's."""
    creators = ways.creators()
    if not creators:
        what = "nobody may create a release: that needs Developer access"
        yield Counterexample(Finding("error", "nobody-creates", what, "there are no releases", "give somebody access"))
        return
    if stuck := next((each for each in creators if ways.stage(None, each, None).arrived is None), None):
        stage = ways.alone(None, stuck, None)
        missing = (f"point {each.name}: " for each in ways.world.workflow.checklist if not _ticked(stage, each.name))
        yield _told(ways, stage, stuck, f"{next(missing, '')}no release is ever tested", "error")
    for environment in ways.world.workflow.environments:
        yield from _of_creators(ways, environment, creators, "error" if knows_members else "warning")
        if "author" in environment.four_eyes:
            yield from _of_authors(ways, environment, creators)
        yield from _traps(ways, environment, creators)


def _ticked(stage: Stage, point: str) -> bool:
    return stage.furthest.release.ticked(point) is not None


def _of_creators(
    ways: Ways, environment: Environment, creators: tuple[Member, ...], severity: Severity
) -> Iterator[Counterexample]:
    stuck = [each for each in creators if ways.stage(environment, each, None).arrived is None]
    if not stuck:
        return
    subject = "no release gets there"
    if len(stuck) < len(creators):
        subject = f"no release that {_names(ways, environment, stuck)} creates gets there"
    severity = "error" if len(stuck) == len(creators) else severity
    stage = ways.alone(environment, stuck[0], None)
    yield _told(ways, stage, stuck[0], f"environment {environment.name}: {subject}", severity)


def _of_authors(ways: Ways, environment: Environment, creators: tuple[Member, ...]) -> Iterator[Counterexample]:
    """Those whose commits keep a release from being approved, whoever created it; else of one creator's release."""
    free = [each for each in creators if ways.stage(environment, each, None).arrived]
    for by in free:
        wrote = [each for each in _authors(ways, environment, by) if ways.stage(environment, by, each).arrived is None]
        if wrote:
            others = [each for each in wrote if each != by]
            whose = _names(ways, environment, others, besides=by) if others else by.username
            creates = "" if others and by == free[0] else f"{by.username} creates and "
            subject = f"no release that {creates}{whose} wrote gets there"
            stage = ways.alone(environment, by, wrote[0])
            yield _told(ways, stage, by, f"environment {environment.name}: {subject}", "warning")
            return


def _authors(ways: Ways, environment: Environment, by: Member) -> tuple[Member, ...]:
    """The creator, and one of each kind; whoever may not approve is kept from nothing by having written it."""
    able = [each for each in reversed(ways.world.members) if may_approve(environment, each)]
    others = {kind_at(environment, each): each for each in able if each != by}
    return (*others.values(), *(each for each in able if each == by))


def _traps(ways: Ways, environment: Environment, creators: tuple[Member, ...]) -> Iterator[Counterexample]:
    """Situations that lead nowhere, though others of the stage do: relflow's own rules leave none."""
    for by in creators:
        stage = ways.stage(environment, by, None)
        if stage.environment == environment and stage.arrived and (trap := stage.trap):  # else it is told of that one
            what = f"environment {environment.name}: nothing leads on from {trap.release.state}"
            finding = Finding("error", "trap", what, _WAITS, _FIXES[""])
            yield Counterexample(finding, (*ways.story(environment, by, None), *stage.ways.way(trap)))
            return


def _told(ways: Ways, stage: Stage, by: Member, subject: str, severity: Severity) -> Counterexample:
    """The finding of a stage without an end, and how a release comes to where it waits."""
    world, last = stage.world, stage.furthest
    command: Command = DeployRelease(stage.environment.name) if stage.environment else TestRelease()
    who, refused = _refused(world, stage.environment, last.release, command)
    reasons = [each for each in refused.refusals if each.gate != "in_state"] or list(refused.refusals)
    why = "; ".join(f"{each.why or 'it does not hold'} ({each.gate})" for each in reasons)
    name = "out-of-reach" if stage.environment else "untested"
    finding = Finding(severity, name, f"{subject}: {why}", _WAITS, _fix(each.gate for each in reasons))
    begin = ways.story(stage.environment, by, world.author)
    return Counterexample(finding, (*begin, *stage.ways.way(last), step_of(world, last.release, command, who, why)))


def _refused(
    world: World, environment: Environment | None, release: Release, command: Command
) -> tuple[Member, Refused]:
    """Who comes nearest, and what still stands in the way."""
    people = one_of_each(told_apart(world, environment, release), release)
    tried = [(each, answered(world, release, command, each)) for each in people]
    refused = [(each, answer) for each, answer in tried if isinstance(answer, Refused)]
    return min(refused, key=lambda each: len(each[1].refusals))


def _fix(gates: Iterable[str]) -> str:
    return next((_FIXES[gate] for gate in gates if gate in _FIXES), _FIXES[""])


def _names(ways: Ways, environment: Environment, some: list[Member], besides: Member | None = None) -> str:
    """All of whom the stage cannot tell them apart from."""
    kinds = {kind_at(environment, each) for each in some}
    alike = (each for each in ways.world.members if each != besides and kind_at(environment, each) in kinds)
    return either(tuple(each.username for each in alike))


def _kinds(world: World, environment: Environment | None, by: Member, author: Member | None) -> tuple[object, ...]:
    if environment is None:
        return (None, kind(world.workflow, by))
    rule = replace(environment, name="", job="", gitlab_environment="")
    wrote = kind_at(environment, author) if author and "author" in environment.four_eyes else None
    made = (kind_at(environment, by), by == author) if "creator" in environment.four_eyes else None
    return (rule, made, wrote)
