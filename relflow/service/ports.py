"""What the use cases need of the world, named by purpose. Adapters and the store fill these in."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from relflow.core.answers import PlayAnswer
from relflow.core.checkup.remedy import Mended, Remedy
from relflow.core.checkup.surroundings import Artifacts, ProjectSettings, Protections, ResourceGroup
from relflow.core.drift import Drift
from relflow.core.events import Event
from relflow.core.facts import EnvironmentFacts, Job, Look, Pipeline, Published, RemoteDeployment, ReportSummary, Tag
from relflow.core.freeze import Freeze, Lock, RemoteFreeze
from relflow.core.people import Actor, Member
from relflow.core.pipeline_request import PipelineAnswer
from relflow.core.project import Project
from relflow.core.release import Deployment, Release


class Clock(Protocol):
    """Time as the use cases see it."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to; `scopes` is None for a token that does not tell (an OAuth one, say)."""

    actor: Actor
    scopes: tuple[str, ...] | None
    #: How far this machine's clock is ahead of GitLab's; None where GitLab sent no date.
    clock_ahead: timedelta | None = None
    #: GitLab's own time as it said who this is; None where it sent none.
    gitlab_at: datetime | None = None
    #: The day, in UTC, with whose beginning the token ends; None for one that does not tell, or never ends.
    expires_on: date | None = None
    #: The owner's e-mail addresses that their account shows, in the form of `core.authors`; None where it hides them.
    addresses: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RemoteProject:
    """A project as GitLab knows it."""

    id: int
    path: str
    url: str
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One commit that is in a release and not in what runs now."""

    commit: str
    title: str
    author: str
    #: Of its author and co-authors, in the form of `core.authors`; empty where GitLab does not tell.
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """What lies between two commits, oldest first, and where GitLab shows it."""

    commits: tuple[Change, ...]
    url: str


@dataclass(frozen=True, slots=True)
class MergedCi:
    """A project's CI configuration as GitLab reads it: one YAML text, None where it makes none of it, and why."""

    text: str | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class GitLab(Protocol):
    """The part of GitLab that relflow uses. Every method raises GitLabError, and nothing else."""

    def identify(self) -> Identity:
        """Who the token belongs to. Two requests."""

    def listed_addresses(self) -> frozenset[str] | None:
        """The e-mail addresses that the token's owner added, as `Identity` has them; None where it may not read them.

        One request.
        """

    def project(self, path: str) -> RemoteProject:
        """The project of that path. One request."""

    def members(self, project: int) -> tuple[Member, ...]:
        """Everybody with access, inherited access included. One request for each hundred."""

    def resolve(self, project: int, ref: str) -> str | None:
        """The commit that a tag, branch or commit name stands for; None where there is none. One request."""

    def tag(self, project: int, name: str) -> str | None:
        """The commit that the tag of that name names; None where there is no such tag. One request."""

    def tags(self, project: int) -> tuple[Tag, ...]:
        """Every tag with the commit that it names, by name. One request for each hundred."""

    def releases(self, project: int) -> tuple[Published, ...]:
        """GitLab's own releases, by tag; () where the project has none, or has them switched off.

        One request for each hundred.
        """

    def pipelines(self, project: int, commit: str, started_by: str | None = None) -> tuple[Pipeline, ...]:
        """The commit's pipelines, newest first, without their jobs. One request for each hundred.

        With a username only those that this user started through the API.
        """

    def pipeline(self, project: int, pipeline_id: int) -> Pipeline | None:
        """The pipeline with its coverage, without its jobs; None where there is none of that id. One request."""

    def report(self, project: int, pipeline_id: int) -> ReportSummary:
        """What the pipeline's test reports add up to. One request."""

    def is_protected(self, project: int, ref: str) -> bool:
        """Whether the tag, or where there is none the branch of that name is protected. One request, or two."""

    def jobs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """Every job of the pipeline, oldest first, retried ones marked. One request for each hundred."""

    def runs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """The same without asking which of them were retried. One request for each hundred."""

    def job(self, project: int, job_id: int) -> Job | None:
        """The job as it is now; None where it is gone. One request."""

    def deployments(
        self,
        project: int,
        since: datetime,
        status: str | None = None,
        *,
        environment: str | None = None,
        most: int | None = None,
    ) -> tuple[RemoteDeployment, ...]:
        """The deployments that changed since then, of that status and to that environment if they are named.

        Newest first; at most so many of those that changed last. One request for each hundred.
        """

    def changes(self, project: int, since: str, until: str) -> Changes | None:
        """The commits that `until` has and `since` has not; None where one of the two is gone. One request."""

    def merged_ci(self, project: int, ref: str) -> MergedCi | None:
        """The CI configuration of that branch, tag or commit; None where there is no such ref. One request."""

    def change(self, project: int, commit: str) -> Change | None:
        """The one commit; None where it is gone. One request."""

    def freezes(self, project: int, moments: tuple[datetime, ...]) -> tuple[RemoteFreeze, ...]:
        """GitLab's own freezes, earliest first: those that cover one of the times, or begin within a month after it.

        Raises GitLabError for a freeze period that cannot be understood, too. One request for each hundred.
        """

    def play(self, project: int, job_id: int) -> PlayAnswer:
        """Play the job with exactly one POST, never repeated; whatever comes back is in the answer."""

    def retry(self, project: int, job_id: int) -> PlayAnswer:
        """Run a job that ended again, as a new job, with exactly one POST, never repeated."""

    def run_pipeline(self, project: int, ref: str) -> PipelineAnswer:
        """Start a pipeline at the head of a branch or tag, with exactly one POST, never repeated."""

    def cancel(self, project: int, job_id: int) -> PlayAnswer:
        """Ask for the end of a job that runs, with exactly one POST; 201 says no more than that it was asked for."""


class GitLabSetup(GitLab, Protocol):
    """What a check of the set-up asks and changes besides. The reads raise GitLabError, and nothing else."""

    def settings(self, project: int) -> ProjectSettings:
        """The project's settings. One request."""

    def protections(self, project: int) -> Protections:
        """Its protected branches and tags. One request for each hundred of both."""

    def resource_groups(self, project: int) -> tuple[ResourceGroup, ...]:
        """Its resource groups. One request for each hundred."""

    def has_environment(self, project: int, name: str) -> bool:
        """Whether there is an environment of that name. One request."""

    def artifacts(self, project: int, pipeline_id: int) -> tuple[Artifacts, ...]:
        """What each job of the pipeline left, oldest first. One request for each hundred."""

    def mend(self, project: int, remedy: Remedy) -> Mended:
        """Make the change with exactly one request, never repeated; whatever comes back is in the answer."""


class Book(Protocol):
    """One project's state, read consistently. The reading half of the store."""

    def project(self) -> Project | None:
        """The project, or None before it is registered."""

    def release(self, version: str) -> Release | None:
        """The release with its approvals and deployments, or None."""

    def versions(self) -> tuple[str, ...]:
        """Every version of the project, newest first."""

    def environment(self, name: str) -> EnvironmentFacts:
        """What is live in the environment, whose deployment to it is open, and what closes it."""

    def brought_to(self, environment: str, most: int) -> tuple[tuple[str, Deployment], ...]:
        """The last successful deployments to the environment with their versions, newest first."""

    def open_deployments(self) -> tuple[tuple[str, Deployment], ...]:
        """The open deployments with their versions, oldest first."""

    def find_deployment(self, deployment_id: int) -> tuple[str, Deployment] | None:
        """The deployment of that id with its version."""

    def release_of_pipeline(self, pipeline_id: int) -> str | None:
        """The version bound to the pipeline, if any."""

    def next_deployment_id(self) -> int:
        """The id that the next deployment gets: they count from 1 in each project."""

    def accounting(self, environment: str, job: Job) -> tuple[Deployment, ...]:
        """The deployments to the environment that may account for the job: its own, and an open one's unseen retry."""

    def release_of_commit(self, commit: str, pipeline_id: int) -> str | None:
        """The version bound to the commit: best the one of that pipeline, else the newest."""

    def drifts(self) -> tuple[Drift, ...]:
        """The drifts that nobody accepted yet, oldest first."""

    def find_drift(self, drift_id: int) -> Drift | None:
        """The drift of that id, accepted or not."""

    def drift_of(self, *, gitlab_deployment_id: int | None, job_id: int | None) -> Drift | None:
        """The drift that names the deployment or the job, accepted or not."""

    def next_drift_id(self) -> int:
        """The id that the next drift gets: they count from 1 in each project."""

    def freezes(self, at: datetime) -> tuple[Freeze, ...]:
        """The freezes that are not over then, and that nobody ended before their time, earliest first."""

    def find_freeze(self, freeze_id: int) -> Freeze | None:
        """The freeze of that id."""

    def next_freeze_id(self) -> int:
        """The id that the next freeze gets: they count from 1 in each project."""

    def last_lock(self, environment: str) -> Lock | None:
        """The last lock of the environment, be it taken away or not; None where it never had one."""

    def last_look(self, environment: str) -> Look | None:
        """How far GitLab was read for the environment; None where nobody ever looked."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's place in the log."""

    seq: int
    event: Event


class Transaction(Book, Protocol):
    """A write transaction: it holds the write lock, and what it reads stays true until it commits."""

    at: datetime
    """The time of all that is recorded here: the clock's, but never before the last record's."""
    now: datetime
    """What this machine's clock said as it began."""

    def record(self, events: Iterable[Event]) -> tuple[Recorded, ...]:
        """Append the events to the log and move the rows with them. The one way to change what the log tells."""

    def keep_look(self, environment: str, look: Look) -> None:
        """Remember how far GitLab was read."""


class Store(Protocol):
    """Where a project's log and rows live."""

    def read(self) -> AbstractContextManager[Book]:
        """A consistent look, without a lock."""

    def write(self) -> AbstractContextManager[Transaction]:
        """One transaction under the write lock; it commits at the end, and an exception leaves nothing of it.

        Raises StoreBusy when the lock does not come free in time.
        """
