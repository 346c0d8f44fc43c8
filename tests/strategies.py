"""What the properties range over: policies, people, facts of a careless world, and releases that commands can reach.

`scenes` and `releases` are driven by `decide` itself, so that nothing here can be a state that no history leads to;
`facts` and `commands` know no such bound, because `decide` must bear whatever is asked.
"""

import string
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

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
#: A commit that nothing else names.
OTHER = "f" * 40
#: Stands for a name until it is known.
HERE = "here"
T = TypeVar("T")

#: Text as people and GitLab write it, in the form that records keep: NFC, no lone surrogate.
texts = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: unicodedata.normalize("NFC", text))
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@cache
def _places(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def one_of(draw: st.DrawFn, known: Sequence[T]) -> T:
    """One of what was drawn before, by its place: to make a strategy of it would take longer than to draw from it."""
    return known[draw(_places(len(known)))]


_NAME = st.builds(
    str.__add__,
    st.sampled_from(string.ascii_lowercase),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=6),
)
_REQUIRED = st.sampled_from([None, None, (), ("test",), ("build", "t*")])


@cache
def _names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(_NAME, min_size=least, max_size=most, unique=True)


@st.composite
def workflows(draw: st.DrawFn, least: int = 1, most: int = 4, *, timed_too: bool = False) -> Workflow:
    """Policies that can be adopted; with `timed_too` some have windows and soaks, perhaps in no zone there is."""
    names = draw(_names(least, most))
    required = draw(_REQUIRED)
    plain = Workflow(
        "group/data-provider", tuple(_environment(draw, each, timed_too=timed_too) for each in names), required
    )
    return replace(plain, **draw(_REQUIREMENTS)) if draw(st.booleans()) else plain


_POINT = st.builds(
    Point,
    st.sampled_from(POINTS),
    st.just("it is looked at"),
    st.builds(Approvers, st.sampled_from(APPROVING), st.lists(st.sampled_from(NAMES), max_size=1).map(tuple)),
)
_ASKED: dict[str, st.SearchStrategy[Any]] = {
    "coverage_at_least": st.none() | st.integers(0, 85),
    "tests_at_least": st.none() | st.integers(1, 412),
    "no_failed_tests": st.booleans(),
    "ref_protected": st.booleans(),
    "checklist": st.lists(_POINT, max_size=2, unique_by=lambda each: each.name).map(tuple),
}
#: What a policy asks besides, all of which the pipelines of a scene can meet.
_REQUIREMENTS = st.fixed_dictionaries({}, optional=_ASKED)


@st.composite
def later_policies(draw: st.DrawFn, workflow: Workflow) -> Workflow:
    """The policy with an environment dropped or renamed, and any number of approvals; at least one is left."""
    kept = list(workflow.environments)
    gone = one_of(draw, kept)
    if len(kept) > 1 and draw(st.booleans()):
        kept.remove(gone)
    else:
        kept[kept.index(gone)] = replace(gone, name=f"new-{gone.name}")
    return replace(workflow, environments=tuple(replace(each, approvals=draw(st.integers(1, 3))) for each in kept))


_CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"approvals": st.integers(1, 4)}),
    st.fixed_dictionaries({"four_eyes": st.sampled_from([(), ("creator",), ("deployer",)])}),
    st.fixed_dictionaries({"approvers": st.builds(Approvers, st.sampled_from(APPROVING))}),
    st.fixed_dictionaries({"approvers": st.builds(lambda name: Approvers(None, (name,)), st.sampled_from(NAMES))}),
)


def other_rules(place: Environment) -> st.SearchStrategy[Environment]:
    """The same environment under another approval rule."""
    changed = _CHANGES.map(lambda changes: replace(place, **changes))
    return changed.filter(lambda other: approval_rule(other) != approval_rule(place))


_EYES = st.sampled_from([("creator",), (), ("creator", "deployer"), ("deployer",), ("author",), ("creator", "author")])
_NAMED = st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple)
_BY_LEVEL = st.builds(Approvers, st.sampled_from(APPROVING), _NAMED)
#: So many that three of them are left besides a creator: with fewer nobody could adopt it.
_MANY = st.lists(st.sampled_from(NAMES), min_size=4, unique=True).map(tuple)
_BY_NAME = st.builds(Approvers, st.none(), _MANY)
_APPROVERS = _BY_LEVEL | _BY_LEVEL | _BY_NAME
_WAIVABLE = st.just(()) | st.lists(
    st.builds(Waivable, st.sampled_from(sorted(WAIVABLE)), _BY_LEVEL | _BY_NAME), unique_by=lambda each: each.gate
).map(tuple)
#: What an environment says of time; most say nothing.
_TIMES: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {
        "soak": st.sampled_from([None, "30m", "24h"]),
        "window": st.sampled_from([(), ("Mon-Thu 08:00-16:00", "Fri 08:00-12:00"), ("Sun 02:15-02:45",)]),
        "timezone": st.sampled_from(["Europe/Berlin", "Mars/Olympus", "UTC"]),
    }
)


def _environment(draw: st.DrawFn, name: str, *, timed_too: bool = False) -> Environment:
    approvers, four_eyes = draw(_APPROVERS), draw(_EYES)
    timed = draw(_TIMES) if timed_too else {}
    past: dict[str, Any] = {"waivable": draw(_WAIVABLE), "break_glass": draw(st.booleans())}
    count = draw(st.integers(1, 3))
    return Environment(name, f"deploy-{name}", f"env/{name}", count, approvers, four_eyes, **timed, **past)


@cache
def levels() -> st.SearchStrategy[dict[str, Level]]:
    """An access level for everybody in the cast; NONE is no member."""
    return st.fixed_dictionaries({name: st.sampled_from(Level) for name in CAST})


@cache
def members() -> st.SearchStrategy[tuple[Member, ...]]:
    """Some of the cast as members, with any access level, also one between GitLab's."""
    one = st.builds(lambda name, level: Member(name, CAST[name], level), st.sampled_from(NAMES), st.integers(0, 60))
    return st.lists(one, max_size=7, unique_by=lambda member: member.user_id).map(tuple)


@cache
def actors() -> st.SearchStrategy[Actor]:
    """Somebody of the cast, a stranger, or relflow itself."""
    cast = st.sampled_from([user(name, user_id) for name, user_id in CAST.items()])
    return cast | st.sampled_from([user("stranger", 99), itself("reconcile"), itself("deploy")])


_BY = st.sampled_from([None, *NAMES])
_STAGE = st.sampled_from(["build", "test", "deploy"])
_STATUS = st.sampled_from(STATUSES)
#: Whether it is of the commit that is looked for.
_IS_OF_IT = st.sampled_from([True, True, True, False])


def _job(draw: st.DrawFn, number: int, name: str, commit: str) -> Job:
    who = draw(_BY)
    return Job(
        id=number,
        name=name,
        stage=draw(_STAGE),
        status=draw(_STATUS),
        commit=commit if draw(_IS_OF_IT) else OTHER,
        url=f"https://gitlab.example.org/-/jobs/{number}",
        allow_failure=draw(st.booleans()),
        user_id=CAST.get(who or ""),
        username=who,
        retried=draw(st.booleans()),
    )


@st.composite
def jobs(draw: st.DrawFn, *, id: int, name: str, commit: str) -> Job:  # noqa: A002 - the field's name
    """A job in any status, started by anybody, mostly of that commit."""
    return _job(draw, id, name, commit)


_REF = st.sampled_from(["v1.0.0", "main"])
_COVERAGE = st.sampled_from([None, "", "0", "79.99", "100.00", "much"])


@cache
def _some_places(count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(_places(count), max_size=8)


def _pipeline(draw: st.DrawFn, workflow: Workflow, commit: str) -> Pipeline:
    """A pipeline with any of its jobs missing, doubled, or retried, in any status."""
    names = ("build", "test", "lint", *workflow.deploy_jobs)
    listed = [names[at] for at in draw(_some_places(len(names)))]
    made = tuple(_job(draw, at, name, commit) for at, name in enumerate(listed, 1)) if draw(st.booleans()) else None
    return Pipeline(
        id=draw(st.integers(1, 9)),
        ref=draw(_REF),
        commit=commit if draw(_IS_OF_IT) else OTHER,
        status=draw(_STATUS),
        url="https://gitlab.example.org/-/pipelines/1",
        jobs=made,
        coverage=draw(_COVERAGE),
    )


@cache
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


#: What somebody else brought there, of a release or of none.
_FOREIGN = st.builds(
    lambda live, version: replace(live, version=version, kind="foreign"), lives(), st.none() | st.sampled_from(VERSIONS)
)
_DRIFT = st.builds(
    Drift,
    id=st.integers(1, 9),
    environment=st.sampled_from([HERE, "elsewhere"]),
    version=st.sampled_from([None, HERE]),
    commit=st.just("c" * 40),
    gitlab_deployment_id=st.just(41),
    job_id=st.none() | st.integers(1, 9),
    job_name=st.just(""),
    job_url=st.just(""),
    pipeline_id=st.none() | st.just(1),
    played_by=st.none() | st.just("gitlab:ben"),
    status=_STATUS,
    finished_at=st.none() | st.just(START),
    found_at=st.just(START),
)
_DRIFTS = st.none() | st.lists(_DRIFT, max_size=2).map(tuple)


def _drift(found: Drift, environment: str, version: str | None) -> Drift:
    """A run that nobody accepted yet, there or elsewhere, of the release or not."""
    return replace(
        found,
        environment=environment if found.environment == HERE else found.environment,
        version=version if found.version == HERE else None,
        job_name=f"deploy-{environment}",
    )


_DEPLOYMENT = st.builds(
    Deployment,
    id=st.integers(1, 5),
    revision=st.just(1),
    environment=st.just(HERE),
    commit=st.just(""),
    pipeline_id=st.just(1),
    job_id=st.none() | st.integers(1, 9),
    job_name=st.just(""),
    job_url=st.just(""),
    kind=st.sampled_from(["deploy", "deploy", "rollback", "break-glass"]),
    base_job=st.none() | st.integers(1, 9),
    requested_by=actors(),
    requested_at=st.just(START),
    phase=st.sampled_from(["intended", "armed", "accepted", "unknown"]),
    played_at=st.none() | st.just(START),
    odd=st.none() | st.just("a sibling ran"),
)


def _deployment(found: Deployment, environment: str, commit: str) -> Deployment:
    return replace(found, environment=environment, commit=commit, job_name=f"deploy-{environment}")


def deployments(environment: str, commit: str) -> st.SearchStrategy[Deployment]:
    """A deployment in any phase but the last."""
    return _DEPLOYMENT.map(lambda found: _deployment(found, environment, commit))


#: A time and a later one, about START or anywhere.
_SPANS = st.tuples(
    st.integers(-48, 48).map(lambda number: START + timedelta(hours=number)) | times,
    st.integers(1, 100_000).map(lambda number: timedelta(hours=number)),
).map(lambda found: (found[0], found[0] + found[1]))
#: A freeze that nobody ended, now or at any other time.
_FREEZE = st.builds(
    lambda number, span, by: Freeze(
        id=number,
        environment=HERE,
        begins_at=span[0],
        ends_at=span[1],
        reason="inventory",
        added_by=by,
        added_at=START,
    ),
    st.integers(1, 9),
    _SPANS,
    actors(),
)
#: An occurrence of a freeze period of GitLab's.
_GITLAB_FREEZE = _SPANS.map(lambda span: RemoteFreeze(id=8, begins_at=span[0], ends_at=span[1], lines="by cron"))
#: A lock that nobody took away; its time may be over.
_LOCK = st.builds(
    Lock,
    environment=st.just(HERE),
    reason=st.just("the disk is full"),
    locked_by=actors(),
    locked_at=st.just(START),
    until=st.none() | times,
)
_VERSION = st.none() | st.sampled_from(VERSIONS)
_ENVIRONMENT = st.none() | st.builds(
    EnvironmentFacts,
    brought=st.none() | lives(),
    foreign=st.none() | _FOREIGN,
    open_deployment=st.none() | _DEPLOYMENT,
    open_version=_VERSION,
    freezes=st.lists(_FREEZE, max_size=2).map(tuple),
    lock=st.none() | _LOCK,
    debt=st.none() | _DEPLOYMENT,
    debt_version=_VERSION,
)


def _environment_facts(draw: st.DrawFn, environment: str, commit: str) -> EnvironmentFacts | None:
    """What is known of the environment, if anything; no deployment of it fits another fact."""
    found = draw(_ENVIRONMENT)
    return found and replace(
        found,
        open_deployment=found.open_deployment and _deployment(found.open_deployment, environment, commit),
        freezes=tuple(replace(each, environment=environment) for each in found.freezes),
        lock=found.lock and replace(found.lock, environment=environment),
        debt=found.debt and _deployment(found.debt, environment, commit),
    )


def replaced(state: str) -> Release:
    """Another release, which stands in that state."""
    known: dict[str, Any] = {"created_by": user("anna", 11), "created_at": START, "updated_at": START}
    return Release(version="0.9.0", state=state, ref="v0.9.0", commit="e" * 40, **known)


@cache
def authorships() -> st.SearchStrategy[Authorship]:
    """Who asks may be an author, and any part of it unreadable."""
    addresses = st.frozensets(st.sampled_from(["a@x", "b@x"]))
    commits = st.lists(st.tuples(st.sampled_from(["c" * 40, "e" * 40]), addresses), max_size=2).map(tuple)
    return st.builds(Authorship, st.none() | addresses, st.none() | commits, st.none() | st.just("1.0.0"))


#: What fits no workflow and no release, by the names of the facts.
_ANY_FACTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "at": st.just(START) | times,
        "actor": actors(),
        "members": st.none() | members(),
        "pipeline_of": st.sampled_from([None, *VERSIONS]),
        "gitlab_freezes": st.none() | st.just(()) | st.tuples(_GITLAB_FREEZE),
        "gitlab_at": st.none() | times,
        "asked_at": st.none() | st.just(START) | times,
        "newest_pipeline": st.sampled_from([None, 0, 1, 500]),
        "report": st.none()
        | st.builds(
            ReportSummary, *[st.integers(0, 500)] * 3, st.sampled_from([None, "unit"]), st.sampled_from([None, "d"])
        ),
        "protected": st.sampled_from([None, False, True]),
        "drifted_jobs": st.sampled_from([frozenset(), frozenset({1})]),
        "authorship": st.none() | authorships(),
        "next_deployment_id": st.integers(1, 9),
    }
)
_COUNT = st.none() | st.integers(0, 2)


@st.composite
def facts(draw: st.DrawFn, workflow: Workflow, release: Release | None = None) -> Facts:
    """Anything that a use case may have read, or not read: no fact is promised to fit another."""
    commit = release.commit if release else "c" * 40
    place = one_of(draw, workflow.environments)
    ids = [each.job_id or each.starts for each in release.deployments] if release else []
    count, drifts = draw(_COUNT), draw(_DRIFTS)
    return Facts(
        **draw(_ANY_FACTS),
        resolved=one_of(draw, (None, commit)),
        pipelines=None if count is None else tuple(_pipeline(draw, workflow, commit) for _ in range(count)),
        environment=_environment_facts(draw, place.name, commit),
        environment_before=_environment_facts(draw, place.name, commit),
        tagged=one_of(draw, (None, "", commit, OTHER)),
        job=_job(draw, one_of(draw, [*ids, 1]), place.job, commit) if draw(st.booleans()) else None,
        replaced=replaced(one_of(draw, ladder(workflow))) if draw(st.booleans()) else None,
        drifts=drifts and tuple(_drift(each, place.name, release.version if release else None) for each in drifts),
    )


_REASON = st.sampled_from(["wait", "", " ", "é\u202e"])
_EPOCH = st.integers(1, 3)
#: The environment, the deployment and the row version are told afterwards.
_COMMANDS: st.SearchStrategy[Command] = st.one_of(
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
    ),
    st.just(TestRelease()),
    st.builds(TickPoint, st.sampled_from([*POINTS, "nothing"])),
    st.builds(ApproveRelease, st.just(HERE), st.none() | texts),
    st.just(DeployRelease(HERE)),
    st.builds(BreakGlass, st.just(HERE), _REASON),
    st.builds(WaiveGate, st.just(HERE), st.sampled_from([*sorted(WAIVABLE), "quorum_met", "nothing"]), _REASON),
    st.just(UnapproveRelease(HERE)),
    st.builds(RejectRelease, st.just(HERE), _REASON),
    st.builds(AmendRelease, st.just("main"), _REASON),
    st.builds(HoldRelease, _REASON, st.booleans(), st.booleans()),
    st.builds(RollbackRelease, st.just(HERE), _REASON),
    st.builds(ResumeRelease, _REASON),
    st.builds(ArmDeployment, st.just(HERE), st.just(0), st.just(0), _EPOCH),
    st.builds(
        RecordAnswer,
        st.just(HERE),
        st.just(0),
        st.sampled_from(["accepted", "unknown", "refused", "something else"]),
        st.just("a sentence"),
        st.none() | jobs(id=7, name="deploy", commit="c" * 40),
        _EPOCH,
    ),
    st.just(SettleDeployment(HERE, 0)),
    st.builds(AbandonDeployment, st.just(HERE), st.just(0), _REASON, st.none() | _EPOCH),
    st.builds(ReplayDeployment, st.just(HERE), st.just(0), _REASON),
)


@st.composite
def commands(draw: st.DrawFn, workflow: Workflow, release: Release | None = None) -> Command:
    """Any command, the steps of the protocol among them, also for what does not exist."""
    found = draw(_COMMANDS)
    if isinstance(found, RecordPipeline):
        return replace(found, pipeline=_pipeline(draw, workflow, "c" * 40) if draw(st.booleans()) else None)
    numbers = (*(each.id for each in release.deployments), 99) if release else (1,)
    told: dict[str, Any] = {
        "environment": one_of(draw, (*workflow.names, "nowhere")),
        "deployment_id": one_of(draw, numbers),
        "row_version": one_of(draw, (release.row_version if release else 1, 1)),
    }
    own: dict[str, Any] = {each.name: told[each.name] for each in fields(found) if each.name in told}
    return replace(found, **own)


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
    seen: Job | None = replace(_job(draw, number, name, commit), status="success", commit=commit)
    match draw(_SHOWN):
        case "another status":
            seen = seen and replace(seen, status=draw(_STATUS))
        case "failed" | "canceled" as status:
            seen = seen and replace(seen, status=status)
        case "another commit":
            seen = seen and replace(seen, commit=OTHER)
        case "another job":
            seen = seen and replace(seen, id=number + 1)
        case "gone":
            seen = None
    younger = one_of(draw, (None, None, _job(draw, number + 2, name, commit)))
    listed = tuple(each for each in (seen, younger) if each is not None)
    pipeline = Pipeline(id=deployment.pipeline_id, ref="v1.0.0", commit=commit, status="", url="", jobs=listed)
    found = one_of(draw, (None, (), (pipeline,), (pipeline,)))
    team = tuple(Member(name, CAST[name], Level.OWNER) for name in NAMES)
    return Facts(at=START, actor=draw(actors()), members=team, job=seen, pipelines=found)


def histories() -> st.SearchStrategy[tuple[bytes, ...]]:
    """The log of a scene."""
    return scenes().map(lambda scene: scene.kept.records())
