"""The world that an exploration supposes: GitLab does as it should, and a command is answered by the real `decide`.

A pipeline that passed, every job that it needs, a tag that stays, a job that succeeds when it is played, a time at
which windows are open and soaks are over. What the policy does not rule is not what an exploration is about.
"""

import string
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from relflow.core.authors import Authorship
from relflow.core.commands import (
    AmendRelease,
    ArmDeployment,
    BreakGlass,
    Command,
    DeployRelease,
    RecordAnswer,
    SettleDeployment,
)
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.durations import duration
from relflow.core.events import Event
from relflow.core.evolve import evolve
from relflow.core.facts import EnvironmentFacts, Facts, Job, Live, Pipeline, ReportSummary
from relflow.core.people import Member, user
from relflow.core.release import Deployment, Release
from relflow.core.requirements import is_pattern
from relflow.core.windows import schedule
from relflow.core.workflow import Environment, Workflow

#: A Monday; every window opens within two weeks of any time.
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
VERSION, REF, PIPELINE = "1.0.0", "v1.0.0", 1
URL = "https://gitlab.example.org"


@dataclass(frozen=True, slots=True)
class World:
    """What is supposed, besides the release."""

    workflow: Workflow
    members: tuple[Member, ...]
    #: Who wrote the release's commits: nobody that counts where it is None.
    author: Member | None = None


@lru_cache(maxsize=256)
def opens_at(environment: Environment) -> datetime:
    """A time at which a window of the environment is open; AT where none ever is."""
    open_ = schedule(environment.window, environment.timezone or "UTC")
    return (open_.opens_at(AT) if open_ else None) or AT


def answered(world: World, release: Release | None, command: Command, by: Member) -> Release | Refused:
    """The release after the command, or why it is refused; a deployment is played, and its job succeeds."""
    if isinstance(command, DeployRelease | BreakGlass):
        return _brought(world, release, command, by)
    return _folded(world, release, command, facts_of(world, release, command, by))


def _folded(world: World, release: Release | None, command: Command, facts: Facts) -> Release | Refused:
    decision = decide(world.workflow, release, command, facts)
    return decision if isinstance(decision, Refused) else after(release, decision.events)


def after(release: Release | None, events: Iterable[Event]) -> Release:
    """The release that the events lead to."""
    for event in events:
        release = evolve(release, event)
    assert release is not None  # noqa: S101 - no event takes a release away
    return release


def _brought(
    world: World, release: Release | None, command: DeployRelease | BreakGlass, by: Member
) -> Release | Refused:
    """The release when its job has succeeded: every step of playing it is decided, too."""
    facts = facts_of(world, release, command, by)
    moved = _folded(world, release, command, facts)
    for status in ("manual", "running", "success"):
        if isinstance(moved, Refused):
            return moved
        deployment = moved.deployments[-1]
        pipeline = _pipeline_of(world, moved)
        job = replace(pipeline.current(deployment.job_name)[0], status=status, user_id=by.user_id)
        seen = replace(facts, job=job, pipelines=(replace(pipeline, jobs=(job,)),))
        moved = _folded(world, moved, _next(moved, deployment, job), seen)
    return moved


def _next(release: Release, deployment: Deployment, job: Job) -> Command:
    """The step of playing that comes at that status of the job."""
    if job.status == "manual":
        return ArmDeployment(deployment.environment, deployment.id, release.row_version)
    if job.status == "running":
        return RecordAnswer(deployment.environment, deployment.id, "accepted", "", job)
    return SettleDeployment(deployment.environment, deployment.id)


def facts_of(world: World, release: Release | None, command: Command, by: Member, at: datetime | None = None) -> Facts:
    """All that a use case would read for the command, then; where no time is given, when the environment is open."""
    place = world.workflow.environment(command.environment)
    at = at or (opens_at(place) if place else AT)
    known: dict[str, Any] = {"resolved": _commit(release.revision + 1 if release else 1)}
    if release is not None and not isinstance(command, AmendRelease):
        known["pipelines"] = (_pipeline_of(world, release),)
        known |= {"report": ReportSummary(world.workflow.tests_at_least or 1), "protected": True}
        known |= {"tagged": release.commit, "newest_pipeline": PIPELINE, "drifts": (), "gitlab_freezes": ()}
        known |= {"authorship": _authorship(world, release, by), "next_deployment_id": len(release.deployments) + 1}
    if place is not None and release is not None and isinstance(command, DeployRelease | BreakGlass):
        known["environment"] = EnvironmentFacts()
        known["environment_before"] = EnvironmentFacts(brought=_live(release, place, at))
    return Facts(at=at, actor=user(by.username, by.user_id), members=world.members, **known)


def _commit(revision: int) -> str:
    return f"{revision:040x}"


def _live(release: Release, place: Environment, at: datetime) -> Live:
    """The release in the environment before, for as long as it has to soak there."""
    since = at - (duration(place.soak) if place.soak else timedelta())
    return Live(version=VERSION, revision=release.revision, commit=release.commit, since=since, by="", pipeline_id=1)


def _authorship(world: World, release: Release, by: Member) -> Authorship:
    """One author, told by the name in place of an address."""
    wrote = frozenset({world.author.username if world.author else ""})
    return Authorship(frozenset({by.username}), ((release.commit, wrote),))


def _pipeline_of(world: World, release: Release) -> Pipeline:
    """The pipeline of its commit: all that the policy requires succeeded, and the deploy jobs wait."""
    required = world.workflow.required_jobs
    return _pipeline(("test",) if required is None else required, world.workflow.deploy_jobs, release.commit)


@lru_cache(maxsize=64)
def _pipeline(wanted: tuple[str, ...], deploy_jobs: tuple[str, ...], commit: str) -> Pipeline:
    passed = dict.fromkeys(_meant(each, deploy_jobs) for each in wanted)
    made = [("test", "success", name) for name in passed] + [("deploy", "manual", name) for name in deploy_jobs]
    jobs = tuple(
        Job(id=number, name=name, stage=stage, status=status, commit=commit, url=URL)
        for number, (stage, status, name) in enumerate(made, start=1)
    )
    return Pipeline(id=PIPELINE, ref=REF, commit=commit, status="manual", url=URL, jobs=jobs, coverage="100.00")


def _meant(name: str, deploy_jobs: tuple[str, ...]) -> str:
    """The name, or one that fits the pattern and is no deploy job's: of so many letters one is always left."""
    if not is_pattern(name):
        return name
    tried = (name.replace("*", letter).replace("?", letter) for letter in string.ascii_lowercase)
    return next(each for each in tried if each not in deploy_jobs)
