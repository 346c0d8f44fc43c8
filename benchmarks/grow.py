"""A database of as many records as wanted, made with relflow's own decisions, encoding and fold.

Only the transactions are larger than in real life. The same numbers give the same bytes.
"""

import argparse
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.keeping import PROJECT_KEY, TOOL, audit_rows
from benchmarks.life import ANNA, MEMBERS, PROJECT, WORKFLOW, World, live
from relflow.core.adopting import decide_adoption
from relflow.core.decision import Accepted
from relflow.core.events import Event
from relflow.core.facts import Facts
from relflow.core.record import Head
from relflow.core.release import Release
from relflow.store.home import Connection
from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome
from relflow.store.tables import AuditRow
from relflow.store.transaction import SqlTransaction, keep_release, put
from relflow.store.writing import SqliteWriter

LIVES_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class Grown:
    """How much is in the database."""

    records: int
    releases: int


class Rows:
    """The rows of one transaction: records as they are kept, releases as they end."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self._audit: list[dict[str, Any]] = []
        self._releases: dict[str, Release] = {}

    def keep(self, release: Release | None, events: Iterable[Event]) -> Release:
        """Append the events; the release moves with them."""
        self.head, after, rows = audit_rows(self.head, release, events)
        self._audit += rows
        self._releases[after.version] = after
        return after

    def write(self, connection: Connection) -> None:
        """Insert all of it."""
        for row in self._audit:
            put(connection, AuditRow, row)
        for release in self._releases.values():
            keep_release(connection, PROJECT_KEY["project_id"], None, release)


def grow(file: Path, *, records: int = 0, releases: int = 0) -> Grown:
    """Make the database, with at least that many records and releases; every release has come to its end."""
    upgrade(SqliteHome(file))
    world, lived = World(), 0
    with closing(SqliteWriter(file)) as writer:
        with writer.transaction() as connection:
            head = adopt(SqlTransaction(connection, PROJECT.log, world.at, TOOL))
        while head.seq < records or lived < releases:
            rows = Rows(head)
            for _ in range(LIVES_PER_TRANSACTION):
                lived += 1
                live(lived, world, rows)
                if rows.head.seq >= records and lived >= releases:
                    break
            with writer.transaction() as connection:
                rows.write(connection)
            head = rows.head
    return Grown(head.seq, lived)


def adopt(transaction: SqlTransaction) -> Head:
    """Register the project and put its policy in force; the log's head after that."""
    facts = Facts(at=transaction.at, actor=ANNA, members=MEMBERS)
    decision = decide_adoption(PROJECT, None, WORKFLOW, facts)
    assert isinstance(decision, Accepted)  # noqa: S101 - anna is a maintainer
    transaction.record(decision.events)
    return transaction.head()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    words = parser.parse_args()
    print(grow(words.file, records=words.records))
