"""The one way to change anything: records and the rows they lead to, in one transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, update
from sqlalchemy.dialects.sqlite import dialect
from sqlmodel import SQLModel

from relflow.core.codec import instant
from relflow.core.events import (
    ClockAnomaly,
    DriftAccepted,
    DriftDetected,
    EnvironmentLocked,
    EnvironmentUnlocked,
    Event,
    FreezeAdded,
    FreezeEnded,
    from_record,
    to_record,
)
from relflow.core.evolve import (
    Drifts,
    Freezes,
    Locks,
    changes_release,
    evolve,
    evolve_project,
    with_drift,
    with_freeze,
    with_lock,
)
from relflow.core.facts import Look
from relflow.core.people import itself
from relflow.core.project import Project
from relflow.core.record import Head, canonical, digest_of
from relflow.core.release import Release
from relflow.service.ports import Recorded
from relflow.store.book import HEAD, SqlBook, head_of
from relflow.store.home import Connection
from relflow.store.rows import (
    approval_row,
    deployment_row,
    drift_row,
    evidence_row,
    freeze_row,
    lock_row,
    look_row,
    project_row,
    release_row,
    tick_row,
    waiver_row,
)
from relflow.store.tables import (
    METADATA,
    ApprovalRow,
    AuditRow,
    DeploymentRow,
    DriftRow,
    FreezeRow,
    LockRow,
    LookRow,
    ProjectRow,
    ReleaseRow,
    TickRow,
    WaiverRow,
)

_DIALECT = dialect(paramstyle="named")
#: Clocks of two machines differ by less than this without anybody minding.
NOTICED = timedelta(seconds=1)


class SqlTransaction(SqlBook):
    """A book under the write lock, which can be written."""

    def __init__(self, connection: Connection, log: str, now: datetime, tool: str) -> None:
        end = connection.execute(HEAD, {"log": log})
        super().__init__(connection, log)
        self._tool, self.now = tool, now
        #: Releases as this transaction read or left them: under the write lock nobody else moves them.
        self._releases: dict[str, Release | None] = {}
        self._head = head_of(log, end)
        last = instant(self._head.at) if self._head.at else now
        self.at = max(now, last)
        self._clock_is_behind = last - now >= NOTICED

    def head(self) -> Head:
        """The end of the log, as this transaction leaves it."""
        return self._head

    def release(self, version: str) -> Release | None:
        """The release with its approvals and deployments, or None; read from its rows once."""
        if version not in self._releases:
            self._releases[version] = super().release(version)
        return self._releases[version]

    def record(self, events: Iterable[Event]) -> tuple[Recorded, ...]:
        """Append the events to the log, and move the project's and releases' rows with them."""
        return tuple(self._append(event) for event in self._with_anomaly(tuple(events)))

    def _with_anomaly(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        if not (events and self._clock_is_behind):  # where nothing is recorded, no time is
            return events
        self._clock_is_behind = False
        return (ClockAnomaly(at=self.at, actor=itself("clock"), clock=self.now), *events)

    def _append(self, wanted: Event) -> Recorded:
        record = to_record(wanted, self._head, self._tool)
        # The rows follow from what is written, not from what was meant: a replay reads nothing else.
        event, project, release = from_record(record), self.project(), None
        self._keep_project(project, evolve_project(project, event, self.log))
        self._keep_drift(event)
        self._keep_closing(event)
        if event.release is not None:
            before = self.release(event.release)
            release = evolve(before, event)
            keep_release(self._connection, self._key(), before, release)
            self._releases[event.release] = release
        row_version = release.row_version if release is not None and changes_release(event) else None
        self._head = append(self._connection, self._key(), record, row_version)
        return Recorded(self._head.seq, event)

    def _keep_drift(self, event: Event) -> None:
        if isinstance(event, DriftDetected | DriftAccepted):
            known = self.find_drift(event.drift_id)
            before = {known.id: known} if known else {}
            keep_drifts(self._connection, self._key(), before, with_drift(before, event))

    def _keep_closing(self, event: Event) -> None:
        if isinstance(event, FreezeAdded | FreezeEnded):
            freeze = self.find_freeze(event.freeze_id)
            freezes = {freeze.id: freeze} if freeze else {}
            keep_freezes(self._connection, self._key(), freezes, with_freeze(freezes, event))
        elif isinstance(event, EnvironmentLocked | EnvironmentUnlocked):
            lock = self.last_lock(event.environment or "")
            locks = {lock.environment: lock} if lock else {}
            keep_locks(self._connection, self._key(), locks, with_lock(locks, event))

    def keep_look(self, environment: str, look: Look) -> None:
        """Remember how far GitLab was read."""
        key = {"project_id": self._key(), "environment": environment}
        known = self.last_look(environment) is not None
        put(self._connection, LookRow, {**key, **look_row(look)}, tuple(key) if known else ())

    def _key(self) -> int:
        if self.project_id is None:
            raise LookupError(f"{self.log} is not registered")
        return self.project_id

    def _keep_project(self, before: Project | None, after: Project | None) -> None:
        if after is not None and after != before:
            keep_project(self._connection, before, after)
            self.refresh()


def append(connection: Connection, project_id: int, record: dict[str, Any], row_version: int | None) -> Head:
    """Write the record, which follows the log's head; the new head."""
    raw = canonical(record)
    columns = record_columns(record, raw)
    put(connection, AuditRow, {**columns, "project_id": project_id, "row_version": row_version})
    return Head(record["log"], record["seq"], columns["hash"], record["at"])


def record_columns(record: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """The columns of the audit table that are taken from the record."""
    same = ("seq", "at", "event", "release", "environment")
    return {
        **{name: record[name] for name in same},
        "actor": record["actor"]["id"],
        "record": raw,
        "hash": digest_of(raw),
    }


def keep_project(connection: Connection, before: Project | None, after: Project) -> None:
    """Write the project's row."""
    put(connection, ProjectRow, project_row(after), () if before is None else ("log",))


def keep_release(connection: Connection, project_id: int, before: Release | None, after: Release | None) -> None:
    """Write the rows in which the release, its ticks, approvals, waivers and deployments differ from before."""
    if after is None or after == before:
        return
    key = {"project_id": project_id, "version": after.version}
    row = {**key, **release_row(after)}
    if before is None or after.evidence is not before.evidence:
        row |= evidence_row(after)
    put(connection, ReleaseRow, row, tuple(key) if before else ())
    ticked = len(before.ticks) if before else 0
    for place, tick in enumerate(after.ticks[ticked:], start=ticked):  # one that was given stays as it is
        put(connection, TickRow, {**key, "place": place, **tick_row(tick)})
    had = before.approvals if before else ()
    for place, approval in enumerate(after.approvals):
        if place >= len(had) or had[place] != approval:
            row = {**key, "place": place, **approval_row(approval)}
            put(connection, ApprovalRow, row, (*key, "place") if place < len(had) else ())
    waived = len(before.waivers) if before else 0
    for place, waiver in enumerate(after.waivers[waived:], start=waived):  # one that was given stays as it is
        put(connection, WaiverRow, {**key, "place": place, **waiver_row(waiver)})
    known = {each.id: each for each in before.deployments} if before else {}
    for each in after.deployments:
        if known.get(each.id) != each:
            row = {**key, **deployment_row(each)}
            put(connection, DeploymentRow, row, ("project_id", "id") if each.id in known else ())


def keep_drifts(connection: Connection, project_id: int, before: Drifts, after: Drifts) -> None:
    """Write the rows of the drifts that differ from before."""
    for number, drift in after.items():
        if before.get(number) != drift:
            row = {"project_id": project_id, **drift_row(drift)}
            put(connection, DriftRow, row, ("project_id", "id") if number in before else ())


def keep_freezes(connection: Connection, project_id: int, before: Freezes, after: Freezes) -> None:
    """Write the rows of the freezes that differ from before."""
    for number, freeze in after.items():
        if before.get(number) != freeze:
            row = {"project_id": project_id, **freeze_row(freeze)}
            put(connection, FreezeRow, row, ("project_id", "id") if number in before else ())


def keep_locks(connection: Connection, project_id: int, before: Locks, after: Locks) -> None:
    """Write the rows of the locks that differ from before."""
    for name, lock in after.items():
        if before.get(name) != lock:
            row = {"project_id": project_id, **lock_row(lock)}
            put(connection, LockRow, row, ("project_id", "environment") if name in before else ())


def put(connection: Connection, table: type[SQLModel], row: dict[str, Any], key: tuple[str, ...] = ()) -> None:
    """Insert the row; with a key, write it over the one that has that key."""
    connection.execute(_statement(table, tuple(row), key), row)


@cache
def _statement(table: type[SQLModel], names: tuple[str, ...], key: tuple[str, ...]) -> str:
    """The SQL of the table's columns, made once: making it costs as much as the whole transaction."""
    made = update(table).where(*_has(table, key)) if key else insert(table)
    return str(made.compile(dialect=_DIALECT, column_keys=[name for name in names if name not in key]))


def _has(table: type[SQLModel], key: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [METADATA.tables[str(table.__tablename__)].c[name] == bindparam(name) for name in key]


def forget_rows(connection: Connection, project_id: int) -> None:
    """Drop all of the project that its log can bring back, but its own row."""
    for table in (LockRow, FreezeRow, DriftRow, DeploymentRow, WaiverRow, ApprovalRow, TickRow, ReleaseRow):
        statement = delete(table).where(*_has(table, ("project_id",)))
        connection.execute(str(statement.compile(dialect=_DIALECT)), {"project_id": project_id})
