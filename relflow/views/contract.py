"""The shapes of the contract, each told once: what builds the JSON is typed by them, and its schemas are made of them.

No command imports this module: to mypy it says what a dictionary holds, to `make docs` what to write, docstrings
included. Keys and their meaning are a contract with everybody's scripts.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field

# Before Python 3.12 pydantic reads no other TypedDict than this one, and brings it.
from typing_extensions import TypedDict

from relflow.core.release import OUTCOMES, PHASES, Word

Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$")]
Actor = Annotated[str, Field(pattern="^(user|relflow|gitlab):")]
User = Annotated[str, Field(pattern="^user:")]
Sha = Annotated[str, Field(pattern="^[0-9a-f]{40}([0-9a-f]{24})?$")]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=1)]
Phase = Annotated[str, Field(json_schema_extra={"enum": list(PHASES)})]
Outcome = Annotated[str, Field(json_schema_extra={"enum": list(OUTCOMES)})]
Kind = Literal["refused", "usage", "conflict", "gitlab", "unknown", "failed", "audit", "setup", "bug"]

_From = TypedDict("_From", {"from": str | None})  # a key that no class can have
_FromState = TypedDict("_FromState", {"from": str})


class Pipeline(TypedDict):
    """The pipeline that a release is bound to."""

    id: int
    url: str


class Job(TypedDict):
    """A job of GitLab."""

    id: int
    name: str
    url: str


class Release(TypedDict):
    """A release: one version on its way through the workflow.

    Of an imported one `created_by` is who imported it, and `created_at` when it was first deployed.
    """

    version: str
    project: str
    state: str
    revision: Count
    ref: str
    commit: Sha
    pipeline: Pipeline | None
    held_from: str | None
    closed: bool
    title: str | None
    created_by: Actor
    created_at: Time
    updated_at: Time


class Deployment(TypedDict):
    """One attempt to bring a version to an environment; without an outcome it is open."""

    id: int
    version: str
    revision: Count
    environment: str
    kind: str
    phase: Phase
    outcome: Outcome | None
    attempt: Count
    job: Job | None
    base_job: int | None
    commit: Sha
    requested_by: Actor
    requested_at: Time
    settled_at: Time | None


class Approval(TypedDict):
    """One person's word on an environment; `counts` where it stands now, `stale` says why one does so no more."""

    environment: str
    by: Actor
    decision: Word
    comment: str | None
    at: Time
    revision: Count
    counts: bool
    stale: str | None
    signed: bool


class Waiver(TypedDict):
    """A gate that somebody answered for; `stale` says why that counts no more."""

    environment: str
    gate: str
    by: Actor
    reason: str
    at: Time
    revision: Count
    counts: bool
    stale: str | None


class Requirement(TypedDict):
    """One requirement of `tested`, as it was recorded."""

    gate: str
    holds: bool | None
    why: str | None
    evidence: str | None


class Numbers(TypedDict):
    """What was counted when the release was tested; null is what the policy did not ask for."""

    coverage: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?$")] | None
    tests: int | None
    failed: int | None
    skipped: int | None
    jobs: list[Job]
    #: Of the summary of the test reports as GitLab sent it; null where the record is older than this, too.
    report_digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None


class Point(TypedDict):
    """One point of the checklist; `counts` where it is ticked for what the release is bound to now."""

    point: str
    text: str
    ticked_by: Actor | None
    at: Time | None
    revision: Count | None
    counts: bool


class Gate(TypedDict):
    """What one gate says, and who can do what about it; `holds` is null where only GitLab knows."""

    gate: str
    holds: bool | None
    final: bool
    why: str | None
    who: list[User]
    next: str | None
    earliest: Time | None
    waived_by: User | None


class Verdict(TypedDict):
    """Whether a trigger is allowed, gate by gate; null where only GitLab knows."""

    trigger: str
    environment: str | None
    allowed: bool | None
    gates: list[Gate]


class Error(TypedDict):
    """Why a command did not end as asked."""

    kind: Kind
    what: Annotated[str, Field(min_length=1)]
    why: list[str]
    next: list[str]
    gates: list[Gate]


class Failure(TypedDict):
    """Why there is no result."""

    error: Error


class Written(TypedDict):
    """A record that was written: its place in the log, and its event."""

    seq: Count
    event: str


class Changed(TypedDict):
    """The release, and what was recorded; exit codes 3 to 6 add `error`."""

    release: Release
    events: list[Written]
    deployment: Deployment | None
    error: NotRequired[Error]


class Reconcile(TypedDict):
    """What became of each deployment that was open; exit codes 5 and 6 add `error`.

    `events` has also what was found that nobody had asked for.
    """

    deployments: list[Deployment]
    events: list[Written]
    error: NotRequired[Error]


class Foreseen(TypedDict):
    """A deployment as it would be; `why` and `next` are empty where it would be settled."""

    deployment: Deployment
    would_record: list[str]
    why: list[str]
    next: list[str]


class ForeseenDrift(TypedDict):
    """A run that would be recorded as drift; `job_id` is null where it was only recorded."""

    environment: str
    release: str | None
    commit: Sha
    job_id: int | None
    played_by: str | None
    status: str


class ReconcileDryRun(TypedDict):
    """What `reconcile` would record now; the exit code is 0 whatever that is."""

    deployments: list[Foreseen]
    drift: list[ForeseenDrift]


class Live(TypedDict):
    """What runs in an environment; the version is null where a foreign run brought a commit of no release."""

    version: str | None
    revision: Count | None
    commit: Sha
    since: Time
    by: Actor
    kind: str


class Drift(TypedDict):
    """A run that no deployment of relflow's accounts for; `job` is null where it was only recorded."""

    id: int
    environment: str
    version: str | None
    commit: Sha
    job: Job | None
    gitlab_deployment_id: int | None
    by: Actor | None
    status: str
    finished_at: Time | None
    found_at: Time
    accepted_by: Actor | None
    accepted_at: Time | None


class DriftAccept(TypedDict):
    """The run that was accepted, and what became of it: a foreign deployment, where it is a release's."""

    drift: Drift
    release: Release | None
    events: list[Written]
    deployment: Deployment | None


class Freeze(TypedDict):
    """A period without deployments to an environment: `begins_at` is covered, `ends_at` is not."""

    id: Count
    environment: str
    begins_at: Time
    ends_at: Time
    reason: str
    added_by: Actor
    added_at: Time
    ended_by: Actor | None
    ended_at: Time | None


class FreezeChanged(TypedDict):
    """The freeze that was added or ended, and what was recorded."""

    freeze: Freeze
    events: list[Written]


class Lock(TypedDict):
    """A lock of an environment; where `until` is null it stands until somebody unlocks."""

    environment: str
    reason: str
    locked_by: Actor
    locked_at: Time
    until: Time | None
    unlocked_by: Actor | None
    unlocked_at: Time | None


class LockChanged(TypedDict):
    """The lock that was put on or taken away, and what was recorded."""

    lock: Lock
    events: list[Written]


class Place(TypedDict):
    """One environment; `freeze` is the one of relflow's that is in force and ends last."""

    name: str
    live: Live | None
    in_flight: Deployment | None
    drift: list[Drift]
    freeze: Freeze | None
    lock: Lock | None
    #: What ran there past its approvals, and nobody else signed off.
    debt: Deployment | None


class Need(TypedDict):
    """What waits for the person who was last proven on this machine."""

    version: str
    environment: str
    trigger: str


class Status(TypedDict):
    """What runs where, what is on its way, and what waits for you."""

    project: str
    environments: list[Place]
    releases: list[Release]
    needs_you: list[Need]


class Show(TypedDict):
    """One release in full; `next` are the triggers that its way leads through."""

    release: Release
    requirements: list[Requirement]
    numbers: Numbers | None
    checklist: list[Point]
    approvals: list[Approval]
    waivers: list[Waiver]
    deployments: list[Deployment]
    next: list[Verdict]


class Entry(_From):
    """One record of the audit log; `data` is what its event says besides."""

    seq: Count
    at: Time
    actor: Actor
    event: str
    release: str | None
    revision: int | None
    environment: str | None
    to: str | None
    reason: str | None
    data: dict[str, Any]
    prev: Digest
    hash: Digest


class Play(TypedDict):
    """What would be started."""

    job: Job | None
    environment: str
    pipeline: Pipeline | None


class Commit(TypedDict):
    """A commit that a deployment would bring."""

    id: str
    title: str
    author: str


class Changes(_From):
    """From what is live to what would be; commits are oldest first, and none where nothing is live."""

    to: str
    commits: list[Commit]
    authors: list[str]
    url: str | None


class Plan(TypedDict):
    """What a deployment would start and change; exit code 1 where it is not allowed.

    `changes` is null where GitLab has one of the two commits no more.
    """

    verdict: Verdict
    release: Release
    play: Play
    replaces: Live | None
    changes: Changes | None
    rollback_to: str | None


class Layer(TypedDict):
    """One thing that was checked; `ok` is null where it could not be, `first_bad` is a record's number."""

    layer: str
    ok: bool | None
    detail: str
    first_bad: int | None


class Report(TypedDict):
    """What a check of one log found."""

    ok: bool
    records: int
    layers: list[Layer]


class AuditVerify(Report):
    """Whether the log is what its writers left, layer by layer; exit code 7 adds `error`."""

    error: NotRequired[Error]


class CheckedLog(Report):
    """One log of the database, layer by layer."""

    log: str


class DbCheck(TypedDict):
    """Whether the database itself and every log are sound; exit code 8 adds `error`."""

    ok: bool
    file: str
    problems: list[str]
    logs: list[CheckedLog]
    error: NotRequired[Error]


class DbBackup(DbCheck):
    """The copy, checked; where it was made, exit codes 7 and 8 add `error`."""

    backup: str


class DbCopy(TypedDict):
    """What was copied from one database to another, verified there; exit code 7 adds `error`."""

    ok: bool
    source: str
    target: str
    logs: list[CheckedLog]
    error: NotRequired[Error]


class DbGrant(TypedDict):
    """Which role of PostgreSQL may record and read now."""

    database: str
    role: str


class DbUpgrade(TypedDict):
    """Whether the database had to be changed."""

    file: str
    changed: bool


class RebuiltLog(TypedDict):
    """One log, and how many releases were made anew from it."""

    log: str
    releases: int


class DbRebuild(TypedDict):
    """What was made anew from each log."""

    logs: list[RebuiltLog]


class PolicyAdopt(TypedDict):
    """The policy that is in force now, and what it changes for releases on their way, a sentence each."""

    project: str
    digest: Digest
    events: list[Written]
    effects: list[str]


class PolicyShow(TypedDict):
    """The policy in force, as it was recorded."""

    project: str
    digest: Digest
    policy: dict[str, Any]


class PolicyDiff(TypedDict):
    """How the settings file differs from the policy in force, and what it would change for releases on their way.

    Exit code 1 where it differs.
    """

    project: str
    differs: bool
    diff: str
    effects: list[str]


class LeftOut(TypedDict):
    """A successful deployment whose commit no version tag names; `ref` is what its pipeline ran for."""

    environment: str
    commit: Sha
    ref: str
    ended_at: Time


class Import(TypedDict):
    """The past that became releases, or would become some where nothing was recorded, and what of it did not.

    `left_alone` are versions that relflow has already; `noted` is what ran last somewhere and is no release; `cut` are
    environments of which only the last deployments were read.
    """

    project: str
    releases: list[Release]
    deployments: list[Deployment]
    noted: list[Drift]
    left_alone: list[str]
    left_out: list[LeftOut]
    cut: list[str]
    events: list[Written]


class Transition(_FromState):
    """One row of the workflow's table."""

    trigger: str
    environment: str | None
    to: str
    gates: list[str]


class WorkflowShow(TypedDict):
    """The workflow: its states, its table, and its picture."""

    states: list[str]
    transitions: list[Transition]
    mermaid: str


class Finding(TypedDict):
    """One thing that a check of the set-up found; `name` stays as it is when the sentences change."""

    severity: Literal["error", "warning", "note"]
    name: str
    what: str
    consequence: str
    fix: str


class StoryStep(TypedDict):
    """A command, who types it (null: it does not matter), and the state that follows, or why it is refused."""

    command: str
    by: str | None
    then: str


class Counterexample(Finding):
    """Something that exploring a policy found, and a shortest way to it."""

    story: list[StoryStep]


class WorkflowCheck(TypedDict):
    """The mistakes of a policy, and what exploring it found; exit code 1 adds `error`.

    `problems` keep it from being adopted; among `findings` are warnings and notes, too.
    """

    file: str
    ok: bool
    problems: list[str]
    findings: list[Counterexample]
    unasked: list[str]
    error: NotRequired[Error]


class CiInit(TypedDict):
    """The CI files that were written, by their names in the repository, and how; what the configuration still has."""

    files: list[str]
    diff: str
    new_jobs: list[str]
    findings: list[Finding]


class CiLint(TypedDict):
    """What a CI configuration has against the settings, errors first; exit code 1 adds `error`."""

    source: str
    ok: bool
    findings: list[Finding]
    error: NotRequired[Error]


class DoctorToken(TypedDict):
    """Where the token comes from, whose it is, what it may do (null: it does not tell), and the day it ends with."""

    source: str
    user: User
    scopes: list[str] | None
    expires_on: str | None


class DoctorChange(TypedDict):
    """A change in GitLab that mends the finding of that name; `answer` is null while it was not asked for.

    `done` is true where GitLab's answer shows it, false where it was refused, null where nobody knows.
    """

    finding: str
    change: str
    done: bool | None
    answer: str | None


class Doctor(TypedDict):
    """What a checkup found, errors first, and what mends it; exit code 1, where an error is left, adds `error`."""

    project: str | None
    token: DoctorToken | None
    findings: list[Finding]
    changes: list[DoctorChange]
    error: NotRequired[Error]


class Init(TypedDict):
    """What was written, and the policy that is in force now."""

    file: str
    database: str
    shared: bool
    project: str
    digest: Digest
    events: list[Written]


class Trust(TypedDict):
    """Whether the host was not trusted before, and where that is kept."""

    host: str
    file: str
    changed: bool


class Demo(TypedDict):
    """The folder that the demo left."""

    folder: str


List = Annotated[list[Release], Field(title="List", description="Releases, newest first.")]
Log = Annotated[list[Entry], Field(title="Log", description="Records of the audit log, oldest first.")]
Why = Annotated[
    Verdict | list[Verdict], Field(title="Why", description="A verdict for one trigger, else a list of them.")
]
Freezes = Annotated[
    list[Freeze], Field(title="Freezes", description="The freezes that are in force or to come, earliest first.")
]
Drifts = Annotated[list[Drift], Field(title="Drifts", description="The runs that nobody accepted yet, oldest first.")]
