"""The tables. Times are RFC 3339 text in UTC with microseconds, so that they sort and dump the same everywhere.

`audit` is the truth; all other tables are its fold, to be rebuilt from it, but for `look`.
`look` says how far GitLab was read: without it more is read again, and nothing else is different.
"""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from relflow.core.release import OUTCOMES, PHASES
from relflow.store.ordering import NUMBERS

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: MetaData = SQLModel.metadata


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class ProjectRow(SQLModel, table=True):
    """One GitLab project and the policy in force. A projection."""

    __tablename__ = "project"
    #: Counted from 1 in this database; no record names it.
    id: int | None = Field(default=None, primary_key=True)
    #: The audit log's own name: GitLab's host and the project's number there. A renamed project keeps it.
    log: str = Field(unique=True)
    #: The project's path in GitLab, as last seen.
    path: str
    #: The project's page in GitLab.
    url: str
    #: The project's number in GitLab.
    gitlab_project_id: int
    #: The policy in force, as canonical JSON; null before the first one was adopted.
    policy: str | None = None
    #: The sha-256 of the policy's bytes, in hex.
    policy_digest: str | None = None


class AuditRow(SQLModel, table=True):
    """One record of a log: its exact bytes, and columns taken from them for finding it. The truth."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="counts_from_one"),
        UniqueConstraint("project_id", "release", "row_version"),
        Index("ix_audit_release", "project_id", "release", "seq"),
        Index("ix_audit_event", "project_id", "event", "seq"),
    )
    #: Whose log it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: The record's number: from 1 in each log, without a gap.
    seq: int = Field(primary_key=True)
    #: When it was recorded; never earlier than the record before.
    at: str
    #: Who did it: `user:NAME`, or relflow itself.
    actor: str
    #: The event's name.
    event: str
    #: The version that it is about; null for events of the project.
    release: str | None = None
    #: The environment that it is about, if any.
    environment: str | None = None
    #: The release's row version after the event; null for events that change no release.
    row_version: int | None = None
    #: The exact bytes that were hashed; the other columns are only for finding them.
    record: bytes = Field(sa_type=LargeBinary)
    #: The sha-256 of the bytes, in hex: what the next record names as `prev`.
    hash: str


class ReleaseRow(SQLModel, table=True):
    """One release as its records leave it. A projection."""

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("state <> '' AND state = lower(state) AND state NOT LIKE '% %'", name="state_form"),
        CheckConstraint("(state = 'held') = (held_from IS NOT NULL)", name="held_from_somewhere"),
        CheckConstraint("revision >= 1 AND row_version >= 1", name="counts_from_one"),
        Index("ix_release_pipeline", "project_id", "pipeline_id"),
        Index("ix_release_updated", "project_id", "updated_at"),
        Index("ix_release_created", "project_id", "created_at"),
        Index("ix_release_commit", "project_id", "commit_sha"),
        Index("ix_release_numbers", "project_id", text(NUMBERS)),
    )
    #: Whose release it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: The version, without a leading v.
    version: str = Field(primary_key=True)
    #: The workflow's state.
    state: str
    #: Which binding to a commit this is: an amend begins the next one.
    revision: int
    #: How many events have changed the release; a writer that expected another number lost.
    row_version: int
    #: The tag, branch or commit that somebody named it by.
    ref: str
    #: The commit that it is bound to.
    commit_sha: str
    #: What it is about, if somebody said.
    title: str | None = None
    #: The pipeline that it was tested by; null before.
    pipeline_id: int | None = None
    #: That pipeline's page.
    pipeline_url: str | None = None
    #: While it is held: the state that resume leads back to.
    held_from: str | None = None
    #: Whether it was put out of sight.
    closed: bool
    #: Who created it.
    created_by: str
    #: Their number in GitLab.
    created_by_user_id: int | None = None
    #: How that was proven.
    created_by_auth: str
    #: When it was created.
    created_at: str
    #: The time of the last event that changed it.
    updated_at: str
    #: The results of the gates of its test, as JSON.
    evidence: str
    #: What was counted when it was tested, as JSON; null where the policy asked for no number.
    numbers: str | None = None


class TickRow(SQLModel, table=True):
    """Somebody's word on a point of the checklist. A projection."""

    __tablename__ = "tick"
    __table_args__ = (ForeignKeyConstraint(["project_id", "version"], ["release.project_id", "release.version"]),)
    #: Whose release it is about.
    project_id: int = Field(primary_key=True)
    #: The release.
    version: str = Field(primary_key=True)
    #: The ticks of a release count from 0, in their order.
    place: int = Field(primary_key=True)
    #: The point.
    point: str
    #: Who vouched for it.
    ticked_by: str
    #: Their number in GitLab.
    ticked_by_user_id: int | None = None
    #: How that was proven.
    ticked_by_auth: str
    #: When.
    ticked_at: str
    #: The revision that it was said of; it counts for no other.
    revision: int
    #: The commit that it was said of.
    commit_sha: str


class ApprovalRow(SQLModel, table=True):
    """One person's word on a release for one environment. A projection."""

    __tablename__ = "approval"
    __table_args__ = (ForeignKeyConstraint(["project_id", "version"], ["release.project_id", "release.version"]),)
    #: Whose release it is about.
    project_id: int = Field(primary_key=True)
    #: The release.
    version: str = Field(primary_key=True)
    #: The words on a release count from 0, in the order they were said.
    place: int = Field(primary_key=True)
    #: The environment that it is about.
    environment: str
    #: `approved`, `rejected`, or `withdrawn` since.
    decision: str
    #: Who said it.
    given_by: str
    #: Their number in GitLab.
    given_by_user_id: int | None = None
    #: How that was proven.
    given_by_auth: str
    #: When.
    given_at: str
    #: The revision that it was said of; it counts for no other.
    revision: int
    #: The commit that it was said of.
    commit_sha: str
    #: The comment, or why they said no.
    comment: str | None = None
    #: The pipeline that it was said of; null for a no, and where its record is older than this.
    pipeline_id: int | None = None
    #: The digest of the approval rule that it was given under; null for a no, and where its record is older than this.
    rule: str | None = None
    #: How many tests had run in what it was said of; null where nobody had counted them.
    tests: int | None = None


class WaiverRow(SQLModel, table=True):
    """Somebody's word that a gate shall not stop a release's deployment. A projection."""

    __tablename__ = "waiver"
    __table_args__ = (ForeignKeyConstraint(["project_id", "version"], ["release.project_id", "release.version"]),)
    #: Whose release it is about.
    project_id: int = Field(primary_key=True)
    #: The release.
    version: str = Field(primary_key=True)
    #: The waivers of a release count from 0, in their order.
    place: int = Field(primary_key=True)
    #: The environment that it is about.
    environment: str
    #: The gate.
    gate: str
    #: Who answers for it.
    given_by: str
    #: Their number in GitLab.
    given_by_user_id: int | None = None
    #: How that was proven.
    given_by_auth: str
    #: When.
    given_at: str
    #: The revision that it was said of; it counts for no other.
    revision: int
    #: The commit that it was said of.
    commit_sha: str
    #: Why.
    reason: str


class DeploymentRow(SQLModel, table=True):
    """One deployment; the partial unique index keeps two from being open in one environment. A projection."""

    __tablename__ = "deployment"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "version"], ["release.project_id", "release.version"]),
        CheckConstraint(_one_of("phase", PHASES), name="phase_known"),
        CheckConstraint(f"outcome IS NULL OR {_one_of('outcome', OUTCOMES)}", name="outcome_known"),
        CheckConstraint("(phase = 'settled') = (outcome IS NOT NULL)", name="settled_with_outcome"),
        Index(
            "uq_deployment_open",
            "project_id",
            "environment",
            unique=True,
            sqlite_where=text("phase <> 'settled'"),
            postgresql_where=text("phase <> 'settled'"),
        ),
        Index(
            "ix_deployment_debt",
            "project_id",
            "environment",
            sqlite_where=text("kind = 'break-glass'"),
            postgresql_where=text("kind = 'break-glass'"),
        ),
        Index("ix_deployment_release", "project_id", "version"),
        Index("ix_deployment_job", "project_id", "job_id"),
        Index("ix_deployment_live", "project_id", "environment", "outcome", "settled_at"),
    )
    #: Whose deployment it is.
    project_id: int = Field(primary_key=True)
    #: Counted from 1 in each project.
    id: int = Field(primary_key=True)
    #: The release.
    version: str
    #: Its revision then.
    revision: int
    #: Where it goes.
    environment: str
    #: What it is for: `deploy`, `rollback`, `break-glass`, `foreign`, or `imported`.
    kind: str
    #: How far its play came; all but `settled` are open.
    phase: str
    #: How it ended; null while it is open.
    outcome: str | None = None
    #: Which attempt at this release and environment it is.
    attempt: int
    #: The pipeline of the job.
    pipeline_id: int
    #: Its job; null while a retry of `base_job` has not shown the new one.
    job_id: int | None = None
    #: The job's name.
    job_name: str
    #: The job's page.
    job_url: str | None = None
    #: The job that an attempt runs again; null for a first one.
    base_job: int | None = None
    #: The commit that the job must belong to.
    commit_sha: str
    #: Who asked for it.
    requested_by: str
    #: Their number in GitLab, by which a foreign start is told.
    requested_by_user_id: int | None = None
    #: How that was proven.
    requested_by_auth: str
    #: When.
    requested_at: str
    #: When the play was armed: committed, and about to be sent.
    played_at: str | None = None
    #: When its end was recorded.
    settled_at: str | None = None
    #: Why a person has to look at it; null while all is as expected.
    odd: str | None = None
    #: Who took it over, in order, as JSON: each began an epoch. Null: it is still its requester's.
    taken_over_by: str | None = None
    #: When its job ended, by GitLab's clock; null where no job did.
    finished_at: str | None = None
    #: Who signed it off, as JSON, where it was made past its approvals; null while nobody has.
    signed_off_by: str | None = None


class DriftRow(SQLModel, table=True):
    """A run in GitLab that no deployment accounts for; no run is written down twice. A projection."""

    __tablename__ = "drift"
    __table_args__ = (
        UniqueConstraint("project_id", "job_id"),
        UniqueConstraint("project_id", "gitlab_deployment_id"),
        CheckConstraint("job_id IS NOT NULL OR gitlab_deployment_id IS NOT NULL", name="names_a_run"),
        CheckConstraint("(accepted_by IS NULL) = (accepted_at IS NULL)", name="accepted_by_somebody"),
        Index("ix_drift_open", "project_id", sqlite_where=text("accepted_at IS NULL")),
        Index("ix_drift_live", "project_id", "environment", "status"),
    )
    #: Whose drift it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: Counted from 1 in each project.
    id: int = Field(primary_key=True)
    #: Where it went.
    environment: str
    #: The release that the commit belongs to; null where there is none.
    version: str | None = None
    #: The commit that ran.
    commit_sha: str
    #: GitLab's number of the deployment; null where only its job was seen.
    gitlab_deployment_id: int | None = None
    #: The job; null where a deployment was only recorded through the API.
    job_id: int | None = None
    #: The job's name.
    job_name: str | None = None
    #: The job's page.
    job_url: str | None = None
    #: The pipeline of the job.
    pipeline_id: int | None = None
    #: Who started or recorded it, as GitLab says.
    played_by: str | None = None
    #: The status when it was found; since it was accepted, the one it had then.
    status: str
    #: When it ended, by GitLab's clock, as far as that was seen.
    finished_at: str | None = None
    #: When it was recorded.
    found_at: str
    #: Relflow's deployment that it was seen beside, or whose job it is.
    deployment_id: int | None = None
    #: Who took note of it; null while nobody has.
    accepted_by: str | None = None
    #: Their number in GitLab.
    accepted_by_user_id: int | None = None
    #: How that was proven.
    accepted_by_auth: str | None = None
    #: When.
    accepted_at: str | None = None


class FreezeRow(SQLModel, table=True):
    """A period without deployments to one environment. A projection."""

    __tablename__ = "freeze_period"
    __table_args__ = (
        CheckConstraint("begins_at < ends_at", name="begins_before_it_ends"),
        CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="ended_by_somebody"),
        Index("ix_freeze_period_environment", "project_id", "environment"),
        Index("ix_freeze_period_end", "project_id", "ends_at"),
    )
    #: Whose freeze it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: Counted from 1 in each project.
    id: int = Field(primary_key=True)
    #: Where nothing is deployed to.
    environment: str
    #: The first instant that it covers.
    begins_at: str
    #: The first instant that it does not.
    ends_at: str
    #: Why.
    reason: str
    #: Who added it.
    added_by: str
    #: Their number in GitLab.
    added_by_user_id: int | None = None
    #: How that was proven.
    added_by_auth: str
    #: When.
    added_at: str
    #: Who ended it before its time; null while nobody has.
    ended_by: str | None = None
    #: Their number in GitLab.
    ended_by_user_id: int | None = None
    #: How that was proven.
    ended_by_auth: str | None = None
    #: When.
    ended_at: str | None = None


class LockRow(SQLModel, table=True):
    """The last lock of an environment, be it taken away or not. A projection."""

    __tablename__ = "environment_lock"
    __table_args__ = (CheckConstraint("(unlocked_by IS NULL) = (unlocked_at IS NULL)", name="unlocked_by_somebody"),)
    #: Whose environment it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: The environment.
    environment: str = Field(primary_key=True)
    #: Why.
    reason: str
    #: Who locked it.
    locked_by: str
    #: Their number in GitLab.
    locked_by_user_id: int | None = None
    #: How that was proven.
    locked_by_auth: str
    #: When.
    locked_at: str
    #: When it ends by itself; null: when somebody unlocks.
    locked_until: str | None = None
    #: Who took it away; null while nobody has.
    unlocked_by: str | None = None
    #: Their number in GitLab.
    unlocked_by_user_id: int | None = None
    #: How that was proven.
    unlocked_by_auth: str | None = None
    #: When.
    unlocked_at: str | None = None


class LookRow(SQLModel, table=True):
    """How far GitLab's list of an environment's deployments was read. No projection: no record depends on it."""

    __tablename__ = "look"
    #: Whose environment it is.
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    #: The environment.
    environment: str = Field(primary_key=True)
    #: From when on its runs count, by GitLab's clock: before that relflow did not care for it.
    begins_at: str
    #: The next look begins here, by GitLab's clock.
    read_until: str
    #: When the last look was, by the clock of who looked; null before the first.
    looked_at: str | None = None
