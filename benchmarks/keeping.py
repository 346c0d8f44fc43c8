"""Events to the rows that relflow keeps of them: its own encoding and fold, without a transaction."""

from collections.abc import Iterable
from typing import Any

from relflow.core.events import Event, from_record, to_record
from relflow.core.evolve import changes_release, evolve
from relflow.core.record import Head, canonical
from relflow.core.release import Release
from relflow.store.transaction import record_columns

TOOL = "benchmark"
#: The key of the only project.
PROJECT_KEY: dict[str, Any] = {"project_id": 1}


def audit_rows(
    head: Head, release: Release | None, events: Iterable[Event]
) -> tuple[Head, Release, list[dict[str, Any]]]:
    """The log's head and the release after the events, and the audit rows; what is folded is what is written."""
    rows = []
    for event in events:
        record = to_record(event, head, TOOL)
        written = from_record(record)
        release = evolve(release, written)
        columns = record_columns(record, canonical(record))
        head = Head(head.log, record["seq"], columns["hash"], record["at"])
        row_version = release.row_version if release is not None and changes_release(written) else None
        rows.append({**columns, **PROJECT_KEY, "row_version": row_version})
    assert release is not None  # noqa: S101 - a life begins with its creation
    return head, release, rows
