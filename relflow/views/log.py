"""The audit log as it is asked for: a release's, a person's, a time's."""

import json
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from relflow.core.codec import timestamp
from relflow.store.rows import Row
from relflow.views.reading import View

if TYPE_CHECKING:
    from relflow.core.codec import JSON
    from relflow.views import contract

_ENTRIES = "SELECT record, hash FROM audit WHERE project_id = :project"
_LAST = "ORDER BY seq DESC LIMIT :limit"
#: What is not asked is not in the statement: only so does SQLite see which index serves.
_TERMS = {
    "release": "AND release = :release",
    "environment": "AND environment = :environment",
    "actor": "AND actor = :actor",
    "event": "AND event = :event",
    "since": "AND seq > :since",
    "until": "AND seq <= :until",
}
_COUNT = "SELECT coalesce(max(seq), 0) AS count FROM audit WHERE project_id = :project"
_AT = "SELECT at FROM audit WHERE project_id = :project AND seq = :seq"
_ACTORS = "SELECT DISTINCT actor FROM audit WHERE project_id = :project ORDER BY actor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of the log; None asks nothing. `actor` is a full name: `user:anna`."""

    limit: int
    release: str | None = None
    environment: str | None = None
    actor: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_log(view: View, wanted: Wanted) -> "list[contract.Entry]":
    """The last records that fit, oldest first."""
    asked = {
        "release": wanted.release,
        "environment": wanted.environment,
        "actor": wanted.actor,
        "event": wanted.event,
        "since": count_before(view, wanted.since) if wanted.since else None,
        "until": count_before(view, wanted.until) if wanted.until else None,
    }
    terms = (term for name, term in _TERMS.items() if asked[name] is not None)
    values = {"project": view.key, "limit": wanted.limit, **asked}
    rows = view.connection.execute(" ".join((_ENTRIES, *terms, _LAST)), values).fetchall()
    return [_entry(json.loads(row["record"]), row["hash"]) for row in reversed(rows)]


def last_hold(view: View, release: str, at: datetime | None = None) -> "contract.Entry | None":
    """The record of the release's last hold; with a time, of the last until then, that instant included."""
    until = at + timedelta.resolution if at else None
    return next(iter(read_log(view, Wanted(limit=1, release=release, event="release_held", until=until))), None)


def count_before(view: View, at: datetime) -> int:
    """How many records are older than that time. Times in a log never go back, so twenty looks tell of a million."""

    def time_of(seq: int) -> str:
        return str(_one(view, _AT, seq=seq)["at"])

    return bisect_left(range(1, _one(view, _COUNT)["count"] + 1), timestamp(at), key=time_of)


def _one(view: View, sql: str, **values: int) -> Row:
    found: Row = view.connection.execute(sql, {"project": view.key, **values}).fetchone()
    return found


def actors(view: View) -> tuple[str, ...]:
    """Everybody who did anything, by name. It reads the whole log."""
    return tuple(row["actor"] for row in view.connection.execute(_ACTORS, {"project": view.key}))


def _entry(record: "JSON", digest: str) -> "contract.Entry":
    return {
        "seq": record["seq"],
        "at": record["at"],
        "event": record["event"],
        "release": record["release"],
        "revision": record["revision"],
        "environment": record["environment"],
        "from": record["from"],
        "to": record["to"],
        "reason": record["reason"],
        "data": record["data"],
        "prev": record["prev"],
        "actor": record["actor"]["id"],
        "hash": digest,
    }
