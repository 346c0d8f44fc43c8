"""The first schema.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SQLITE = (
    """
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """
        CREATE TRIGGER audit_next_only BEFORE INSERT ON audit
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit WHERE project_id = NEW.project_id)
        BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps and no second first'); END""",
)
POSTGRESQL = (
    """
        CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
          RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $guard$""",
    """
        CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()""",
    """
        CREATE FUNCTION audit_next_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
        DECLARE
          following bigint;
        BEGIN
          EXECUTE 'SELECT coalesce(max(seq), 0) + 1 FROM ' || CAST(TG_RELID AS regclass) || ' WHERE project_id = $1'
            INTO following USING NEW.project_id;
          IF NEW.seq <> following THEN
            RAISE EXCEPTION 'the audit log has no gaps and no second first'
              USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $guard$""",
    """
        CREATE TRIGGER audit_next_only BEFORE INSERT ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_next_only()""",
)
GUARDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def upgrade() -> None:
    """Make the tables, their indexes and the triggers that keep the log append-only."""
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("gitlab_project_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("policy_digest", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("log", name="uq_project_log"),
    )
    op.create_table(
        "audit",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=True),
        sa.Column("environment", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_counts_from_one")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_audit_project"),
        sa.PrimaryKeyConstraint("project_id", "seq", name="pk_audit"),
        sa.UniqueConstraint("project_id", "release", "row_version", name="uq_audit_project_id_release_row_version"),
    )
    op.create_index("ix_audit_event", "audit", ["project_id", "event", "seq"], unique=False)
    op.create_index("ix_audit_release", "audit", ["project_id", "release", "seq"], unique=False)
    op.create_table(
        "release",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("pipeline_id", sa.Integer(), nullable=True),
        sa.Column("pipeline_url", sa.String(), nullable=True),
        sa.Column("held_from", sa.String(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_by_user_id", sa.Integer(), nullable=True),
        sa.Column("created_by_auth", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.CheckConstraint("(state = 'held') = (held_from IS NOT NULL)", name=op.f("ck_release_held_from_somewhere")),
        sa.CheckConstraint(
            "state <> '' AND state = lower(state) AND state NOT LIKE '% %'", name=op.f("ck_release_state_form")
        ),
        sa.CheckConstraint("revision >= 1 AND row_version >= 1", name=op.f("ck_release_counts_from_one")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_release_project"),
        sa.PrimaryKeyConstraint("project_id", "version", name="pk_release"),
    )
    op.create_index("ix_release_pipeline", "release", ["project_id", "pipeline_id"], unique=False)
    op.create_index("ix_release_updated", "release", ["project_id", "updated_at"], unique=False)
    op.create_table(
        "approval",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_by_user_id", sa.Integer(), nullable=True),
        sa.Column("given_by_auth", sa.String(), nullable=False),
        sa.Column("given_at", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "version"], ["release.project_id", "release.version"], name="fk_approval_release"
        ),
        sa.PrimaryKeyConstraint("project_id", "version", "place", name="pk_approval"),
    )
    op.create_table(
        "deployment",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("pipeline_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("job_name", sa.String(), nullable=False),
        sa.Column("job_url", sa.String(), nullable=False),
        sa.Column("base_job", sa.Integer(), nullable=True),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_by_user_id", sa.Integer(), nullable=True),
        sa.Column("requested_by_auth", sa.String(), nullable=False),
        sa.Column("requested_at", sa.String(), nullable=False),
        sa.Column("played_at", sa.String(), nullable=True),
        sa.Column("settled_at", sa.String(), nullable=True),
        sa.Column("odd", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(phase = 'settled') = (outcome IS NOT NULL)", name=op.f("ck_deployment_settled_with_outcome")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('success', 'failed', 'canceled', 'abandoned')",
            name=op.f("ck_deployment_outcome_known"),
        ),
        sa.CheckConstraint(
            "phase IN ('intended', 'armed', 'accepted', 'unknown', 'settled')", name=op.f("ck_deployment_phase_known")
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "version"], ["release.project_id", "release.version"], name="fk_deployment_release"
        ),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_deployment"),
    )
    op.create_index(
        "ix_deployment_live", "deployment", ["project_id", "environment", "outcome", "settled_at"], unique=False
    )
    op.create_index("ix_deployment_release", "deployment", ["project_id", "version"], unique=False)
    op.create_index(
        "uq_deployment_open",
        "deployment",
        ["project_id", "environment"],
        unique=True,
        sqlite_where=sa.text("phase <> 'settled'"),
        postgresql_where=sa.text("phase <> 'settled'"),
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
