"""What the properties range over: policies, people, facts of a careless world, and releases that commands can reach.

`scenes` and `releases` are driven by `decide` itself, so that nothing here can be a state that no history leads to;
`facts` and `commands` know no such bound, because `decide` must bear whatever is asked.
"""

import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relflow.core.answers import PlayAnswer
from relflow.core.authors import Authorship
from relflow.core.commands import (
    AbandonDeployment,
    AmendRelease,
    ApproveRelease,
    ArmDeployment,
    BreakGlass,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordAnswer,
    RecordPipeline,
    RejectRelease,
    ReplayDeployment,
    ResumeRelease,
    RollbackRelease,
    SettleDeployment,
    TestRelease,
    TickPoint,
    UnapproveRelease,
    WaiveGate,
)
from relflow.core.drift import Drift
from relflow.core.facts import FINISHED, UNDERWAY, EnvironmentFacts, Facts, Job, Live, Pipeline, ReportSummary
from relflow.core.freeze import Freeze, Lock, RemoteFreeze
from relflow.core.people import Actor, Level, Member, itself, user
from relflow.core.policy_check.form import APPROVING
from relflow.core.release import Deployment, Release
from relflow.core.waiving import WAIVABLE
from relflow.core.workflow import (
    DRAFT,
    Approvers,
    Environment,
    Point,
    Waivable,
    Workflow,
    approval_rule,
    approved,
    before,
    ladder,
)
from tests.properties.scene import CAST, Scene

STATUSES = tuple(sorted({"created", "manual", "scheduled", *UNDERWAY, *FINISHED}))
ENDS = ("success", "failed", "canceled")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VERSIONS = ("1.0.0", "1.1.0", "2.0.0-rc.1")
NAMES = tuple(CAST)
POINTS = ("notes", "load")

#: Text as people and GitLab write it, in the form that records keep: NFC, no lone surrogate.
texts = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: unicodedata.normalize("NFC", text))
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@st.composite
def workflows(draw: st.DrawFn, least: int = 1, most: int = 4, *, timed_too: bool = False) -> Workflow:
    """Policies that can be adopted; with `timed_too` some have windows and soaks, perhaps in no zone there is."""
    word = st.text(string.ascii_lowercase + string.digits + "-", max_size=6)
    name = st.builds(str.__add__, st.sampled_from(string.ascii_lowercase), word)
    names = draw(st.lists(name, min_size=least, max_size=most, unique=True))
    required = draw(st.sampled_from([None, None, (), ("test",), ("build", "t*")]))
    plain = Workflow(
        "group/data-provider", tuple(draw(_environments(each, timed_too=timed_too)) for each in names), required
    )
    return replace(plain, **draw(_requirements())) if draw(st.booleans()) else plain


def _requirements() -> st.SearchStrategy[dict[str, Any]]:
    """What a policy asks besides, all of which the pipelines of a scene can meet."""
    by = st.builds(Approvers, st.sampled_from(APPROVING), st.lists(st.sampled_from(NAMES), max_size=1).map(tuple))
    point = st.builds(Point, st.sampled_from(POINTS), st.just("it is looked at"), by)
    asked: dict[str, st.SearchStrategy[Any]] = {
        "coverage_at_least": st.none() | st.integers(0, 85),
        "tests_at_least": st.none() | st.integers(1, 412),
        "no_failed_tests": st.booleans(),
        "ref_protected": st.booleans(),
        "checklist": st.lists(point, max_size=2, unique_by=lambda each: each.name).map(tuple),
    }
    return st.fixed_dictionaries({}, optional=asked)


@st.composite
def later_policies(draw: st.DrawFn, workflow: Workflow) -> Workflow:
    """The policy with an environment dropped or renamed, and any number of approvals; at least one is left."""
    kept = list(workflow.environments)
    gone = draw(st.sampled_from(kept))
    if len(kept) > 1 and draw(st.booleans()):
        kept.remove(gone)
    else:
        kept[kept.index(gone)] = replace(gone, name=f"new-{gone.name}")
    return replace(workflow, environments=tuple(replace(each, approvals=draw(st.integers(1, 3))) for each in kept))


def other_rules(place: Environment) -> st.SearchStrategy[Environment]:
    """The same environment under another approval rule."""
    changed = st.one_of(
        st.builds(lambda count: replace(place, approvals=count), st.integers(1, 4)),
        st.builds(lambda eyes: replace(place, four_eyes=eyes), st.sampled_from([(), ("creator",), ("deployer",)])),
        st.builds(lambda access: replace(place, approvers=Approvers(access)), st.sampled_from(APPROVING)),
        st.builds(lambda name: replace(place, approvers=Approvers(None, (name,))), st.sampled_from(NAMES)),
    )
    return changed.filter(lambda other: approval_rule(other) != approval_rule(place))


@st.composite
def _environments(draw: st.DrawFn, name: str, *, timed_too: bool = False) -> Environment:
    named = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
    by_level = st.builds(Approvers, st.sampled_from(APPROVING), st.just(tuple(named)))
    # So many that three of them are left besides a creator: with fewer nobody could adopt it.
    by_name = st.builds(Approvers, st.none(), st.lists(st.sampled_from(NAMES), min_size=4, unique=True).map(tuple))
    approvers = draw(by_level | by_level | by_name)
    eyes = [("creator",), (), ("creator", "deployer"), ("deployer",), ("author",), ("creator", "author")]
    four_eyes = draw(st.sampled_from(eyes))
    timed = draw(_times()) if timed_too else {}
    gates = draw(st.just([]) | st.lists(st.sampled_from(sorted(WAIVABLE)), unique=True))
    past: dict[str, Any] = {
        "waivable": tuple(Waivable(gate, draw(by_level | by_name)) for gate in gates),
        "break_glass": draw(st.booleans()),
    }
    count = draw(st.integers(1, 3))
    return Environment(name, f"deploy-{name}", f"env/{name}", count, approvers, four_eyes, **timed, **past)


def _times() -> st.SearchStrategy[dict[str, Any]]:
    """What an environment says of time; most say nothing."""
    soaks, zones = st.sampled_from([None, "30m", "24h"]), st.sampled_from(["Europe/Berlin", "Mars/Olympus", "UTC"])
    windows = st.sampled_from([(), ("Mon-Thu 08:00-16:00", "Fri 08:00-12:00"), ("Sun 02:15-02:45",)])
    said = st.fixed_dictionaries({"soak": soaks, "window": windows, "timezone": zones})
    return st.just({}) | said


def levels() -> st.SearchStrategy[dict[str, Level]]:
    """An access level for everybody in the cast; NONE is no member."""
    return st.fixed_dictionaries({name: st.sampled_from(Level) for name in CAST})


def members() -> st.SearchStrategy[tuple[Member, ...]]:
    """Some of the cast as members, with any access level, also one between GitLab's."""
    one = st.builds(lambda name, level: Member(name, CAST[name], level), st.sampled_from(NAMES), st.integers(0, 60))
    return st.lists(one, max_size=7, unique_by=lambda member: member.user_id).map(tuple)


def actors() -> st.SearchStrategy[Actor]:
    """Somebody of the cast, a stranger, or relflow itself."""
    cast = st.sampled_from([user(name, user_id) for name, user_id in CAST.items()])
    return cast | st.sampled_from([user("stranger", 99), itself("reconcile"), itself("deploy")])


@st.composite
def jobs(draw: st.DrawFn, *, id: int, name: str, commit: str) -> Job:  # noqa: A002 - the field's name
    """A job in any status, started by anybody, mostly of that commit."""
    who = draw(st.sampled_from([None, *NAMES]))
    return Job(
        id=id,
        name=name,
        stage=draw(st.sampled_from(["build", "test", "deploy"])),
        status=draw(st.sampled_from(STATUSES)),
        commit=draw(st.sampled_from([commit, commit, commit, "f" * 40])),
        url=f"https://gitlab.example.org/-/jobs/{id}",
        allow_failure=draw(st.booleans()),
        user_id=CAST.get(who or ""),
        username=who,
        retried=draw(st.booleans()),
    )


@st.composite
def pipelines(draw: st.DrawFn, workflow: Workflow, commit: str, first_job: int = 1) -> Pipeline:
    """A pipeline with any of its jobs missing, doubled, or retried, in any status."""
    names = draw(st.lists(st.sampled_from(["build", "test", "lint", *workflow.deploy_jobs]), max_size=8))
    listed = draw(st.none() | st.just(names))
    made = (
        None
        if listed is None
        else tuple(draw(jobs(id=first_job + at, name=name, commit=commit)) for at, name in enumerate(listed))
    )
    return Pipeline(
        id=draw(st.integers(1, 9)),
        ref=draw(st.sampled_from(["v1.0.0", "main"])),
        commit=draw(st.sampled_from([commit, commit, "f" * 40])),
        status=draw(st.sampled_from(STATUSES)),
        url="https://gitlab.example.org/-/pipelines/1",
        jobs=made,
        coverage=draw(st.sampled_from([None, "", "0", "79.99", "100.00", "much"])),
    )


def lives() -> st.SearchStrategy[Live]:
    """What may be live: any version, also one that is no semantic version."""
    return st.builds(
        Live,
        version=st.sampled_from([*VERSIONS, "0.9.0", "9.0.0", "tuesday"]),
        revision=st.just(1),
        commit=st.just("e" * 40),
        since=st.just(START),
        by=st.just("user:anna"),
        pipeline_id=st.integers(1, 500),
    )


def foreign_lives() -> st.SearchStrategy[Live]:
    """What somebody else brought there, of a release or of none."""
    versions = st.none() | st.sampled_from(VERSIONS)
    return st.builds(lambda live, version: replace(live, version=version, kind="foreign"), lives(), versions)


def drifts(environment: str, version: str | None) -> st.SearchStrategy[Drift]:
    """A run that nobody accepted yet, there or elsewhere, of the release or not."""
    return st.builds(
        Drift,
        id=st.integers(1, 9),
        environment=st.sampled_from([environment, "elsewhere"]),
        version=st.sampled_from([None, version]),
        commit=st.just("c" * 40),
        gitlab_deployment_id=st.just(41),
        job_id=st.none() | st.integers(1, 9),
        job_name=st.just(f"deploy-{environment}"),
        job_url=st.just(""),
        pipeline_id=st.none() | st.just(1),
        played_by=st.none() | st.just("gitlab:ben"),
        status=st.sampled_from(STATUSES),
        finished_at=st.none() | st.just(START),
        found_at=st.just(START),
    )


def deployments(environment: str, commit: str) -> st.SearchStrategy[Deployment]:
    """A deployment in any phase but the last."""
    return st.builds(
        Deployment,
        id=st.integers(1, 5),
        revision=st.just(1),
        environment=st.just(environment),
        commit=st.just(commit),
        pipeline_id=st.just(1),
        job_id=st.none() | st.integers(1, 9),
        job_name=st.just(f"deploy-{environment}"),
        job_url=st.just(""),
        kind=st.sampled_from(["deploy", "deploy", "rollback", "break-glass"]),
        base_job=st.none() | st.integers(1, 9),
        requested_by=actors(),
        requested_at=st.just(START),
        phase=st.sampled_from(["intended", "armed", "accepted", "unknown"]),
        played_at=st.none() | st.just(START),
        odd=st.none() | st.just("a sibling ran"),
    )


def spans() -> st.SearchStrategy[tuple[datetime, datetime]]:
    """A time and a later one, about START or anywhere."""
    hours = st.integers(1, 100_000).map(lambda number: timedelta(hours=number))
    begins = st.integers(-48, 48).map(lambda number: START + timedelta(hours=number)) | times
    return st.tuples(begins, hours).map(lambda found: (found[0], found[0] + found[1]))


def freezes(environment: str) -> st.SearchStrategy[Freeze]:
    """A freeze that nobody ended, now or at any other time."""
    return st.builds(
        lambda number, span, by: Freeze(
            id=number,
            environment=environment,
            begins_at=span[0],
            ends_at=span[1],
            reason="inventory",
            added_by=by,
            added_at=START,
        ),
        st.integers(1, 9),
        spans(),
        actors(),
    )


def gitlab_freezes() -> st.SearchStrategy[RemoteFreeze]:
    """An occurrence of a freeze period of GitLab's."""
    return spans().map(lambda span: RemoteFreeze(id=8, begins_at=span[0], ends_at=span[1], lines="by cron"))


def locks(environment: str) -> st.SearchStrategy[Lock]:
    """A lock that nobody took away; its time may be over."""
    return st.builds(
        Lock,
        environment=st.just(environment),
        reason=st.just("the disk is full"),
        locked_by=actors(),
        locked_at=st.just(START),
        until=st.none() | times,
    )


def replaced(state: str) -> Release:
    """Another release, which stands in that state."""
    known: dict[str, Any] = {"created_by": user("anna", 11), "created_at": START, "updated_at": START}
    return Release(version="0.9.0", state=state, ref="v0.9.0", commit="e" * 40, **known)


def authorships() -> st.SearchStrategy[Authorship]:
    """Who asks may be an author, and any part of it unreadable."""
    addresses = st.frozensets(st.sampled_from(["a@x", "b@x"]))
    commits = st.lists(st.tuples(st.sampled_from(["c" * 40, "e" * 40]), addresses), max_size=2).map(tuple)
    return st.builds(Authorship, st.none() | addresses, st.none() | commits, st.none() | st.just("1.0.0"))


@st.composite
def facts(draw: st.DrawFn, workflow: Workflow, release: Release | None = None) -> Facts:
    """Anything that a use case may have read, or not read: no fact is promised to fit another."""
    commit = release.commit if release else "c" * 40
    place = draw(st.sampled_from(workflow.environments))
    found = pipelines(workflow, commit)
    ids = [each.job_id or each.starts for each in release.deployments] if release else []
    job = jobs(id=draw(st.sampled_from([*ids, 1])), name=place.job, commit=commit)
    there = st.builds(
        EnvironmentFacts,
        brought=st.none() | lives(),
        foreign=st.none() | foreign_lives(),
        open_deployment=st.none() | deployments(place.name, commit),
        open_version=st.none() | st.sampled_from(VERSIONS),
        freezes=st.lists(freezes(place.name), max_size=2).map(tuple),
        lock=st.none() | locks(place.name),
        debt=st.none() | deployments(place.name, commit),
        debt_version=st.none() | st.sampled_from(VERSIONS),
    )
    return Facts(
        at=draw(st.just(START) | times),
        actor=draw(actors()),
        members=draw(st.none() | members()),
        resolved=draw(st.sampled_from([None, commit])),
        pipelines=draw(st.none() | st.lists(found, max_size=2).map(tuple)),
        pipeline_of=draw(st.sampled_from([None, *VERSIONS])),
        environment=draw(st.none() | there),
        environment_before=draw(st.none() | there),
        gitlab_freezes=draw(st.none() | st.just(()) | st.tuples(gitlab_freezes())),
        gitlab_at=draw(st.none() | times),
        asked_at=draw(st.none() | st.just(START) | times),
        newest_pipeline=draw(st.sampled_from([None, 0, 1, 500])),
        report=draw(
            st.none()
            | st.builds(
                ReportSummary, *[st.integers(0, 500)] * 3, st.sampled_from([None, "unit"]), st.sampled_from([None, "d"])
            )
        ),
        protected=draw(st.sampled_from([None, False, True])),
        tagged=draw(st.sampled_from([None, "", commit, "f" * 40])),
        job=draw(st.none() | job),
        replaced=draw(st.none() | st.builds(replaced, st.sampled_from(ladder(workflow)))),
        drifts=draw(
            st.none() | st.lists(drifts(place.name, release.version if release else None), max_size=2).map(tuple)
        ),
        drifted_jobs=draw(st.sampled_from([frozenset(), frozenset({1})])),
        authorship=draw(st.none() | authorships()),
        next_deployment_id=draw(st.integers(1, 9)),
    )


@st.composite
def commands(draw: st.DrawFn, workflow: Workflow, release: Release | None = None) -> Command:
    """Any command, the steps of the protocol among them, also for what does not exist."""
    place = draw(st.sampled_from([*workflow.names, "nowhere"]))
    number = draw(st.sampled_from([*(each.id for each in release.deployments), 99]) if release else st.just(1))
    reason = st.sampled_from(["wait", "", " ", "é\u202e"])
    row, epochs = st.sampled_from([release.row_version if release else 1, 1]), st.integers(1, 3)
    every: st.SearchStrategy[Command] = st.one_of(
        st.builds(
            CreateRelease,
            st.sampled_from([*VERSIONS, "", "é", "x" * 65]),
            st.just("main"),
            st.none() | texts,
            st.just(()),
            st.booleans(),
        ),
        st.builds(
            RecordPipeline,
            st.just(1),
            st.just("c" * 40),
            st.sampled_from(["started", "unknown", "refused", "something else"]),
            st.just("a sentence"),
            st.none() | pipelines(workflow, "c" * 40),
        ),
        st.just(TestRelease()),
        st.builds(TickPoint, st.sampled_from([*POINTS, "nothing"])),
        st.builds(ApproveRelease, st.just(place), st.none() | texts),
        st.just(DeployRelease(place)),
        st.builds(BreakGlass, st.just(place), reason),
        st.builds(WaiveGate, st.just(place), st.sampled_from([*sorted(WAIVABLE), "quorum_met", "nothing"]), reason),
        st.just(UnapproveRelease(place)),
        st.builds(RejectRelease, st.just(place), reason),
        st.builds(AmendRelease, st.just("main"), reason),
        st.builds(HoldRelease, reason, st.booleans(), st.booleans()),
        st.builds(RollbackRelease, st.just(place), reason),
        st.builds(ResumeRelease, reason),
        st.builds(ArmDeployment, st.just(place), st.just(number), row, epochs),
        st.builds(
            RecordAnswer,
            st.just(place),
            st.just(number),
            st.sampled_from(["accepted", "unknown", "refused", "something else"]),
            st.just("a sentence"),
            st.none() | jobs(id=7, name="deploy", commit="c" * 40),
            epochs,
        ),
        st.just(SettleDeployment(place, number)),
        st.builds(AbandonDeployment, st.just(place), st.just(number), reason, st.none() | epochs),
        st.builds(ReplayDeployment, st.just(place), st.just(number), reason),
    )
    return draw(every)


@st.composite
def scenes(draw: st.DrawFn, most: int = 60, environments: int = 3) -> Scene:
    """A project after some of its life: most steps lead on, some are asked by the wrong person or at the wrong time.

    Anna may always do everything, so that there is somebody to go on with.
    """
    scene = Scene(draw(workflows(most=environments)), {**draw(levels()), "anna": Level.OWNER})
    draw(st.sampled_from([lambda *_: None] * 2 + [_begins_with_a_past]))(scene, draw)
    scene.create(VERSIONS[0], draw(st.sampled_from(["anna", "ben", "chris"])))
    for _ in range(draw(st.integers(0, most))):
        move = draw(st.sampled_from([_go_on] * 5 + [_disturb]))
        move(scene, draw)
    draw(st.sampled_from([lambda _: None] * 3 + [_stop, _lose]))(scene)
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
    version = draw(st.sampled_from(VERSIONS[:2]))
    release, who = scene.releases().get(version), draw(st.sampled_from(NAMES))
    mine = [deployment for known, deployment in scene.open_deployments() if known == version]
    if release is None:
        scene.create(version, "anna", draw(st.sampled_from([None, None, f"v{VERSIONS[0]}"])))
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
        status = draw(st.sampled_from(["success", "success", "success", "failed", "running"]))
        scene.finish(deployment, status)
        scene.settle(version, deployment)
        if deployment.id in [each.id for _, each in scene.open_deployments()]:
            scene.wait(timedelta(minutes=11))
            scene.abandon(version, deployment, "anna")


def _disturb(scene: Scene, draw: st.DrawFn) -> None:
    """Somebody does what was not asked of them."""
    version, who = draw(st.sampled_from(VERSIONS)), draw(st.sampled_from(NAMES))
    place = draw(st.sampled_from(scene.workflow.names))
    moves: list[Callable[[], object]] = [
        lambda: scene.create(version, who),
        lambda: scene.create(version, who, f"v{VERSIONS[0]}"),
        lambda: scene.test(version, who),
        lambda: scene.tick(version, draw(st.sampled_from(POINTS)), who),
        lambda: scene.approve(version, place, who),
        lambda: scene.deploy(version, place, who),
        lambda: scene.unapprove(version, place, who),
        lambda: scene.reject(version, place, who),
        lambda: scene.waive(
            version, place, draw(st.sampled_from(sorted(WAIVABLE))), draw(st.sampled_from([who, "anna"]))
        ),
        lambda: scene.push_again(version, moved=draw(st.booleans())),
        lambda: scene.amend(version, "anna"),
        lambda: scene.amend(version, who),
        lambda: scene.hold(version, who, close=draw(st.booleans())),
        lambda: scene.resume(version, who),
        lambda: scene.rollback(version, place, "anna"),
        lambda: scene.break_glass(version, place, who),
        *[lambda: scene.break_glass(version, place, "anna")] * 2,
        *(lambda each=each: scene.sign_off(each.id, who) for each in _ended(scene)),
        lambda: scene.wait(timedelta(seconds=draw(st.sampled_from([-7200, -3, -2, -1.5, -1.2, 0.5, 660])))),
        lambda: _click(scene, place, who),
        lambda: scene.freeze(place, timedelta(seconds=draw(st.integers(0, 9))), timedelta(seconds=4), "anna"),
        lambda: scene.end_freezes(who),
        lambda: scene.lock(place, draw(st.sampled_from([None, timedelta(seconds=4)])), who),
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
    draw(st.sampled_from(moves))()


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
    version = draw(st.sampled_from(sorted(scene.releases())))
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
    scene.deploy(version, place.name, draw(st.sampled_from(NAMES[3:])))  # nobody who approved
    deployment = scene.opened(version, place.name)
    phase = draw(st.sampled_from(["intended", "armed", "accepted", "unknown"]))
    if phase != "intended":
        scene.arm(version, deployment)
    if phase in {"accepted", "unknown"}:
        played = scene.play(deployment)
        armed = scene.opened(version, place.name)
        scene.answer(version, armed, played if phase == "accepted" else PlayAnswer(None, None, "timed out"))
    if draw(st.booleans()):
        scene.hold(version, "anna")
    return scene


@st.composite
def looks(draw: st.DrawFn, workflow: Workflow, deployment: Deployment) -> Facts:
    """What a look may show of the deployment's job and of its siblings; mostly that it is there, and at its commit."""
    common: dict[str, Any] = {"name": deployment.job_name, "commit": deployment.commit}
    number = deployment.job_id or deployment.starts + 1
    seen: Job | None = replace(draw(jobs(id=number, **common)), status="success", commit=deployment.commit)
    match draw(st.sampled_from(["as expected", *ENDS[1:], "another status", "another commit", "another job", "gone"])):
        case "another status":
            seen = seen and replace(seen, status=draw(st.sampled_from(STATUSES)))
        case "failed" | "canceled" as status:
            seen = seen and replace(seen, status=status)
        case "another commit":
            seen = seen and replace(seen, commit="f" * 40)
        case "another job":
            seen = seen and replace(seen, id=number + 1)
        case "gone":
            seen = None
    younger = draw(st.none() | st.none() | jobs(id=number + 2, **common))
    listed = tuple(each for each in (seen, younger) if each is not None)
    pipeline = Pipeline(
        id=deployment.pipeline_id, ref="v1.0.0", commit=deployment.commit, status="", url="", jobs=listed
    )
    found = draw(st.sampled_from([None, (), (pipeline,), (pipeline,)]))
    team = tuple(Member(name, CAST[name], Level.OWNER) for name in NAMES)
    return Facts(at=START, actor=draw(actors()), members=team, job=seen, pipelines=found)


def histories() -> st.SearchStrategy[tuple[bytes, ...]]:
    """The log of a scene."""
    return scenes().map(lambda scene: scene.kept.records())
