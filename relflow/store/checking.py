"""Comparing the rows with the log they come from, and making them anew from it."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relflow.core.events import Event, from_record
from relflow.core.evolve import History
from relflow.core.record import Break, Head, digest_of, verified
from relflow.store.book import SqlBook, named_rows
from relflow.store.faults import translated
from relflow.store.guards import GUARDS
from relflow.store.opening import open_reader

_LOGS = "SELECT log FROM project ORDER BY id"
# The cast: whoever edited a record may have left text in its place.
_RECORDS = "SELECT CAST(record AS BLOB) AS record FROM audit WHERE project_id = :project ORDER BY seq"
_COLUMNS = """
    SELECT seq, at, actor, event, release, environment, CAST(record AS BLOB) AS record, hash
    FROM audit WHERE project_id = :project ORDER BY seq"""
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
    """Check guards, chain and rows of one log; reads only, and holds one record at a time."""
    connection = open_reader(file)
    try:
        with translated(file):
            connection.execute("BEGIN")
            book = SqlBook(connection, log)
            head, chain = _chain(connection, book)
            rows = _rows(connection, book) if chain.ok else Layer("rows", None, "not compared: the log is broken")
            columns = _columns(connection, book)
            layers = (_guards(connection), chain, columns, rows, _outside(head))
            return Report(log, head.seq, layers)
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


def _chain(connection: sqlite3.Connection, book: SqlBook) -> tuple[Head, Layer]:
    head = Head(book.log)
    for step in verified(book.log, records(connection, book)):
        if isinstance(step, Break):
            return head, Layer("chain", False, step.problem, step.seq)
        head = step
    return head, Layer("chain", True, f"{head.seq} records, each follows from the one before")


def _columns(connection: sqlite3.Connection, book: SqlBook) -> Layer:
    for row in named_rows(connection, _COLUMNS, {"project": book.project_id}):
        if problem := _column_problem(row):
            return Layer("columns", False, problem, row["seq"])
    return Layer("columns", True, "what is searched is what the records say")


def _column_problem(row: sqlite3.Row) -> str | None:
    if row["hash"] != digest_of(row["record"]):
        return "the stored hash is not the record's"
    try:
        record = json.loads(row["record"])
        said = {name: record[name] for name in ("seq", "at", "event", "release", "environment")}
        said["actor"] = record["actor"]["id"]
    except (ValueError, KeyError, TypeError):
        return "not a record"
    wrong = [name for name, value in said.items() if row[name] != value]
    return f"the record says otherwise: {', '.join(wrong)}" if wrong else None


def _rows(connection: sqlite3.Connection, book: SqlBook) -> Layer:
    history = History(book.log)
    for event in events(connection, book):
        history.apply(event)
    if book.project() != history.project:
        return Layer("rows", False, "the project's row is not what the log leads to")
    versions = set(book.versions())
    if odd := versions ^ history.releases.keys():
        return Layer("rows", False, f"releases in the rows or the log only: {', '.join(sorted(odd))}")
    wrong = [version for version, release in history.releases.items() if book.release(version) != release]
    if wrong:
        return Layer("rows", False, f"not what the log leads to: {', '.join(sorted(wrong))}")
    return Layer("rows", True, f"{len(versions)} releases are what the log leads to")


def _outside(head: Head) -> Layer:
    detail = f"not checked: the end of the log ({head.seq}) is vouched for by nobody outside this database"
    return Layer("checkpoint", None, detail)
