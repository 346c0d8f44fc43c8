"""How many tests had run in what an approval was given for.

Revision: 0011
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TESTED = "SELECT project_id, release, record FROM audit WHERE event = 'release_tested'"
KEPT = sa.text(
    "UPDATE approval SET tests = :tests WHERE project_id = :project AND version = :version AND revision = :revision"
)


def upgrade() -> None:
    """Add the column; the log has what was counted, and each revision is tested once, before anybody approves it."""
    op.add_column("approval", sa.Column("tests", sa.Integer(), nullable=True))
    connection = op.get_bind()
    for found in list(_counted(connection)):
        connection.execute(KEPT, found)


def _counted(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    for project, version, record in connection.exec_driver_sql(TESTED):
        try:
            said = json.loads(bytes(record))
            found = {"revision": said["revision"], "tests": said["data"]["numbers"]["tests"]}
        except (ValueError, KeyError, TypeError):
            continue  # nothing was counted; or somebody edited the record: `audit verify` says so, with this schema
        yield {"project": project, "version": version, **found}
