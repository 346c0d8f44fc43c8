"""The tables. Times are RFC 3339 text in UTC with microseconds, so that they sort and dump the same everywhere.

`audit` is the truth; `project`, `release`, `approval` and `deployment` are its fold and can be rebuilt from it.
"""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from relflow.core.release import OUTCOMES, PHASES

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
    """One GitLab project and the policy in force."""

    __tablename__ = "project"
    id: int | None = Field(default=None, primary_key=True)
    log: str = Field(unique=True)
    path: str
    url: str
    gitlab_project_id: int
    policy: str | None = None
    policy_digest: str | None = None


class AuditRow(SQLModel, table=True):
    """One record: its exact bytes, and columns taken from them for finding it."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="counts_from_one"),
        UniqueConstraint("project_id", "release", "row_version"),
        Index("ix_audit_release", "project_id", "release", "seq"),
        Index("ix_audit_event", "project_id", "event", "seq"),
    )
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    seq: int = Field(primary_key=True)
    at: str
    actor: str
    event: str
    release: str | None = None
    environment: str | None = None
    #: The release's row version after the event; null for events that change no release.
    row_version: int | None = None
    record: bytes = Field(sa_type=LargeBinary)
    hash: str


class ReleaseRow(SQLModel, table=True):
    """One release as its records leave it."""

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("state <> '' AND state = lower(state) AND state NOT LIKE '% %'", name="state_form"),
        CheckConstraint("(state = 'held') = (held_from IS NOT NULL)", name="held_from_somewhere"),
        CheckConstraint("revision >= 1 AND row_version >= 1", name="counts_from_one"),
        Index("ix_release_pipeline", "project_id", "pipeline_id"),
        Index("ix_release_updated", "project_id", "updated_at"),
    )
    project_id: int = Field(primary_key=True, foreign_key="project.id")
    version: str = Field(primary_key=True)
    state: str
    revision: int
    row_version: int
    ref: str
    commit_sha: str
    title: str | None = None
    pipeline_id: int | None = None
    pipeline_url: str | None = None
    held_from: str | None = None
    closed: bool
    created_by: str
    created_by_user_id: int | None = None
    created_by_auth: str
    created_at: str
    updated_at: str
    evidence: str


class ApprovalRow(SQLModel, table=True):
    """One approval; `place` counts a release's approvals from 0 in the order they were given."""

    __tablename__ = "approval"
    __table_args__ = (ForeignKeyConstraint(["project_id", "version"], ["release.project_id", "release.version"]),)
    project_id: int = Field(primary_key=True)
    version: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    environment: str
    decision: str
    given_by: str
    given_by_user_id: int | None = None
    given_by_auth: str
    given_at: str
    revision: int
    commit_sha: str
    comment: str | None = None


class DeploymentRow(SQLModel, table=True):
    """One deployment. The partial unique index is what keeps two from being open in one environment."""

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
        ),
        Index("ix_deployment_release", "project_id", "version"),
        Index("ix_deployment_live", "project_id", "environment", "outcome", "settled_at"),
    )
    project_id: int = Field(primary_key=True)
    id: int = Field(primary_key=True)
    version: str
    revision: int
    environment: str
    kind: str
    phase: str
    outcome: str | None = None
    attempt: int
    pipeline_id: int
    #: Null while a retry of `base_job` has not shown the new job.
    job_id: int | None = None
    job_name: str
    job_url: str | None = None
    base_job: int | None = None
    commit_sha: str
    requested_by: str
    requested_by_user_id: int | None = None
    requested_by_auth: str
    requested_at: str
    played_at: str | None = None
    settled_at: str | None = None
    odd: str | None = None
