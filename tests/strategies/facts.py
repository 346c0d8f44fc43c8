"""What use cases may have read, of a careless world: no fact is promised to fit another."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from relflow.core.authors import Authorship
from relflow.core.drift import Drift
from relflow.core.facts import EnvironmentFacts, Facts, Job, Live, Pipeline, ReportSummary
from relflow.core.freeze import Freeze, Lock, RemoteFreeze
from relflow.core.people import user
from relflow.core.release import Deployment, Release
from relflow.core.workflow import Workflow, ladder
from tests.properties.scene import CAST
from tests.strategies.policies import actors, members
from tests.strategies.words import HERE, NAMES, OTHER, START, STATUSES, VERSIONS, one_of, places, times

_BY = st.sampled_from([None, *NAMES])
_STAGE = st.sampled_from(["build", "test", "deploy"])
A_STATUS = st.sampled_from(STATUSES)
#: Whether it is of the commit that is looked for.
_IS_OF_IT = st.sampled_from([True, True, True, False])


def job_of(draw: st.DrawFn, number: int, name: str, commit: str) -> Job:
    """A job in any status, started by anybody, mostly of that commit."""
    who = draw(_BY)
    return Job(
        id=number,
        name=name,
        stage=draw(_STAGE),
        status=draw(A_STATUS),
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
    return job_of(draw, id, name, commit)


_REF = st.sampled_from(["v1.0.0", "main"])
_COVERAGE = st.sampled_from([None, "", "0", "79.99", "100.00", "much"])


@cache
def _some_places(count: int) -> st.SearchStrategy[list[int]]:
    return st.lists(places(count), max_size=8)


def pipeline_of(draw: st.DrawFn, workflow: Workflow, commit: str) -> Pipeline:
    """A pipeline with any of its jobs missing, doubled, or retried, in any status."""
    names = ("build", "test", "lint", *workflow.deploy_jobs)
    listed = [names[at] for at in draw(_some_places(len(names)))]
    made = tuple(job_of(draw, at, name, commit) for at, name in enumerate(listed, 1)) if draw(st.booleans()) else None
    return Pipeline(
        id=draw(st.integers(1, 9)),
        ref=draw(_REF),
        commit=commit if draw(_IS_OF_IT) else OTHER,
        status=draw(A_STATUS),
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
    status=A_STATUS,
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
        pipelines=None if count is None else tuple(pipeline_of(draw, workflow, commit) for _ in range(count)),
        environment=_environment_facts(draw, place.name, commit),
        environment_before=_environment_facts(draw, place.name, commit),
        tagged=one_of(draw, (None, "", commit, OTHER)),
        job=job_of(draw, one_of(draw, [*ids, 1]), place.job, commit) if draw(st.booleans()) else None,
        replaced=replaced(one_of(draw, ladder(workflow))) if draw(st.booleans()) else None,
        drifts=drifts and tuple(_drift(each, place.name, release.version if release else None) for each in drifts),
    )
