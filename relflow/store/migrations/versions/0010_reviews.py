"""Who signed off what was deployed past its approvals.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column, and the index that finds what went past approvals; no row changes."""
    op.add_column("deployment", sa.Column("signed_off_by", sa.String(), nullable=True))
    past_approvals = sa.text("kind = 'break-glass'")
    op.create_index(
        "ix_deployment_debt",
        "deployment",
        ["project_id", "environment"],
        unique=False,
        sqlite_where=past_approvals,
        postgresql_where=past_approvals,
    )
