"""What a test counted, and the points of the checklist that somebody ticked.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column and a table; no row changes."""
    op.add_column("release", sa.Column("numbers", sa.String(), nullable=True))
    op.create_table(
        "tick",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(), nullable=False),
        sa.Column("ticked_by", sa.String(), nullable=False),
        sa.Column("ticked_by_user_id", sa.Integer(), nullable=True),
        sa.Column("ticked_by_auth", sa.String(), nullable=False),
        sa.Column("ticked_at", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "version"], ["release.project_id", "release.version"], name=op.f("fk_tick_release")
        ),
        sa.PrimaryKeyConstraint("project_id", "version", "place", name=op.f("pk_tick")),
    )
