"""Commands: requests in the imperative, as values. `decide` answers each with events or refusals."""

from dataclasses import dataclass
from typing import ClassVar

from relflow.core.facts import Job, Pipeline


@dataclass(frozen=True, slots=True)
class CreateRelease:
    """Bring a new version under the workflow, bound to the commit its ref names."""

    trigger: ClassVar[str] = "create"
    environment: ClassVar[None] = None
    version: str
    ref: str
    title: str | None = None
    #: All names that were looked for, where the ref is not the only one.
    tried: tuple[str, ...] = ()
    #: Start a pipeline of the ref, where the commit has none of it.
    runs_pipeline: bool = False


@dataclass(frozen=True, slots=True)
class TestRelease:
    """Take the pipeline of the release's commit as evidence."""

    trigger: ClassVar[str] = "test"
    environment: ClassVar[None] = None
    __test__: ClassVar[bool] = False  # its name begins like a test's; pytest shall not collect it


@dataclass(frozen=True, slots=True)
class TickPoint:
    """Vouch for a point of the checklist."""

    trigger: ClassVar[str] = "tick"
    environment: ClassVar[None] = None
    point: str


@dataclass(frozen=True, slots=True)
class ApproveRelease:
    """Say yes to one environment."""

    trigger: ClassVar[str] = "approve"
    environment: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class RejectRelease:
    """Say no to one environment: the release waits until the same person agrees, or it is amended."""

    trigger: ClassVar[str] = "reject"
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnapproveRelease:
    """Take one's own yes back."""

    trigger: ClassVar[str] = "unapprove"
    environment: str


@dataclass(frozen=True, slots=True)
class WaiveGate:
    """Answer for one gate that would stop a deployment of this revision to the environment."""

    trigger: ClassVar[str] = "waive"
    environment: str
    gate: str
    reason: str


@dataclass(frozen=True, slots=True)
class AmendRelease:
    """Bind the release to another commit, or to another pipeline of the same one: a new revision begins."""

    trigger: ClassVar[str] = "amend"
    environment: ClassVar[None] = None
    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan said that a deployment would start, and in whose place."""

    commit: str
    pipeline_id: int | None
    job_id: int | None
    #: The commit that ran there; None where nothing did.
    replaces: str | None


@dataclass(frozen=True, slots=True)
class DeployRelease:
    """Ask for one attempt to bring the release to an environment; with a plan, only while that holds."""

    trigger: ClassVar[str] = "deploy"
    environment: str
    plan: Planned | None = None


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Ask for one attempt to bring the release to an environment past what people would have to agree to, and time."""

    trigger: ClassVar[str] = "break-glass"
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class RollbackRelease:
    """Ask for one attempt to bring a release back to an environment where it ran before."""

    trigger: ClassVar[str] = "rollback"
    environment: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldRelease:
    """Make the release wait."""

    trigger: ClassVar[str] = "hold"
    environment: ClassVar[None] = None
    reason: str
    #: Out of sight for good: only an amend reopens it.
    close: bool = False
    #: Cancel the jobs that run for it.
    cancel_job: bool = False


@dataclass(frozen=True, slots=True)
class ResumeRelease:
    """Take a held release back to where it was."""

    trigger: ClassVar[str] = "resume"
    environment: ClassVar[None] = None
    reason: str


#: What a person asks of a release.
Request = (
    CreateRelease
    | TestRelease
    | TickPoint
    | ApproveRelease
    | UnapproveRelease
    | RejectRelease
    | WaiveGate
    | DeployRelease
    | BreakGlass
    | RollbackRelease
    | HoldRelease
    | ResumeRelease
    | AmendRelease
)


@dataclass(frozen=True, slots=True)
class ArmDeployment:
    """Say, before the POST, that the job is about to be played; abandon when the world moved since the request."""

    trigger: ClassVar[str] = "deploy"
    environment: str
    deployment_id: int
    #: The release's row version as the request left it.
    row_version: int
    #: The deployment's epoch that the process acts under; nothing is recorded under one that is over.
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Keep what GitLab answered to the play, as classified: accepted, unknown or refused."""

    trigger: ClassVar[str] = "deploy"
    environment: str
    deployment_id: int
    answer: str
    detail: str
    #: The job that the answer shows; it is the deployment's where the answer is an acceptance.
    job: Job | None = None
    #: The epoch of the POST that was answered.
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class SettleDeployment:
    """Record how the deployment ended, from a look at its job. Looking needs no right, so that it has no epoch."""

    trigger: ClassVar[str] = "deploy"
    environment: str
    deployment_id: int


@dataclass(frozen=True, slots=True)
class AbandonDeployment:
    """Close an open deployment on a person's word, so that the environment is free."""

    trigger: ClassVar[str] = "abandon"
    environment: str
    deployment_id: int
    reason: str
    #: The epoch that a process withdraws from; None for a person, who closes whatever there is.
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class ReplayDeployment:
    """Take an open deployment over, and start its job, which has not started: a new decision, and a new epoch."""

    trigger: ClassVar[str] = "replay"
    environment: str
    deployment_id: int
    reason: str


#: The steps of the play protocol; each needs the deployment it names.
Step = ArmDeployment | RecordAnswer | SettleDeployment | AbandonDeployment | ReplayDeployment


@dataclass(frozen=True, slots=True)
class RecordPipeline:
    """Keep what became of the pipeline that a release was created with, as classified: started, unknown or refused."""

    trigger: ClassVar[str] = "create"
    environment: ClassVar[None] = None
    #: What the release was bound to as it was asked for.
    revision: int
    commit: str
    answer: str
    detail: str
    #: The pipeline that was started; None with any other answer.
    pipeline: Pipeline | None = None


Command = Request | Step | RecordPipeline
