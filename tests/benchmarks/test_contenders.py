"""Contenders are timed for the same work: `make bench`, which CI runs as well, fails where one keeps less."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contenders.kept import must_be_kept
from benchmarks.contenders.walk import walks


@pytest.mark.parametrize(
    ("edit", "lacks"),
    [
        ("ALTER TABLE auth_release DROP COLUMN title", "release.title"),
        ("UPDATE auth_release SET revision = 2", "release.revision"),
        ("UPDATE auth_approval SET given_at = NULL", "approval.given_at"),
        ("DELETE FROM auth_approval", "1 rows of approval, not 0"),
    ],
)
def test_what_one_leaves_out_is_told(edit: str, lacks: str, tmp_path: Path) -> None:
    """A column, a value, a time, a row; nothing is told of tables that have all of it."""
    [walk] = walks(1)
    with closing(sqlite3.connect(tmp_path / "django.db", isolation_level=None)) as connection:
        for table, rows in (
            ("release", [walk.moves[-1].release]),
            ("approval", [word for move in walk.moves for word in move.approvals]),
        ):
            for row in rows:
                _keep(connection, f"auth_{table}", row)
        must_be_kept("django_fsm", tmp_path, walk)
        connection.execute(edit)
    with pytest.raises(AssertionError, match=f"^django_fsm does not keep what relflow keeps: {lacks}$"):
        must_be_kept("django_fsm", tmp_path, walk)


def _keep(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    connection.execute(f"CREATE TABLE {table} ({', '.join(row)})")
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join(f':{name}' for name in row)})", row)  # noqa: S608
