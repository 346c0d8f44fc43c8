"""What stood at a time of the past: the log's records up to then, folded.

The rows only tell whose records matter, so that a page of the past does not read the whole log.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from relflow.core.codec import timestamp
from relflow.core.errors import UsageError
from relflow.core.events import DriftAccepted, DriftDetected, Event, ReleaseImported, from_record
from relflow.core.evolve import fold
from relflow.store.folded import FoldedBook
from relflow.store.ordering import NUMBERS, numbers_from
from relflow.store.rows import Row
from relflow.views.reading import View
from relflow.views.releases import found

_BEGIN = "SELECT at FROM audit WHERE project_id = :project AND seq = 1"
# Its own row does not tell: an imported release was first deployed long before its record.
_FIRST = """
    SELECT at, event FROM audit WHERE project_id = :project AND release = :release AND row_version = 1
    ORDER BY seq LIMIT 1"""
_OF_PROJECT = "SELECT record FROM audit WHERE project_id = :project AND release IS NULL AND at <= :at ORDER BY seq"
_OF_RELEASE = "SELECT record FROM audit WHERE project_id = :project AND release = :release AND at <= :at ORDER BY seq"
_DRIFTS = f"""
    SELECT record FROM audit WHERE project_id = :project AND at <= :at
    AND event IN ('{DriftDetected.name}', '{DriftAccepted.name}') ORDER BY +seq"""  # noqa: S608 - constants
_LIVE = """
    SELECT version, settled_at FROM deployment
    WHERE project_id = :project AND environment = :environment AND outcome = 'success' AND settled_at <= :at
    ORDER BY settled_at DESC, id DESC LIMIT 1"""
_OPEN = """
    SELECT version FROM deployment
    WHERE project_id = :project AND requested_at <= :at AND (settled_at IS NULL OR settled_at > :at)"""
_BROKEN = """
    SELECT version FROM deployment
    WHERE project_id = :project AND kind = 'break-glass' AND environment = :environment AND requested_at <= :at"""
_AHEAD = f"""
    SELECT version FROM release
    WHERE project_id = :project AND created_at <= :at AND ({NUMBERS} >= :numbers OR created_at > :since)"""  # noqa: S608


def view_at(view: View, at: datetime, version: str | None = None) -> View:
    """The project as it stood then; what was recorded at that very instant counts.

    Its book has all that `read_status` asks for, or with a version what `show_release` asks for that release.
    Raises UsageError for a time before the log begins, and for a release that did not exist yet.
    """
    project = fold(view.project.log, _events(view, at, [None])).project
    if project is None or project.workflow is None:
        raise _too_early(view, at)
    live = [_rows(view, at, _LIVE, environment=name) for name in project.workflow.names]
    broken = [_rows(view, at, _BROKEN, environment=name) for name in project.workflow.names]
    there = chain(*live, *broken, _rows(view, at, _OPEN))
    if version is None:
        wanted = _ahead(view, at, live[-1])
    else:
        _must_exist(view, at, version)
        wanted = [version]
    versions = dict.fromkeys([*(row["version"] for row in there), *wanted])
    history = fold(project.log, _events(view, at, [None, *versions]))
    history.drifts = fold(project.log, _drifts(view, at)).drifts
    return View(view.connection, view.key, FoldedBook(history), project, project.workflow)


def _ahead(view: View, at: datetime, live: list[Row]) -> list[str]:
    """The releases that may be ahead of what was live, as `SqlBook.unclosed` finds them today."""
    numbers, since = (numbers_from(live[0]["version"]), live[0]["settled_at"]) if live else ("", "")
    return [row["version"] for row in _rows(view, at, _AHEAD, numbers=numbers, since=since)]


def _events(view: View, at: datetime, releases: Iterable[str | None]) -> Iterator[Event]:
    """The events of the releases one after the other; None stands for those of the project itself."""
    for release in releases:
        for row in _rows(view, at, _OF_PROJECT if release is None else _OF_RELEASE, release=release):
            yield from_record(json.loads(row["record"]))


def _drifts(view: View, at: datetime) -> Iterator[Event]:
    """Those of every release, and of none."""
    return (from_record(json.loads(row["record"])) for row in _rows(view, at, _DRIFTS))


def _rows(view: View, at: datetime, sql: str, **values: str | None) -> list[Row]:
    return view.connection.execute(sql, {"project": view.key, "at": timestamp(at), **values}).fetchall()


def _must_exist(view: View, at: datetime, version: str) -> None:
    found(view, version)
    (first,) = view.connection.execute(_FIRST, {"project": view.key, "release": version}).fetchall()
    began_at = datetime.fromisoformat(first["at"])
    if began_at > at:
        how = "imported" if first["event"] == ReleaseImported.name else "created"
        why = (f"{version} was {how} at {_local(began_at)}",)
        raise UsageError(f"there was no release {version} yet at {_local(at)}", why, (f"relflow log {version}",))


def _too_early(view: View, at: datetime) -> UsageError:
    begin = view.connection.execute(_BEGIN, {"project": view.key}).fetchone()
    why = (f"the first record is of {_local(datetime.fromisoformat(begin['at']))}",)
    return UsageError(f"{view.project.path} had no policy in force at {_local(at)}", why, ("relflow log",))


def _local(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S %z}"
