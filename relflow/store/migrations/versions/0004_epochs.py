"""An open deployment can be taken over.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; in what is there nobody took anything over."""
    op.add_column("deployment", sa.Column("taken_over_by", sa.String(), nullable=True))
