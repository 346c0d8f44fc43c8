"""Freezes and locks of environments.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables; no row changes."""
    op.create_table(
        "freeze_period",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("begins_at", sa.String(), nullable=False),
        sa.Column("ends_at", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_by_user_id", sa.Integer(), nullable=True),
        sa.Column("added_by_auth", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_by_user_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_auth", sa.String(), nullable=True),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_freeze_period_begins_before_it_ends")),
        sa.CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name=op.f("ck_freeze_period_ended_by_somebody")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_freeze_period_project")),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_freeze_period")),
    )
    op.create_index("ix_freeze_period_environment", "freeze_period", ["project_id", "environment"], unique=False)
    op.create_index("ix_freeze_period_end", "freeze_period", ["project_id", "ends_at"], unique=False)
    op.create_table(
        "environment_lock",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("locked_by_user_id", sa.Integer(), nullable=True),
        sa.Column("locked_by_auth", sa.String(), nullable=False),
        sa.Column("locked_at", sa.String(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=True),
        sa.Column("unlocked_by", sa.String(), nullable=True),
        sa.Column("unlocked_by_user_id", sa.Integer(), nullable=True),
        sa.Column("unlocked_by_auth", sa.String(), nullable=True),
        sa.Column("unlocked_at", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(unlocked_by IS NULL) = (unlocked_at IS NULL)", name=op.f("ck_environment_lock_unlocked_by_somebody")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_environment_lock_project")),
        sa.PrimaryKeyConstraint("project_id", "environment", name=op.f("pk_environment_lock")),
    )
