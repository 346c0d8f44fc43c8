"""Verifying a log: one reading of its records, which finds what is wrong in each layer."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relflow.core.events import Event, from_record
from relflow.core.record import Break, Head, digest_of, following, head_after
from relflow.store.book import SqlBook, named_rows
from relflow.store.comparing import Comparison
from relflow.store.faults import translated
from relflow.store.guards import GUARDS
from relflow.store.opening import open_reader

_LOGS = "SELECT log FROM project ORDER BY id"
# The cast: whoever edited a record may have left text in its place.
_RECORDS = "SELECT CAST(record AS BLOB) AS record FROM audit WHERE project_id = :project ORDER BY seq"
_COLUMNS = """
    SELECT seq, at, actor, event, release, environment, CAST(record AS BLOB) AS record, hash
    FROM audit WHERE project_id = :project ORDER BY seq"""
#: The columns whose name and value are the record's.
_SAID = ("seq", "at", "event", "release", "environment")
_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


@dataclass(frozen=True, slots=True)
class Layer:
    """One thing that was checked: `ok` is None where it could not be, `first_bad` is a record's number."""

    layer: str
    ok: bool | None
    detail: str
    first_bad: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of one log found; `records` counts those of the log that were read."""

    log: str
    records: int
    layers: tuple[Layer, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing that was checked is wrong."""
        return all(layer.ok is not False for layer in self.layers)


def verify_log(file: Path, log: str) -> Report:
    """Check guards, chain and rows of one log; reads only, and each record once."""
    connection = open_reader(file)
    try:
        with translated(file):
            connection.execute("BEGIN")
            book = SqlBook(connection, log)
            walk = _Walk(book, Comparison(connection, book))
            for row in named_rows(connection, _COLUMNS, {"project": book.project_id}):
                walk.step(row)
            layers = (_guards(connection), walk.chain(), walk.columns(), walk.rows(), _outside(walk.head))
            return Report(log, walk.head.seq, layers)
    finally:
        connection.close()


def logs(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The logs in the database, in the order they were registered."""
    return tuple(row[0] for row in connection.execute(_LOGS))


def records(connection: sqlite3.Connection, book: SqlBook) -> Iterator[bytes]:
    """The exact bytes of the log's records, in order."""
    return (row["record"] for row in named_rows(connection, _RECORDS, {"project": book.project_id}))


def events(connection: sqlite3.Connection, book: SqlBook) -> Iterator[Event]:
    """The log's events, in order."""
    return (from_record(json.loads(raw)) for raw in records(connection, book))


def _guards(connection: sqlite3.Connection) -> Layer:
    found = {name: " ".join(sql.split()) for name, sql in connection.execute(_TRIGGERS)}
    wrong = [name for name, sql in GUARDS.items() if found.get(name) != " ".join(sql.split())]
    if wrong:
        return Layer("guards", False, f"missing or changed: {', '.join(wrong)}")
    return Layer("guards", True, "the triggers that keep the log append-only stand")


class _Walk:
    """What one reading of the log, record by record, has found so far."""

    def __init__(self, book: SqlBook, comparison: Comparison) -> None:
        self.head, self._comparison = Head(book.log), comparison
        self._break: Break | None = None
        self._mislabelled: Layer | None = None

    def step(self, row: sqlite3.Row) -> None:
        raw, record, digest = row["record"], None, digest_of(row["record"])
        if self._break is None:
            found = following(self.head, raw)
            if isinstance(found, Break):
                self._break = found
            else:
                record, self.head = found, head_after(found, digest)
                self._comparison.follow(record)
        if self._mislabelled is None and (problem := _column_problem(row, record or _said_by(raw), digest)):
            self._mislabelled = Layer("columns", False, problem, row["seq"])

    def chain(self) -> Layer:
        if self._break:
            return Layer("chain", False, self._break.problem, self._break.seq)
        return Layer("chain", True, f"{self.head.seq} records, each follows from the one before")

    def columns(self) -> Layer:
        return self._mislabelled or Layer("columns", True, "what is searched is what the records say")

    def rows(self) -> Layer:
        if self._break:
            return Layer("rows", None, "not compared: the log is broken")
        if problem := self._comparison.problem():
            return Layer("rows", False, problem, self._comparison.first_bad)
        return Layer("rows", True, f"{self._comparison.releases} releases are what the log leads to")


def _said_by(raw: bytes) -> dict[str, Any] | None:
    """The object that the bytes are, in whatever form; None where they are none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _column_problem(row: sqlite3.Row, record: dict[str, Any] | None, digest: str) -> str | None:
    if row["hash"] != digest:
        return "the stored hash is not the record's"
    actor = record.get("actor") if record else None
    if record is None or not isinstance(actor, dict) or not record.keys() >= set(_SAID):
        return "not a record"
    wrong = [name for name in _SAID if row[name] != record[name]]
    if row["actor"] != actor.get("id"):
        wrong.append("actor")
    return f"the record says otherwise: {', '.join(wrong)}" if wrong else None


def _outside(head: Head) -> Layer:
    detail = f"not checked: the end of the log ({head.seq}) is vouched for by nobody outside this database"
    return Layer("checkpoint", None, detail)
