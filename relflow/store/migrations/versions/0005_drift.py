"""Runs in GitLab that nobody asked relflow for, how far it was read, and when jobs ended.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables, a column, and the indexes that find what a run belongs to; no row changes."""
    op.add_column("deployment", sa.Column("finished_at", sa.String(), nullable=True))
    op.create_table(
        "drift",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.Column("gitlab_deployment_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("job_name", sa.String(), nullable=True),
        sa.Column("job_url", sa.String(), nullable=True),
        sa.Column("pipeline_id", sa.Integer(), nullable=True),
        sa.Column("played_by", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("finished_at", sa.String(), nullable=True),
        sa.Column("found_at", sa.String(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=True),
        sa.Column("accepted_by", sa.String(), nullable=True),
        sa.Column("accepted_by_user_id", sa.Integer(), nullable=True),
        sa.Column("accepted_by_auth", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.String(), nullable=True),
        sa.CheckConstraint("job_id IS NOT NULL OR gitlab_deployment_id IS NOT NULL", name=op.f("ck_drift_names_a_run")),
        sa.CheckConstraint("(accepted_by IS NULL) = (accepted_at IS NULL)", name=op.f("ck_drift_accepted_by_somebody")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_drift_project")),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_drift")),
        sa.UniqueConstraint("project_id", "job_id", name=op.f("uq_drift_project_id_job_id")),
        sa.UniqueConstraint(
            "project_id", "gitlab_deployment_id", name=op.f("uq_drift_project_id_gitlab_deployment_id")
        ),
    )
    op.create_index("ix_drift_open", "drift", ["project_id"], unique=False, sqlite_where=sa.text("accepted_at IS NULL"))
    op.create_index("ix_drift_live", "drift", ["project_id", "environment", "status"], unique=False)
    op.create_index("ix_deployment_job", "deployment", ["project_id", "job_id"], unique=False)
    op.create_index("ix_release_commit", "release", ["project_id", "commit_sha"], unique=False)
    op.create_table(
        "look",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("begins_at", sa.String(), nullable=False),
        sa.Column("read_until", sa.String(), nullable=False),
        sa.Column("looked_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_look_project")),
        sa.PrimaryKeyConstraint("project_id", "environment", name=op.f("pk_look")),
    )
