"""What an approval was given for besides revision and commit.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; approvals that were given before bind to neither."""
    op.add_column("approval", sa.Column("pipeline_id", sa.Integer(), nullable=True))
    op.add_column("approval", sa.Column("rule", sa.String(), nullable=True))
