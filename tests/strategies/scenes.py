"""Projects and releases that commands can reach: `decide` itself drives them, so that each state has a history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from relflow.core.answers import PlayAnswer
from relflow.core.facts import Facts, Job, Pipeline
from relflow.core.people import Level, Member
from relflow.core.release import Deployment, Release
from relflow.core.waiving import WAIVABLE
from relflow.core.workflow import (
    DRAFT,
    Approvers,
    Workflow,
    approved,
    before,
)
from tests.properties.scene import CAST, Scene
from tests.strategies.facts import A_STATUS, job_of
from tests.strategies.policies import actors, levels, workflows
from tests.strategies.words import ENDS, NAMES, OTHER, POINTS, START, VERSIONS, one_of

_PEOPLE = st.sampled_from(NAMES)
_WORKED_ON = st.sampled_from(VERSIONS[:2])
_SECONDS = st.sampled_from([-7200, -3, -2, -1.5, -1.2, 0.5, 660])


@st.composite
def scenes(draw: st.DrawFn, most: int = 60, environments: int = 3) -> Scene:
    """A project after some of its life: most steps lead on, some are asked by the wrong person or at the wrong time.

    Anna may always do everything, so that there is somebody to go on with.
    """
    scene = Scene(draw(workflows(most=environments)), {**draw(levels()), "anna": Level.OWNER})
    one_of(draw, [lambda *_: None] * 2 + [_begins_with_a_past])(scene, draw)
    scene.create(VERSIONS[0], one_of(draw, NAMES[:3]))
    for _ in range(draw(st.integers(0, most))):
        one_of(draw, [_go_on] * 5 + [_disturb])(scene, draw)
    one_of(draw, [lambda _: None] * 3 + [_stop, _lose])(scene)
    return scene


def _begins_with_a_past(scene: Scene, draw: st.DrawFn) -> None:
    """Some of it ran before relflow came; a version, or a commit of none."""
    names = draw(st.lists(st.sampled_from(scene.workflow.names), min_size=1, unique=True))
    scene.import_past(draw(st.sampled_from([*VERSIONS[:2], ""])), tuple(names), "anna")


def _stop(scene: Scene) -> None:
    """The first release is held: left to chance, hardly any scene ended with one."""
    scene.hold(VERSIONS[0], "anna")


def _lose(scene: Scene) -> None:
    """The job of an open deployment is gone, and somebody notices."""
    for version, deployment in scene.open_deployments():
        scene.lose(deployment)
        scene.settle(version, deployment)


def _go_on(scene: Scene, draw: st.DrawFn) -> None:
    """The next step of the deployment that is open, else of a release."""
    version = draw(_WORKED_ON)
    release, who = scene.releases().get(version), draw(_PEOPLE)
    mine = [deployment for known, deployment in scene.open_deployments() if known == version]
    if release is None:
        scene.create(version, "anna", one_of(draw, (None, None, f"v{VERSIONS[0]}")))
    elif mine:
        _play_on(scene, draw, version, mine[0])
    elif release.closed:
        scene.push_again(version, moved=draw(st.booleans()))
        scene.amend(version, "anna")
    elif release.state == "held":
        scene.accept_all(version)
        scene.resume(version, "anna")
    elif release.state == DRAFT:
        missing = [each for each in scene.workflow.checklist if release.ticked(each.name) is None]
        for point in missing:
            scene.tick(version, point.name, "anna")
        scene.test(version, "anna")
    else:
        _towards(scene, version, release.state, who)


def _towards(scene: Scene, version: str, state: str, who: str) -> None:
    for name in scene.workflow.names:
        if state == before(scene.workflow, name):
            scene.approve(version, name, who)
            return
        if state == approved(name):
            scene.deploy(version, name, who if scene.levels[who] >= Level.DEVELOPER else "anna")
            return


def _play_on(scene: Scene, draw: st.DrawFn, version: str, deployment: Deployment) -> None:
    if deployment.phase == "intended":
        scene.arm(version, deployment)
    elif deployment.phase == "armed":
        scene.answer(version, deployment, scene.play(deployment))
    else:
        scene.finish(deployment, one_of(draw, ("success", "success", "success", "failed", "running")))
        scene.settle(version, deployment)
        if deployment.id in [each.id for _, each in scene.open_deployments()]:
            scene.wait(timedelta(minutes=11))
            scene.abandon(version, deployment, "anna")


def _disturb(scene: Scene, draw: st.DrawFn) -> None:
    """Somebody does what was not asked of them."""
    version, who = one_of(draw, VERSIONS), draw(_PEOPLE)
    place = one_of(draw, scene.workflow.names)
    moves: list[Callable[[], object]] = [
        lambda: scene.create(version, who),
        lambda: scene.create(version, who, f"v{VERSIONS[0]}"),
        lambda: scene.test(version, who),
        lambda: scene.tick(version, one_of(draw, POINTS), who),
        lambda: scene.approve(version, place, who),
        lambda: scene.deploy(version, place, who),
        lambda: scene.unapprove(version, place, who),
        lambda: scene.reject(version, place, who),
        lambda: scene.waive(version, place, one_of(draw, sorted(WAIVABLE)), one_of(draw, (who, "anna"))),
        lambda: scene.push_again(version, moved=draw(st.booleans())),
        lambda: scene.amend(version, "anna"),
        lambda: scene.amend(version, who),
        lambda: scene.hold(version, who, close=draw(st.booleans())),
        lambda: scene.resume(version, who),
        lambda: scene.rollback(version, place, "anna"),
        lambda: scene.break_glass(version, place, who),
        *[lambda: scene.break_glass(version, place, "anna")] * 2,
        *(lambda each=each: scene.sign_off(each.id, who) for each in _ended(scene)),
        lambda: scene.wait(timedelta(seconds=draw(_SECONDS))),
        lambda: _click(scene, place, who),
        lambda: scene.freeze(place, timedelta(seconds=draw(st.integers(0, 9))), timedelta(seconds=4), "anna"),
        lambda: scene.end_freezes(who),
        lambda: scene.lock(place, one_of(draw, (None, timedelta(seconds=4))), who),
        lambda: scene.unlock(place, who),
        lambda: scene.look(place),
        lambda: _begins_with_a_past(scene, draw),
        *(lambda drift=drift: scene.accept(drift, who) for drift in scene.drifts()),
    ]
    if open_ := scene.open_deployments():
        known, deployment = open_[0]
        moves += [
            lambda: scene.settle(known, deployment),
            lambda: scene.abandon(known, deployment, who),
            lambda: scene.lose(deployment),
            lambda: scene.hold(known, who, cancel_job=True),
        ]
    one_of(draw, moves)()


def _ended(scene: Scene) -> list[Deployment]:
    return [each for release in scene.releases().values() for each in release.deployments if not each.is_open]


def _click(scene: Scene, place: str, who: str) -> None:
    """Somebody plays a deploy job in GitLab, past relflow."""
    environment = scene.workflow.environment(place)
    name = environment.job if environment else ""
    for job in [each for each in scene.world.jobs.values() if each.name == name][:1]:
        scene.world.play(job.id, who)


@dataclass(frozen=True)
class Reached:
    """A release that commands led to, with the policy and the people of its project."""

    workflow: Workflow
    release: Release
    members: tuple[Member, ...]


@st.composite
def releases(draw: st.DrawFn) -> Reached:
    """One release of a scene: whatever state, approvals and deployments can be reached."""
    scene = draw(scenes().filter(lambda each: each.releases()))
    version = one_of(draw, sorted(scene.releases()))
    return Reached(scene.workflow, scene.releases()[version], scene.members)


@st.composite
def underway(draw: st.DrawFn) -> Scene:
    """A scene with exactly one open deployment, in any phase, perhaps of a release that was held meanwhile."""
    workflow = draw(workflows(most=2))
    first, *others = workflow.environments
    everybody = Approvers(first.approvers.access or "reporter", first.approvers.users)
    workflow = replace(workflow, environments=(replace(first, approvers=everybody), *others))
    scene = Scene(workflow, dict.fromkeys(NAMES, Level.OWNER))
    version, place = VERSIONS[0], scene.workflow.environments[0]
    scene.create(version, "otto")
    for point in scene.workflow.checklist:
        scene.tick(version, point.name, "anna")
    scene.test(version, "anna")
    for name in NAMES[: place.approvals]:
        scene.approve(version, place.name, name)
    scene.deploy(version, place.name, one_of(draw, NAMES[3:]))  # nobody who approved
    deployment = scene.opened(version, place.name)
    phase = one_of(draw, ("intended", "armed", "accepted", "unknown"))
    if phase != "intended":
        scene.arm(version, deployment)
    if phase in {"accepted", "unknown"}:
        played = scene.play(deployment)
        armed = scene.opened(version, place.name)
        scene.answer(version, armed, played if phase == "accepted" else PlayAnswer(None, None, "timed out"))
    if draw(st.booleans()):
        scene.hold(version, "anna")
    return scene


_SHOWN = st.sampled_from(["as expected", *ENDS[1:], "another status", "another commit", "another job", "gone"])


@st.composite
def looks(draw: st.DrawFn, workflow: Workflow, deployment: Deployment) -> Facts:
    """What a look may show of the deployment's job and of its siblings; mostly that it is there, and at its commit."""
    name, commit = deployment.job_name, deployment.commit
    number = deployment.job_id or deployment.starts + 1
    seen: Job | None = replace(job_of(draw, number, name, commit), status="success", commit=commit)
    match draw(_SHOWN):
        case "another status":
            seen = seen and replace(seen, status=draw(A_STATUS))
        case "failed" | "canceled" as status:
            seen = seen and replace(seen, status=status)
        case "another commit":
            seen = seen and replace(seen, commit=OTHER)
        case "another job":
            seen = seen and replace(seen, id=number + 1)
        case "gone":
            seen = None
    younger = one_of(draw, (None, None, job_of(draw, number + 2, name, commit)))
    listed = tuple(each for each in (seen, younger) if each is not None)
    pipeline = Pipeline(id=deployment.pipeline_id, ref="v1.0.0", commit=commit, status="", url="", jobs=listed)
    found = one_of(draw, (None, (), (pipeline,), (pipeline,)))
    team = tuple(Member(name, CAST[name], Level.OWNER) for name in NAMES)
    return Facts(at=START, actor=draw(actors()), members=team, job=seen, pipelines=found)


def histories() -> st.SearchStrategy[tuple[bytes, ...]]:
    """The log of a scene."""
    return scenes().map(lambda scene: scene.kept.records())
