"""Events: facts in the past tense, one closed list. A record is an event with its place in the log."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar

from relflow.core.codec import LATER, build, plain, said, timestamp
from relflow.core.evidence import Numbers
from relflow.core.people import Actor
from relflow.core.record import FORMAT, Head
from relflow.core.release import PastDeployment, PipelineRef
from relflow.core.verdict import GateResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says; a subclass adds its own data. `source` and `target` are the record's `from` and `to`."""

    name: ClassVar[str]
    at: datetime
    actor: Actor
    release: str | None = None
    revision: int | None = None
    environment: str | None = None
    commit: str | None = None
    source: str | None = None
    target: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRegistered(Event):
    """The log begins: the GitLab project it belongs to."""

    name = "project_registered"
    path: str
    url: str
    project_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRenamed(Event):
    """GitLab knows the project by another path now; the log stays its own."""

    name = "project_renamed"
    path: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdopted(Event):
    """A workflow is in force from here on."""

    name = "policy_adopted"
    policy: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCreated(Event):
    """A version came under the workflow, bound to a commit."""

    name = "release_created"
    ref: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRequested(Event):
    """A pipeline for the release's ref is about to be asked for, once; written before the request leaves."""

    name = "pipeline_requested"
    ref: str
    #: The newest pipeline of the commit that GitLab showed then, 0 where it had none: the one to come is younger.
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineStarted(Event):
    """GitLab shows the pipeline that was asked for."""

    name = "pipeline_started"
    pipeline: PipelineRef
    #: The commit that it runs at: not the release's where the ref was moved in between.
    runs_at: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineUnknown(Event):
    """The answer proves nothing, and GitLab shows no such pipeline yet; a test takes it once it is there."""

    name = "pipeline_unknown"
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRefused(Event):
    """No pipeline was started: GitLab refused it, or was never asked."""

    name = "pipeline_refused"
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseImported(Event):
    """A version came under the workflow with its past: what GitLab tells of its deployments before relflow's time."""

    name = "release_imported"
    ref: str
    #: The pipeline of its last deployment to `to`; null where GitLab shows none of their jobs.
    pipeline: PipelineRef | None
    #: In the order in which they ended; those of one environment are its attempts.
    deployments: tuple[PastDeployment, ...]
    #: What GitLab's own release of the tag is called, if it has a name of its own; when it came out, and by whom.
    title: str | None = None
    released_at: datetime | None = None
    released_by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTested(Event):
    """A pipeline met every requirement; the gates' results are the evidence."""

    name = "release_tested"
    pipeline: PipelineRef
    gates: tuple[GateResult, ...]
    #: What was counted; only where the policy asks for a number.
    numbers: Numbers | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointTicked(Event):
    """Somebody vouched for a point of the checklist; it counts for the revision and commit."""

    name = "point_ticked"
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(Event):
    """One person said yes to one environment."""

    name = "approval_given"
    comment: str | None = None
    gates: tuple[GateResult, ...] = ()
    #: What it was given for, besides revision and commit; null in records of a relflow that bound to no more.
    pipeline_id: int | None = None
    #: The digest of the environment's approval rule: approvals, approvers, four_eyes.
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(Event):
    """Somebody took their yes back; where the quorum fell with it, the release falls back too."""

    name = "approval_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRejected(Event):
    """Somebody said no; their own yes, if there was one, is withdrawn by it."""

    name = "approval_rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWaived(Event):
    """Somebody answers for deployments that one gate would stop: of this revision, to this environment."""

    name = "gate_waived"
    gate: str
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseApproved(Event):
    """The quorum for the environment stands."""

    name = "release_approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHeld(Event):
    """The release waits; `deployment_id` names the deployment that is odd, where that is why."""

    name = "release_held"
    deployment_id: int | None = None
    #: The state to resume to, where it is not the one that the release was held in.
    held_from: str | None = None
    #: Deployments whose running jobs are to be canceled.
    cancels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseResumed(Event):
    """The release is back where it was held."""

    name = "release_resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAmended(Event):
    """The release is bound anew: what counted for the revision before counts no longer."""

    name = "release_amended"
    ref: str
    previous_commit: str
    #: The pipeline that was asked for by name; None: the newest that fits, when it is tested.
    pipeline: PipelineRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseClosed(Event):
    """The release is out of sight; only an amend reopens it."""

    name = "release_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRequested(Event):
    """Somebody asked for a deployment and every gate held; nothing was played yet."""

    name = "deployment_requested"
    deployment_id: int
    kind: str
    attempt: int
    pipeline_id: int
    #: The manual job; null where `base_job`, which ended before, is to be retried instead.
    job_id: int | None
    job_name: str
    job_url: str | None
    base_job: int | None = None
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentTakenOver(Event):
    """Somebody decided to start the job of an open deployment; who had the right to before has it no longer."""

    name = "deployment_taken_over"
    deployment_id: int
    #: Counts from 1, which is the requester's.
    epoch: int
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayRequested(Event):
    """The job is about to be played, or retried; written before the request leaves."""

    name = "play_requested"
    deployment_id: int
    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayAccepted(Event):
    """GitLab says the job has started."""

    name = "play_accepted"
    deployment_id: int
    detail: str
    #: The job that runs: a new one where another was retried.
    job_id: int | None = None
    job_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayUnknown(Event):
    """The answer to the play proves nothing; only looking at the job can tell."""

    name = "play_unknown"
    deployment_id: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayRefused(Event):
    """GitLab refused the play, without effect."""

    name = "play_refused"
    deployment_id: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSettled(Event):
    """How the deployment ended, by a look at its job, or on a person's word."""

    name = "deployment_settled"
    deployment_id: int
    outcome: str
    job_id: int | None = None
    job_url: str | None = None
    job_status: str | None = None
    played_by: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDeployed(Event):
    """The job succeeded at the release's commit: the environment runs this release."""

    name = "release_deployed"
    deployment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDebtSignedOff(Event):
    """Somebody else looked at a deployment that was made past its approvals, and answers for it."""

    name = "review_debt_signed_off"
    deployment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftDetected(Event):
    """GitLab shows a run that no deployment accounts for; `release` is the one that its commit belongs to, if any."""

    name = "drift_detected"
    drift_id: int
    #: Relflow's deployment that it was seen beside, or whose job somebody else started.
    deployment_id: int | None
    #: The run; null where a deployment was only recorded through GitLab's API.
    job_id: int | None
    job_name: str | None
    job_url: str | None
    pipeline_id: int | None
    played_by: str | None
    status: str
    finished_at: datetime | None
    #: GitLab's own number of the deployment; null where only the job was seen.
    gitlab_deployment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAccepted(Event):
    """Somebody took note of a drift by name; `status` and `finished_at` are the run's as it ended."""

    name = "drift_accepted"
    drift_id: int
    status: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeAdded(Event):
    """Nothing is deployed to the environment from `begins_at` on and before `ends_at`."""

    name = "freeze_added"
    freeze_id: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeEnded(Event):
    """Somebody ended a freeze before its time."""

    name = "freeze_ended"
    freeze_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentLocked(Event):
    """Nothing is deployed to the environment, nor rolled back, until then or until somebody unlocks it."""

    name = "environment_locked"
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentUnlocked(Event):
    """Somebody took the lock away."""

    name = "environment_unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Event):
    """Somebody asked and a rule said no: every gate that did not hold."""

    name = "command_refused"
    trigger: str
    gates: tuple[GateResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnomaly(Event):
    """The clock stood before the last record's time; `clock` is what it said."""

    name = "clock_anomaly"
    clock: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """An event of a newer relflow: kept, verified and shown, and without any effect on a projection."""

    name = "unknown"
    event: str
    data: dict[str, Any] = field(default_factory=dict)


#: What became of a pipeline that a release was created with. They leave the release as it is.
PIPELINE_EVENTS = (PipelineRequested, PipelineStarted, PipelineUnknown, PipelineRefused)
EVENTS: dict[str, type[Event]] = {
    kind.name: kind
    for kind in (
        *(ProjectRegistered, ProjectRenamed, PolicyAdopted),
        *(ReleaseCreated, ReleaseTested, ReleaseApproved, ReleaseDeployed, ReleaseHeld, ReleaseResumed),
        *(ReleaseAmended, ReleaseClosed, ReleaseImported),
        *PIPELINE_EVENTS,
        *(ApprovalGiven, ApprovalWithdrawn, ApprovalRejected, PointTicked, GateWaived),
        *(
            DeploymentRequested,
            DeploymentTakenOver,
            PlayRequested,
            PlayAccepted,
            PlayUnknown,
            PlayRefused,
            DeploymentSettled,
            ReviewDebtSignedOff,
        ),
        *(DriftDetected, DriftAccepted),
        *(FreezeAdded, FreezeEnded, EnvironmentLocked, EnvironmentUnlocked),
        *(CommandRefused, ClockAnomaly),
    )
}
_COMMON = {each.name for each in fields(Event)}


def data_of(event: Event) -> dict[str, Any]:
    """The event's own fields as plain JSON: the record's `data`."""
    if isinstance(event, UnknownEvent):
        return event.data
    return {name: plain(value) for name, value in said(event) if name not in _COMMON}


def to_record(event: Event, head: Head, tool: str) -> dict[str, Any]:
    """The event as the record that follows `head`, written by this version of relflow."""
    return {
        "v": FORMAT,
        "log": head.log,
        "seq": head.seq + 1,
        "prev": head.hash,
        "at": timestamp(event.at),
        "actor": plain(event.actor),
        "event": event.event if isinstance(event, UnknownEvent) else event.name,
        "release": plain(event.release),
        "revision": event.revision,
        "environment": event.environment,
        "commit": event.commit,
        "from": event.source,
        "to": event.target,
        "reason": plain(event.reason),
        "data": data_of(event),
        "tool": {"name": "relflow", "version": tool},
    }


def from_record(record: dict[str, Any]) -> Event:
    """The event of a record; one of an unknown name or a newer format becomes an UnknownEvent."""
    kind = EVENTS.get(record["event"]) if record["v"] <= FORMAT else None
    own = record["data"] if kind else {"event": record["event"], "data": record["data"]}
    common = {"source": record["from"], "target": record["to"]}
    common |= {name: record[name] for name in ("at", "actor", "release", "revision", "environment", "commit", "reason")}
    return build(kind or UnknownEvent, {**own, **common})
