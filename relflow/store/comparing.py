"""Whether releases' rows are what the log leads to: folded event by event, and let go of as soon as that is known."""

import json
from collections.abc import Iterator
from typing import Any

from relflow.core.events import (
    DriftAccepted,
    DriftDetected,
    EnvironmentLocked,
    EnvironmentUnlocked,
    Event,
    FreezeAdded,
    FreezeEnded,
    PolicyAdopted,
    ProjectRegistered,
    ProjectRenamed,
    ReleaseCreated,
    ReleaseImported,
    from_record,
)
from relflow.core.evolve import evolve, fold
from relflow.core.release import Release
from relflow.store.book import SqlBook
from relflow.store.home import Connection
from relflow.store.rows import drift_of, freeze_of, lock_of

_LATER = """
    SELECT CAST(record AS BLOB) AS record FROM audit
    WHERE project_id = :project AND release = :release AND seq > :seq ORDER BY seq"""
_PROJECT_EVENTS = ", ".join(f"'{kind.name}'" for kind in (ProjectRegistered, ProjectRenamed, PolicyAdopted))
_OF_PROJECT = f"""
    SELECT CAST(record AS BLOB) AS record FROM audit
    WHERE project_id = :project AND event IN ({_PROJECT_EVENTS}) ORDER BY seq"""  # noqa: S608 - constants
_OF_DRIFTS = f"""
    SELECT CAST(record AS BLOB) AS record FROM audit
    WHERE project_id = :project AND event IN ('{DriftDetected.name}', '{DriftAccepted.name}') ORDER BY seq"""  # noqa: S608
_CLOSING = ", ".join(f"'{kind.name}'" for kind in (FreezeAdded, FreezeEnded, EnvironmentLocked, EnvironmentUnlocked))
_OF_CLOSINGS = f"""
    SELECT CAST(record AS BLOB) AS record FROM audit
    WHERE project_id = :project AND event IN ({_CLOSING}) ORDER BY seq"""  # noqa: S608 - constants
_FREEZES = "SELECT * FROM freeze_period WHERE project_id = :project"
_LOCKS = "SELECT * FROM environment_lock WHERE project_id = :project"
_DRIFTS = "SELECT * FROM drift WHERE project_id = :project"
_BEGINNING = ", ".join(f"'{kind.name}'" for kind in (ReleaseCreated, ReleaseImported))
# Left to itself SQLite may go through all creations for each release.
_ROWS_ONLY = f"""
    SELECT version FROM release AS known WHERE project_id = :project AND NOT EXISTS (
      SELECT 1 FROM audit INDEXED BY ix_audit_release
      WHERE project_id = :project AND release = known.version AND event IN ({_BEGINNING}))"""  # noqa: S608 - constants
#: What `from_record` and the fold raise for what is no event of ours.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)


class Comparison:
    """The releases that were created in one span of the log; in memory are those that are not at their end yet."""

    def __init__(self, connection: Connection, book: SqlBook) -> None:
        self._connection, self._book = connection, book
        #: By version: as the log has it so far, and as its rows have it.
        self._living: dict[str, tuple[Release, Release]] = {}
        self.wrong: set[str] = set()
        self.log_only: set[str] = set()

    def follow(self, record: dict[str, Any]) -> None:
        """Go on with the span's next record. Raises one of UNREADABLE where it cannot be folded."""
        event = from_record(record)
        if event.release is None:
            return
        now, in_rows = self._living.get(event.release, (None, None))
        release = evolve(now, event)
        if release is None:
            return  # of a release that was created before the span, or was compared already
        in_rows = in_rows or self._book.release(release.version)
        if in_rows is None:
            self.log_only.add(release.version)
        elif release.row_version == in_rows.row_version:
            self._living.pop(release.version, None)
            self._compare(release, in_rows, record["seq"])
        else:
            self._living[release.version] = release, in_rows

    def finish(self, last: int) -> None:
        """Compare those that go on after the span, which ends with that record."""
        for release, in_rows in self._living.values():
            self._compare(release, in_rows, last)

    def _compare(self, release: Release, in_rows: Release, seq: int) -> None:
        after: Release | None = release
        for event in self._later(release.version, seq):
            after = evolve(after, event)
        if after != in_rows:
            self.wrong.add(release.version)

    def _later(self, version: str, seq: int) -> Iterator[Event]:
        values = {"project": self._book.project_id, "release": version, "seq": seq}
        return (from_record(json.loads(row["record"])) for row in self._connection.execute(_LATER, values))


def project_differs(connection: Connection, book: SqlBook) -> bool:
    """Whether the project's row is not what its own events lead to."""
    rows = connection.execute(_OF_PROJECT, {"project": book.project_id})
    try:
        return fold(book.log, (from_record(json.loads(row["record"])) for row in rows)).project != book.project()
    except UNREADABLE:
        return True


def drifts_differ(connection: Connection, book: SqlBook) -> set[int]:
    """The drifts whose rows are not what their own events lead to, by id."""
    rows = connection.execute(_OF_DRIFTS, {"project": book.project_id})
    drifts = fold(book.log, (from_record(json.loads(row["record"])) for row in rows)).drifts
    in_rows = {each.id: each for each in map(drift_of, connection.execute(_DRIFTS, {"project": book.project_id}))}
    return {number for number in drifts.keys() | in_rows.keys() if drifts.get(number) != in_rows.get(number)}


def closings_differ(connection: Connection, book: SqlBook) -> set[str]:
    """The freezes and locks whose rows are not what their own events lead to: `freeze 3`, `lock of prod`."""
    project = {"project": book.project_id}
    rows = connection.execute(_OF_CLOSINGS, project)
    history = fold(book.log, (from_record(json.loads(row["record"])) for row in rows))
    folded: dict[str, object] = {
        **{f"freeze {number}": freeze for number, freeze in history.freezes.items()},
        **{f"lock of {name}": lock for name, lock in history.locks.items()},
    }
    in_rows: dict[str, object] = {
        **{f"freeze {each.id}": each for each in map(freeze_of, connection.execute(_FREEZES, project))},
        **{f"lock of {each.environment}": each for each in map(lock_of, connection.execute(_LOCKS, project))},
    }
    return {name for name in folded.keys() | in_rows.keys() if folded.get(name) != in_rows.get(name)}


def rows_only(connection: Connection, book: SqlBook) -> set[str]:
    """Releases that have a row, and no creation in the log."""
    return {row["version"] for row in connection.execute(_ROWS_ONLY, {"project": book.project_id})}
