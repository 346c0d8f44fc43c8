"""The floor: the same rows into the same schema through `sqlite3`, nothing read, decided or checked."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.contenders.walk import PRAGMAS, Move, Walk, Walker
from benchmarks.keeping import PROJECT_KEY
from benchmarks.life import PROJECT
from relflow.store.rows import project_row
from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome

Statement = tuple[str, dict[str, Any]]


def opened(folder: Path) -> Walker:
    """The schema with its triggers and indexes, the project's row, and one connection."""
    file = folder / "releases.db"
    upgrade(SqliteHome(file))
    connection = connected(file)
    connection.execute(*_insert("project", {"id": 1, **project_row(PROJECT)}))

    def ready(walk: Walk) -> Callable[[], None]:
        moves = [list(statements(move)) for move in walk.moves]

        def make() -> None:
            for statements in moves:
                connection.execute("BEGIN IMMEDIATE")
                for sql, values in statements:
                    connection.execute(sql, values)
                connection.execute("COMMIT")

        return make

    return ready


def connected(file: Path) -> sqlite3.Connection:
    """One with the settings that all contenders have."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    for pragma in ("journal_mode = WAL", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def statements(move: Move) -> Iterator[Statement]:
    """What writes the move's rows, each with its values."""
    yield from (_insert("audit", row) for row in move.audit)
    row = {**PROJECT_KEY, **move.release}
    yield _update("release", row) if move.before else _insert("release", row)
    yield from (_insert("approval", {**PROJECT_KEY, **word}) for word in move.approvals)


def _insert(table: str, row: dict[str, Any]) -> Statement:
    names = ", ".join(row)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})", row  # noqa: S608


def _update(table: str, row: dict[str, Any]) -> Statement:
    values = ", ".join(f"{name} = :{name}" for name in row)
    return f"UPDATE {table} SET {values} WHERE project_id = :project_id AND version = :version", row  # noqa: S608
