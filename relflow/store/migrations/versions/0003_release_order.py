"""Indexes that find the releases ahead of what is live, however long the history.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MINOR = "substr(version, instr(version, '.') + 1)"
PATCH = f"substr({MINOR}, instr({MINOR}, '.') + 1)"
NUMBERS = f"printf('%020d%020d%020d', CAST(version AS INTEGER), CAST({MINOR} AS INTEGER), CAST({PATCH} AS INTEGER))"
PARTS = (r"^[0-9]+", r"^[0-9]+\.([0-9]+)", r"^[0-9]+\.[0-9]+\.([0-9]+)")
PADDED = " || ".join(f"lpad(coalesce(substring(version FROM '{part}'), ''), 20, '0')" for part in PARTS)
ORDERS = {"sqlite": NUMBERS, "postgresql": f"({PADDED})"}


def upgrade() -> None:
    """Add the indexes; no row changes."""
    op.create_index("ix_release_created", "release", ["project_id", "created_at"], unique=False)
    op.create_index(
        "ix_release_numbers", "release", ["project_id", sa.text(ORDERS[op.get_bind().dialect.name])], unique=False
    )
