"""The audit log as it is asked for: a release's, a person's, a time's."""

import json
from dataclasses import dataclass
from datetime import datetime

from relflow.core.codec import timestamp
from relflow.store.book import named_rows
from relflow.views.reading import View
from relflow.views.shapes import Shape

_LOG = """
    SELECT record, hash FROM audit
    WHERE project_id = :project AND (:release IS NULL OR release = :release)
    AND (:environment IS NULL OR environment = :environment) AND (:actor IS NULL OR actor = :actor)
    AND (:event IS NULL OR event = :event)
    AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
    ORDER BY seq DESC LIMIT :limit"""
_FIELDS = ("seq", "at", "event", "release", "revision", "environment", "from", "to", "reason", "data", "prev")


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


def read_log(view: View, wanted: Wanted) -> list[Shape]:
    """The last records that fit, oldest first."""
    values = {
        "project": view.key,
        "release": wanted.release,
        "environment": wanted.environment,
        "actor": wanted.actor,
        "event": wanted.event,
        "since": timestamp(wanted.since) if wanted.since else None,
        "until": timestamp(wanted.until) if wanted.until else None,
        "limit": wanted.limit,
    }
    rows = named_rows(view.connection, _LOG, values).fetchall()
    return [_entry(json.loads(row["record"]), row["hash"]) for row in reversed(rows)]


def _entry(record: Shape, digest: str) -> Shape:
    entry = {name: record[name] for name in _FIELDS}
    return {**entry, "actor": record["actor"]["id"], "hash": digest}
