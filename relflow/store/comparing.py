"""Whether the rows are what the log leads to: folded event by event, each release let go as soon as it was compared."""

import sqlite3
from typing import Any

from relflow.core.events import Event, from_record
from relflow.core.evolve import History, changes_release
from relflow.store.book import SqlBook

_ROW_VERSIONS = "SELECT version, row_version FROM release WHERE project_id = ?"


class Comparison:
    """One log's rows beside its events; in memory are the releases that are on their way at that place of the log."""

    def __init__(self, connection: sqlite3.Connection, book: SqlBook) -> None:
        self._book, self._history = book, History(book.log)
        #: The row version that each release's row claims; None once the log came so far and they were compared.
        self._claimed: dict[str, int | None] = dict(connection.execute(_ROW_VERSIONS, (book.project_id,)))
        self._wrong: set[str] = set()
        self.first_bad: int | None = None

    def follow(self, record: dict[str, Any]) -> None:
        """Go on with the log's next record; after one that cannot be folded nothing more is compared."""
        if self.first_bad is None:
            try:
                self._fold(from_record(record))
            except (AttributeError, LookupError, TypeError, ValueError):
                self.first_bad = record["seq"]

    def _fold(self, event: Event) -> None:
        version = event.release
        if version in self._claimed and self._claimed[version] is None:
            if changes_release(event):
                self._wrong.add(version)  # the log goes on where the row ends
            return
        self._history.apply(event)
        release = self._history.releases.get(version or "")
        if release is not None and release.row_version == self._claimed.get(release.version):
            if self._book.release(release.version) != release:
                self._wrong.add(release.version)
            self._claimed[release.version] = None
            del self._history.releases[release.version]

    def problem(self) -> str | None:
        """What the rows say otherwise than the log, which was followed to its end."""
        if self.first_bad is not None:
            return f"record {self.first_bad} cannot be folded: it is no event that relflow writes"
        if self._book.project() != self._history.project:
            return "the project's row is not what the log leads to"
        left = self._history.releases.keys()
        ahead = {version for version, claimed in self._claimed.items() if claimed is not None}
        if odd := left ^ ahead:
            return f"releases in the rows or the log only: {', '.join(sorted(odd))}"
        if wrong := self._wrong | left:
            return f"not what the log leads to: {', '.join(sorted(wrong))}"
        return None

    @property
    def releases(self) -> int:
        """How many releases have a row."""
        return len(self._claimed)
