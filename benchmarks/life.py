"""The life of a release, decided step by step by the core: most reach production, some do not.

No store and no GitLab: facts are made up, and what is decided goes to whoever keeps it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from relflow.core.answers import PlayAnswer, classify
from relflow.core.commands import (
    ApproveRelease,
    ArmDeployment,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordAnswer,
    ResumeRelease,
    SettleDeployment,
    TestRelease,
)
from relflow.core.decide import decide
from relflow.core.events import Event
from relflow.core.facts import EnvironmentFacts, Facts, Job, Live, Pipeline
from relflow.core.people import Actor, Member, itself, user
from relflow.core.project import Project
from relflow.core.release import Release
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.service.app import events_of

URL = "https://gitlab.example.org/group/data-provider"
PROJECT = Project("gitlab.example.org/5", "group/data-provider", URL, 5)
WORKFLOW = Workflow(
    PROJECT.path,
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "production", 2, Approvers("maintainer", ("dana",))),
    ),
)
MEMBERS = (Member("anna", 11, 40), Member("ben", 12, 40), Member("chris", 13, 30), Member("dana", 14, 30))
ANNA, BEN, CHRIS, DANA = (user(each.username, each.user_id) for each in MEMBERS)
BEGAN = datetime(2024, 1, 1, 6, tzinfo=UTC)
STEP = timedelta(seconds=20)


@dataclass(slots=True)
class World:
    """What lives share: the clock, what is live where, and the numbers that count up."""

    at: datetime = BEGAN
    live: dict[str, Live] = field(default_factory=dict)
    deployments: int = 0

    def later(self) -> datetime:
        """The time of the next step."""
        self.at += STEP
        return self.at


def version_of(number: int) -> str:
    """The n-th release's version; a later one is newer."""
    return f"{1 + number // 1000}.{number % 1000}.0"


class Life(ABC):
    """One release, the n-th of its project; each method is a step that somebody takes."""

    def __init__(self, number: int, world: World) -> None:
        self.version, self.world = version_of(number), world
        self.commit, self._first_id = f"{number:040x}", 10 * number
        self.release: Release | None = None
        self._jobs = {
            name: self._job(at, name, "success" if at < 2 else "manual")  # noqa: PLR2004 - build and test
            for at, name in enumerate(("build", "test", *WORKFLOW.deploy_jobs))
        }

    def create(self) -> None:
        """Chris brings the version under the workflow."""
        self.ask(CHRIS, CreateRelease(self.version, f"v{self.version}", "a release of every day"), resolved=self.commit)

    def test(self) -> None:
        """Its pipeline is taken as evidence."""
        self.ask(CHRIS, TestRelease(), pipelines=(self._pipeline(),))

    def approve(self, environment: str, *by: Actor) -> None:
        """They agree, one after the other; the last one says why."""
        for actor in by:
            self.ask(actor, ApproveRelease(environment, "read the difference" if actor is by[-1] else None))

    def deploy(self, environment: str, *, ends: str = "success") -> None:
        """Chris plays the job, and it ends that way: requested, armed, answered, settled."""
        world, place = self.world, WORKFLOW.environment(environment)
        assert place is not None  # noqa: S101 - the callers name what is there
        job = self._jobs[place.job]
        world.deployments += 1
        known: dict[str, Any] = {"drifts": (), "environment": EnvironmentFacts(brought=world.live.get(environment))}
        known |= {
            "gitlab_freezes": (),
            "newest_pipeline": self._first_id,
            "tagged": self.commit,
            "next_deployment_id": world.deployments,
        }
        self.ask(CHRIS, DeployRelease(environment), pipelines=(self._pipeline(),), **known)
        of = (environment, world.deployments)
        self.ask(CHRIS, ArmDeployment(*of, self._row_version), job=job)
        taken = Job(**{**_fields(job), "status": "pending", "user_id": CHRIS.gitlab_user_id, "username": CHRIS.name})
        deployment = self.release.deployment(world.deployments) if self.release else None
        assert deployment is not None  # noqa: S101 - asked for just above
        self.ask(itself("deploy"), RecordAnswer(*of, *classify(PlayAnswer(200, taken, "OK"), deployment), taken))
        self._jobs[place.job] = Job(**{**_fields(taken), "status": ends, "finished_at": world.at})
        self.ask(itself("deploy"), SettleDeployment(*of), job=self._jobs[place.job], pipelines=(self._pipeline(),))
        if ends == "success":
            world.live[environment] = Live(
                version=self.version, revision=1, commit=self.commit, since=world.at, by=CHRIS.id, pipeline_id=0
            )

    def hold(self, *, close: bool = False) -> None:
        """Anna stops it."""
        self.ask(ANNA, HoldRelease("the totals of the export look wrong", close))

    def resume(self) -> None:
        """Anna lets it go on."""
        self.ask(ANNA, ResumeRelease("it was the old export"), drifts=())

    @abstractmethod
    def ask(self, who: Actor, command: Command, **known: Any) -> None:
        """Decide with these facts, and keep what was decided: `release` is what it led to."""

    @property
    def _row_version(self) -> int:
        return self.release.row_version if self.release else 0

    def _pipeline(self) -> Pipeline:
        url, jobs = f"{URL}/-/pipelines/{self._first_id}", tuple(self._jobs.values())
        ref = f"v{self.version}"
        return Pipeline(id=self._first_id, ref=ref, commit=self.commit, status="success", url=url, jobs=jobs)

    def _job(self, at: int, name: str, status: str) -> Job:
        number, stage = self._first_id + 1 + at, "deploy" if name in WORKFLOW.deploy_jobs else "test"
        url = f"{URL}/-/jobs/{number}"
        return Job(
            id=number, name=name, stage=stage, status=status, commit=self.commit, url=url, pipeline_id=self._first_id
        )


def _fields(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__slots__}


class Keeper(Protocol):
    """Where events go; it gives back the release that they lead to."""

    def keep(self, release: Release | None, events: Iterable[Event]) -> Release:
        """Write the events, which follow the release as it is."""


class KeptLife(Life):
    """A life that is decided without a store."""

    def __init__(self, number: int, world: World, keeper: Keeper) -> None:
        super().__init__(number, world)
        self._keeper = keeper

    def ask(self, who: Actor, command: Command, **known: Any) -> None:
        """Decide, and give it to the keeper."""
        facts = Facts(at=self.world.later(), actor=who, members=MEMBERS, **known)
        decision = decide(WORKFLOW, self.release, command, facts)
        self.release = self._keeper.keep(self.release, events_of(decision, command, facts, self.version))


def live(number: int, world: World, keeper: Keeper) -> None:
    """The n-th release from its creation to where it ends: one in ten is stopped or fails, the others arrive."""
    life = KeptLife(number, world, keeper)
    life.create()
    life.test()
    if number % 5 == 0:
        life.approve("dev", CHRIS)  # refused: who created it may not approve it
    life.approve("dev", DANA)
    match number % 30:
        case 7:
            life.hold()
        case 17:
            life.hold(close=True)
        case 27:
            life.deploy("dev", ends="failed")
        case _:
            life.deploy("dev")
            life.approve("prod", ANNA, BEN)
            life.deploy("prod")
