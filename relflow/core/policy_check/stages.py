"""Every situation that people can bring a release into on its way to one environment, judged by the real `decide`.

The way is cut into stages: from `draft` to `tested`, and for each environment from where its approvals are waited for
to `deployed`. That is exact, because what a stage's gates ask is the environment's own: words, waivers and deployments
are kept by environment, and of the stages before only who created the release, and who wrote it, is asked again. Within
a stage two situations are one where they differ only in who of several people did something whom no rule tells apart.
Left out is a second extra approval, and a second no: what one of them does, the other does; each is taken back alone.
Ticks, waivers and time are explored by themselves: all gates have to hold, and none asks what another one asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice

from relflow.core.case import Case, command_line
from relflow.core.commands import Command, CreateRelease, TickPoint, WaiveGate
from relflow.core.decision import Refused
from relflow.core.facts import Facts
from relflow.core.judging import request_of
from relflow.core.people import Member
from relflow.core.policy_check.cast import kind, kind_at
from relflow.core.policy_check.search import Reach, reach
from relflow.core.policy_check.story import Step
from relflow.core.policy_check.supposing import AT, PIPELINE, REF, URL, VERSION, World, answered
from relflow.core.release import PipelineRef, Release
from relflow.core.waiving import waive_line
from relflow.core.workflow import DRAFT, HELD, TESTED, Environment, Workflow, approved, before, deployed, rules

#: What is explored of a release; the rest changes no state of it, or goes past what a stage asks.
_EXPLORED = ("test", "approve", "unapprove", "reject", "deploy", "hold", "resume", "amend")
#: Where it makes a difference who does it.
_PERSONAL = frozenset({"approve", "unapprove", "reject"})
#: Approvals beyond the quorum, and rejections, that stand at once.
_EXTRA = 1

#: What can be told of each person of a stage, whatever anybody says in it.
Told = Mapping[Member, tuple[bool, ...]]
#: What can be asked for in each state of a stage.
Requests = Mapping[str, tuple[Command, ...]]


@dataclass(frozen=True, slots=True)
class Situation:
    """A release, and what of it makes a difference: two situations of one key are equal."""

    key: tuple[object, ...]
    release: Release = field(compare=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage explored, for one creator and one author. `environment` is None on the way to `tested`."""

    world: World
    environment: Environment | None
    goal: str
    ways: Reach[Situation, Step]

    @property
    def arrived(self) -> Situation | None:
        """The nearest situation at the end of the stage; None where nobody gets there."""
        return next((each for each in self.ways.came if each.release.state == self.goal), None)

    @property
    def trap(self) -> Situation | None:
        """The nearest situation that leads neither to the end, nor to an amend, after which all begins anew."""
        ends = [each for each in self.ways.came if each.release.state in {self.goal, DRAFT}]
        leads = self.ways.leading_to(ends)
        return next((each for each in self.ways.came if each not in leads), None)

    @property
    def furthest(self) -> Situation:
        """Where a release waits when all has been done for it that can be; the nearest of several."""
        ends = {HELD} if self.environment is None else {HELD, DRAFT}
        return max((each for each in self.ways.came if each.release.state not in ends), key=self._progress)

    def _progress(self, situation: Situation) -> tuple[int, ...]:
        release, name = situation.release, self.environment.name if self.environment else ""
        given, against = (len(list(words)) for words in (release.approvals_for(name), release.rejections_for(name)))
        return (-against, release.state == approved(name), len(release.ticks), given)


def created(world: World, by: Member) -> Release | None:
    """The release as they create it; None where they may not."""
    release = answered(world, None, CreateRelease(VERSION, REF), by)
    return None if isinstance(release, Refused) else release


def begun(world: World, by: Member, environment: Environment | None) -> Release:
    """Where the stage begins: a release that they, who may, just created, put there."""
    release = created(world, by)
    assert release is not None  # noqa: S101 - they are one of the creators
    if environment is None:
        return release
    state = before(world.workflow, environment.name)
    return replace(release, state=state, pipeline=PipelineRef(PIPELINE, URL))


def explored(world: World, by: Member, environment: Environment | None) -> Stage:
    """The stage of a release that they create."""
    release, name = begun(world, by, environment), environment.name if environment else None
    goal, told = deployed(name) if name else TESTED, told_apart(world, environment, release)
    moves = partial(_moves, world, environment, goal, told, _requests(world.workflow, name))
    return Stage(world, environment, goal, reach((Situation(_key(told, release), release),), moves))


def _moves(
    world: World, environment: Environment | None, goal: str, told: Told, requests: Requests, situation: Situation
) -> Iterator[tuple[Step, Situation]]:
    release = situation.release
    if release.state == goal or (environment and release.state == DRAFT):
        return
    people = one_of_each(told, release)
    for command in (*requests.get(release.state, ()), *_ticks(world, people, release)):
        for by in people:
            moved = answered(world, release, command, by)
            if isinstance(moved, Refused) or (environment and _is_too_much(environment, moved)):
                continue
            yield step_of(world, release, command, by, moved.state), Situation(_key(told, moved), moved)
            if command.trigger not in _PERSONAL:
                break


def _is_too_much(environment: Environment, release: Release) -> bool:
    given, against = list(release.approvals_for(environment.name)), list(release.rejections_for(environment.name))
    return len(given) > environment.approvals + _EXTRA or len(against) > _EXTRA


def _ticks(world: World, people: tuple[Member, ...], release: Release) -> Iterator[Command]:
    """Of the points that can be ticked the next one, since their order is free."""
    if release.state == DRAFT:
        open_ = (TickPoint(each.name) for each in world.workflow.checklist if release.ticked(each.name) is None)
        yield from islice((tick for tick in open_ if _may_be_ticked(world, people, release, tick)), 1)


def _may_be_ticked(world: World, people: tuple[Member, ...], release: Release, tick: TickPoint) -> bool:
    return any(isinstance(answered(world, release, tick, by), Release) for by in people)


@lru_cache(maxsize=64)
def _requests(workflow: Workflow, environment: str | None) -> Requests:
    """What people can ask for in each state, as the table has it; who holds what is held adds nothing."""
    requests = tuple(request_of(trigger, environment or "") for trigger in _EXPLORED)
    there: dict[str, set[str]] = {}
    for rule in rules(workflow):
        if rule.gates and rule.environment in (None, environment) and (rule.source, rule.trigger) != (HELD, "hold"):
            there.setdefault(rule.source, set()).add(rule.trigger)
    return {state: tuple(each for each in requests if each.trigger in found) for state, found in there.items()}


def creation(by: Member) -> Step:
    """The first step of every story."""
    return Step(f"relflow create {VERSION}", by.username, DRAFT)


def step_of(world: World, release: Release, command: Command, by: Member, then: str) -> Step:
    """The step as it is told."""
    case = Case(world.workflow, release, command, Facts(at=AT, actor=release.created_by))
    if isinstance(command, TickPoint):
        return Step(f"{command_line(case)} {command.point}", by.username, then)
    line = waive_line(case, command.gate) if isinstance(command, WaiveGate) else command_line(case)
    return Step(line, by.username, then)


def told_apart(world: World, environment: Environment | None, release: Release) -> Told:
    """Everybody, who created the release first, then in the order of the cast, with what can be told of them there."""
    creator = release.created_by.gitlab_user_id
    people = sorted(world.members, key=lambda member: member.user_id != creator)
    return {each: _told(world, environment, release, each) for each in people}


def one_of_each(told: Told, release: Release) -> tuple[Member, ...]:
    """One person of each kind and word, in that order."""
    words = _words(release)
    found: dict[tuple[object, ...], Member] = {}
    for each, kind_there in told.items():
        found.setdefault((words.get(each.user_id), kind_there), each)
    return tuple(found.values())


def _key(told: Told, release: Release) -> tuple[object, ...]:
    """What the stage's gates can tell of the release; after an amend nothing that was given counts."""
    words, ticks = _words(release), tuple(each.point for each in release.ticks if release.binds(each))
    said = sorted((words[each.user_id], kind_there) for each, kind_there in told.items() if each.user_id in words)
    return (release.state, release.held_from, ticks, tuple(said))


def _words(release: Release) -> dict[int | None, str]:
    """What everybody says whose word stands; a stage has words on its own environment only."""
    return {each.by.gitlab_user_id: each.decision for each in release.approvals if release.counts(each)}


def _told(world: World, environment: Environment | None, release: Release, member: Member) -> tuple[bool, ...]:
    """What can be told of a person there: whether they created it or wrote it, and what the rules let them do."""
    rules_tell = kind_at(environment, member) if environment else kind(world.workflow, member)
    return (member.user_id == release.created_by.gitlab_user_id, member == world.author, *rules_tell)
