"""Reading one span of a log, each record once: does it follow, do its columns say the same, do the rows follow from it.

A span begins with what the record before it hands on, so that spans can be read side by side, each by its own process.
"""

import json
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from relflow.core.record import Break, Head, digest_of, following, head_after
from relflow.store.book import SqlBook
from relflow.store.comparing import UNREADABLE, Comparison
from relflow.store.home import Connection, Home
from relflow.store.rows import Row

# The cast: whoever edited a record may have left text in its place.
_RECORDS = """
    SELECT CAST(record AS BLOB) AS record, hash, seq, at, event, release, environment, actor
    FROM audit WHERE project_id = :project AND seq BETWEEN :first AND :last ORDER BY seq"""
_BEFORE = """
    SELECT seq, CAST(record AS BLOB) AS record FROM audit
    WHERE project_id = :project AND seq < :first ORDER BY seq DESC LIMIT 1"""
#: The columns whose name and value are the record's; the actor's name follows them.
_SAID = ("seq", "at", "event", "release", "environment")
_said = itemgetter(*_SAID)
_columns = itemgetter(*_SAID, "actor")


@dataclass(frozen=True, slots=True)
class Span:
    """The records of a log from one number to another, both included."""

    home: Home
    log: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a span says: its last sound record, where the chain breaks, and what is wrong with columns and rows first.

    `unreadable` is a record of a sound chain that is no event; from there on rows are not compared.
    """

    head: Head
    broken: Break | None
    mislabelled: Break | None
    unreadable: Break | None
    wrong: frozenset[str]
    log_only: frozenset[str]


def read_span(span: Span) -> Found:
    """Read it on a connection of its own."""
    with span.home.reading() as connection:
        return _Reading(connection, SqlBook(connection, span.log), span).found()


class _Reading:
    """What one reading of a span has found so far."""

    def __init__(self, connection: Connection, book: SqlBook, span: Span) -> None:
        self._span, self._comparison = span, Comparison(connection, book)
        self._broken: Break | None = None
        self._mislabelled: Break | None = None
        self._unreadable: Break | None = None
        values = {"project": book.project_id, "first": span.first, "last": span.last}
        self._head = _handed_on(span.log, connection.execute(_BEFORE, values).fetchone())
        self._rows = connection.each(_RECORDS, values)

    def found(self) -> Found:
        for row in self._rows:
            self._step(row["record"], row["hash"], _columns(row))
        compared = self._comparison
        if not (self._broken or self._unreadable):
            try:
                compared.finish(self._span.last)
            except UNREADABLE as exc:
                self._unreadable = Break(self._span.last, repr(exc))
        found = (self._head, self._broken, self._mislabelled, self._unreadable)
        return Found(*found, frozenset(compared.wrong), frozenset(compared.log_only))

    def _step(self, raw: bytes, stored: str, columns: tuple[Any, ...]) -> None:
        record, digest = None, digest_of(raw)
        if self._broken is None:
            found = following(self._head, raw)
            if isinstance(found, Break):
                self._broken = found
            else:
                record, self._head = found, head_after(found, digest)
                self._compare(record)
        if self._mislabelled is None:
            wrong_hash = "the stored hash is not the record's" if stored != digest else None
            if problem := wrong_hash or _column_problem(columns, record or _said_by(raw) or {}):
                self._mislabelled = Break(columns[0], problem)

    def _compare(self, record: dict[str, Any]) -> None:
        if self._unreadable is None:
            try:
                self._comparison.follow(record)
            except UNREADABLE as exc:
                self._unreadable = Break(record["seq"], repr(exc))


def _handed_on(log: str, row: Row | None) -> Head:
    """The head before the span, from the bytes there; whether those are sound is the span's before to say."""
    if row is None:
        return Head(log)
    at = (_said_by(row["record"]) or {}).get("at")
    return Head(log, row["seq"], digest_of(row["record"]), at if isinstance(at, str) else "")


def _said_by(raw: bytes) -> dict[str, Any] | None:
    """The object that the bytes are, in whatever form; None where they are none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _column_problem(columns: tuple[Any, ...], record: dict[str, Any]) -> str | None:
    try:
        said = (*_said(record), record["actor"]["id"])
    except (KeyError, TypeError):
        return "not a record"
    if columns == said:
        return None
    names = zip((*_SAID, "actor"), columns, said, strict=True)
    return f"the record says otherwise: {', '.join(name for name, here, there in names if here != there)}"
