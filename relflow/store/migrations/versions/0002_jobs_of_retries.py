"""The job of a retry is not known before it was seen.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Let a deployment stand without its job. The table is made anew; the triggers are the audit table's."""
    with op.batch_alter_table("deployment") as table:
        table.alter_column("job_id", existing_type=sa.Integer(), nullable=True)
        table.alter_column("job_url", existing_type=sa.String(), nullable=True)
