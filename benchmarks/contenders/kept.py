"""What a contender kept of a walk is what relflow keeps of it: whoever leaves something out would be timed for less."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.contenders.walk import Walk

#: Where the rows are: the file, and what stands before the tables' names.
_ROWS = {
    "relflow_itself": ("releases.db", ""),
    "bare_sqlite": ("releases.db", ""),
    "sqlmodel_session": ("releases.db", ""),
    "django_fsm": ("django.db", "auth_"),
}
_TOLD = "SELECT state FROM stored_events ORDER BY originator_id, originator_version"


def must_be_kept(name: str, folder: Path, walk: Walk) -> None:
    """Look into the contender's database in the folder. Raises AssertionError where it lacks something of the walk."""
    lacks = list(_untold(folder, walk) if name == "event_sourced" else _unlike(*_ROWS[name], folder, walk))
    if lacks:
        raise AssertionError(f"{name} does not keep what relflow keeps: {', '.join(lacks)}")


def _unlike(file: str, prefix: str, folder: Path, walk: Walk) -> Iterator[str]:
    """The columns of the release and of its approvals that are not there, or hold something else."""
    approvals = [word for move in walk.moves for word in move.approvals]
    for table, wanted in (("release", [walk.moves[-1].release]), ("approval", approvals)):
        sql = f"SELECT * FROM {prefix}{table} WHERE version = ?"  # noqa: S608 - constants
        found = _rows(folder / file, sql, walk.version)
        if len(found) != len(wanted):
            yield f"{len(wanted)} rows of {table}, not {len(found)}"
        for row, values in zip(found, wanted, strict=False):
            yield from (f"{table}.{column}" for column, value in values.items() if not _has(row, column, value))


def _has(row: Mapping[str, Any], column: str, value: object) -> bool:
    """Times are relflow's own where it is relflow itself."""
    return column in row and (row[column] == value or (column.endswith("_at") and row[column] is not None))


def _untold(folder: Path, walk: Walk) -> Iterator[str]:
    """The moves of which no event tells the records."""
    told = {json.loads(row["state"])["told"] for row in _rows(folder / "events.db", _TOLD)}
    yield from (f"the records of {move.trigger}" for move in walk.moves if move.records not in told)


def _rows(file: Path, sql: str, *values: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, values)]
