"""Facts: what a decision may know of the world, read by a use case before it is made.

A gate never calls out. What was not read is None, and a gate that needs it says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from relflow.core.authors import Authorship
from relflow.core.drift import Drift
from relflow.core.freeze import Freeze, Lock, RemoteFreeze
from relflow.core.people import Actor, Member
from relflow.core.release import Deployment, Release

#: Job statuses in which GitLab has taken the job and it is not finished. Source: GitLab `ci/has_status.rb`.
UNDERWAY = frozenset({"waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "canceling"})
#: Statuses of a job that nobody and nothing has set going.
UNSTARTED = frozenset({"created", "manual", "scheduled", "skipped"})
FINISHED = frozenset({"success", "failed", "canceled", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A GitLab job as it was seen; `user_id` is its creator's until somebody plays it, then the player's."""

    id: int
    name: str
    stage: str
    status: str
    commit: str
    url: str
    allow_failure: bool = False
    user_id: int | None = None
    username: str | None = None
    pipeline_id: int = 0
    #: Replaced by a younger job of the same name.
    retried: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure_reason: str | None = None

    @property
    def is_started(self) -> bool:
        """Whether somebody or something has set it going, however it ended."""
        return self.status in UNDERWAY or self.status in {"success", "failed", "canceled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline and its jobs, oldest first, retried ones included; `jobs` is None where they were not listed."""

    id: int
    ref: str
    commit: str
    status: str
    url: str
    source: str = ""
    jobs: tuple[Job, ...] | None = None
    #: Percent as GitLab says it, like `85.30`: "" where no job told any, None where it was not asked.
    coverage: str | None = None

    def named(self, name: str) -> tuple[Job, ...]:
        """Every run of the job of that name, oldest first."""
        return tuple(job for job in self.jobs or () if job.name == name)

    def current(self, name: str) -> tuple[Job, ...]:
        """The jobs of that name that no younger one replaced: one, unless something is odd."""
        return tuple(job for job in self.named(name) if not job.retried)


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What the test reports of a pipeline add up to; all 0 where no job left one."""

    #: Tests that ran, those that failed among them; an error is a failure.
    ran: int
    failed: int = 0
    skipped: int = 0
    #: A job whose report GitLab could not read, if there is one.
    unreadable: str | None = None
    #: The sha-256 of the answer's bytes as GitLab sent them, as `sha256:` and its hex; None where there are no bytes.
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteDeployment:
    """A deployment as GitLab keeps it; it may lag behind its job. `job` is None where it was only recorded."""

    id: int
    environment: str
    status: str
    commit: str
    job: Job | None
    updated_at: datetime
    #: Who made it: the pipeline's creator, or who recorded it. The player is the job's user.
    username: str | None = None
    #: The branch or tag that its pipeline ran for, or that was recorded with it.
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the repository, and the commit that it leads to."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Published:
    """GitLab's own release of a tag: what it is called, when it came out, and who made it."""

    tag: str
    name: str
    at: datetime
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What an environment runs: what the last successful deployment brought there, relflow's or a foreign one."""

    #: None where the commit of a foreign run belongs to no release.
    version: str | None
    revision: int | None
    commit: str
    since: datetime
    by: str
    pipeline_id: int
    kind: str = "deploy"
    #: The latest time that any clock gave for its arrival, where that is not `since`.
    at_latest: datetime | None = None

    @property
    def label(self) -> str:
        """The version, else the commit."""
        return self.version or f"commit {self.commit[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentFacts:
    """What the store knows of one environment: what was brought there, whose deployment is open, and what closes it."""

    #: What the last successful deployment of relflow's brought.
    brought: Live | None = None
    #: What was seen to succeed there after that, and was none of relflow's.
    foreign: Live | None = None
    open_deployment: Deployment | None = None
    open_version: str | None = None
    #: The freezes that nobody ended before their time, whether they are in force, over, or to come.
    freezes: tuple[Freeze, ...] = ()
    #: The lock that nobody has taken away; its time may be over.
    lock: Lock | None = None
    #: The oldest deployment past approvals that nobody has signed off.
    debt: Deployment | None = None
    debt_version: str | None = None

    @property
    def live(self) -> Live | None:
        """What the environment runs."""
        return self.foreign or self.brought

    @property
    def occupied(self) -> str | None:
        """Whose deployment is open there, in words; None where it is free."""
        if (deployment := self.open_deployment) is None:
            return None
        whose = f"deployment {deployment.id} of {self.open_version} to {deployment.environment}"
        return f"{whose} by {deployment.requested_by.name} is open: {deployment.phase}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far GitLab's list of an environment's deployments was read; the first two are times of GitLab's clock."""

    #: Runs from before do not count: relflow did not care for the environment yet.
    begins_at: datetime
    read_until: datetime
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision may look at, besides workflow, release and command."""

    at: datetime
    actor: Actor
    #: Everybody with access, or None where the list was not read.
    members: tuple[Member, ...] | None = None
    #: The commit that the asked ref names; None where it names none.
    resolved: str | None = None
    #: Pipelines that may serve, best first: () where GitLab has none, None where nobody looked.
    pipelines: tuple[Pipeline, ...] | None = None
    #: The newest pipeline of the release's own ref and commit, by id; None where nobody looked.
    newest_pipeline: int | None = None
    #: The release bound to that pipeline already, if any.
    pipeline_of: str | None = None
    environment: EnvironmentFacts | None = None
    #: What the pipeline's test reports add up to; None where nobody looked.
    report: ReportSummary | None = None
    #: Whether the release's ref is a protected branch or tag; None where nobody looked.
    protected: bool | None = None
    #: The environment before that one on the way, where the policy lets releases soak there; None where nobody looked.
    environment_before: EnvironmentFacts | None = None
    #: GitLab's own freezes about now and to come; None where nobody looked.
    gitlab_freezes: tuple[RemoteFreeze, ...] | None = None
    #: The commit that the release's tag names now: "" where it is no tag, None where nobody looked.
    tagged: str | None = None
    #: The deployment's job as just read; None where GitLab has none of that id, or it was not read.
    job: Job | None = None
    #: The release that the command's environment runs now, where it is another one.
    replaced: Release | None = None
    #: The drifts that nobody accepted yet; None where nobody looked.
    drifts: tuple[Drift, ...] | None = None
    #: Jobs that a drift names already, accepted or not.
    drifted_jobs: frozenset[int] = frozenset()
    next_deployment_id: int = 1
    next_drift_id: int = 1
    #: Who wrote the release, and who asks; None where nobody looked.
    authorship: Authorship | None = None
    #: GitLab's own time when the actor was identified; None where it sent none, or nobody asked.
    gitlab_at: datetime | None = None
    #: How far this machine's clock was ahead of GitLab's then; None where nobody could tell.
    clock_ahead: timedelta | None = None
    #: What this machine's clock said as GitLab was asked; the log's own time, `at`, may be ahead of it.
    asked_at: datetime | None = None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Every time that may be now, by one clock or another: a gate of time must hold at each."""
        return tuple(dict.fromkeys(filter(None, (self.at, self.asked_at, self.gitlab_at))))

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline that serves best, if any was found."""
        return self.pipelines[0] if self.pipelines else None

    @property
    def surely_at(self) -> datetime:
        """A time that has come, though the clock of a machine be wrong: what lasts until then is over."""
        return self.gitlab_at or self.at

    def member(self) -> Member | None:
        """The actor among the members; None for an outsider, and where the list was not read."""
        return next((each for each in self.members or () if each.user_id == self.actor.gitlab_user_id), None)
