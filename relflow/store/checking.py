"""Verifying a log: its spans are read side by side, and what they found is put together layer by layer."""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

from relflow.core.events import Event, from_record
from relflow.core.record import Break, Head
from relflow.store.book import SqlBook
from relflow.store.comparing import closings_differ, drifts_differ, project_differs, rows_only
from relflow.store.home import Connection, Home
from relflow.store.spans import Found, Span, read_span

_LOGS = "SELECT log FROM project ORDER BY id"
_RECORDS = "SELECT CAST(record AS BLOB) AS record FROM audit WHERE project_id = :project ORDER BY seq"
_LAST = "SELECT coalesce(max(seq), 0) AS number FROM audit WHERE project_id = :project"
_COUNT = "SELECT count(*) AS number FROM release WHERE project_id = :project"
#: A process of its own is worth its start from so many records on.
WORTH_A_PROCESS = 25_000
MOST_PROCESSES = 8


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


def verify_log(home: Home, log: str, processes: int | None = None) -> Report:
    """Check guards, chain, columns and rows of one log; reads only. `processes`: by the log's size and the machine."""
    with home.reading() as connection:
        last = _number(connection, SqlBook(connection, log), _LAST)
    return report_of(home, log, _read(cut(home, log, last, processes)))


def report_of(home: Home, log: str, found: list[Found]) -> Report:
    """What the spans of a log found, in their order, with what only the whole database shows."""
    broken = _first(each.broken for each in found)
    head = next((each.head for each in found if each.broken), found[-1].head)
    with home.reading() as connection:
        book = SqlBook(connection, log)
        rows = Layer("rows", None, "not compared: the log is broken") if broken else _rows(connection, book, found)
        layers = (_guards(home.lost_guards(connection)), _chain(head, broken), _columns(found), rows, _outside(head))
    return Report(log, head.seq, layers)


def cut(home: Home, log: str, last: int, processes: int | None = None) -> list[Span]:
    """The log's records up to the last in so many spans of one size."""
    many = processes or min(_cores(), MOST_PROCESSES, 1 + last // WORTH_A_PROCESS)
    ends = [last * at // many for at in range(many + 1)]
    return [Span(home, log, before + 1, end) for before, end in pairwise(ends)]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _read(spans: list[Span]) -> list[Found]:
    """Read the first here and the others in processes of their own, which end with this one's interruption."""
    if len(spans) == 1:
        return [read_span(spans[0])]
    with get_context("spawn").Pool(len(spans) - 1, _leave_interrupts_to_the_parent) as pool:
        others = pool.map_async(read_span, spans[1:])
        return [read_span(spans[0]), *others.get()]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _number(connection: Connection, book: SqlBook, sql: str) -> int:
    return int(connection.execute(sql, {"project": book.project_id}).fetchone()["number"])


def _first(breaks: Iterable[Break | None]) -> Break | None:
    return next((each for each in breaks if each), None)


def logs(connection: Connection) -> tuple[str, ...]:
    """The logs in the database, in the order they were registered."""
    return tuple(row["log"] for row in connection.execute(_LOGS))


def records(connection: Connection, book: SqlBook) -> Iterator[bytes]:
    """The exact bytes of the log's records, in order."""
    return (row["record"] for row in connection.each(_RECORDS, {"project": book.project_id}))


def events(connection: Connection, book: SqlBook) -> Iterator[Event]:
    """The log's events, in order."""
    return (from_record(json.loads(raw)) for raw in records(connection, book))


def _guards(wrong: list[str]) -> Layer:
    if wrong:
        return Layer("guards", False, f"missing or changed: {', '.join(wrong)}")
    return Layer("guards", True, "the triggers that keep the log append-only stand")


def _chain(head: Head, broken: Break | None) -> Layer:
    if broken:
        return Layer("chain", False, broken.problem, broken.seq)
    return Layer("chain", True, f"{head.seq} records, each follows from the one before")


def _columns(found: list[Found]) -> Layer:
    if mislabelled := _first(each.mislabelled for each in found):
        return Layer("columns", False, mislabelled.problem, mislabelled.seq)
    return Layer("columns", True, "what is searched is what the records say")


def _rows(connection: Connection, book: SqlBook, found: list[Found]) -> Layer:
    if unreadable := _first(each.unreadable for each in found):
        return Layer("rows", False, f"no event that relflow writes: {unreadable.problem}", unreadable.seq)
    if project_differs(connection, book):
        return Layer("rows", False, "the project's row is not what the log leads to")
    if odd := rows_only(connection, book).union(*(each.log_only for each in found)):
        return Layer("rows", False, f"releases in the rows or the log only: {', '.join(sorted(odd))}")
    if wrong := set().union(*(each.wrong for each in found)):
        return Layer("rows", False, f"not what the log leads to: {', '.join(sorted(wrong))}")
    if drifted := drifts_differ(connection, book):
        return Layer("rows", False, f"drifts not what the log leads to: {', '.join(map(str, sorted(drifted)))}")
    if closed := closings_differ(connection, book):
        return Layer("rows", False, f"not what the log leads to: {', '.join(sorted(closed))}")
    return Layer("rows", True, f"{_number(connection, book, _COUNT)} releases are what the log leads to")


def _outside(head: Head) -> Layer:
    detail = f"not checked: the end of the log ({head.seq}) is vouched for by nobody outside this database"
    return Layer("checkpoint", None, detail)
