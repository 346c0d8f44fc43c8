"""The store in one SQLite file."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from weakref import finalize

from relflow.core.record import Head
from relflow.service.ports import Clock
from relflow.store.book import SqlBook
from relflow.store.faults import translated
from relflow.store.missing import must_be_complete
from relflow.store.opening import BUSY_TIMEOUT_MS, open_reader
from relflow.store.transaction import SqlTransaction
from relflow.store.writing import Writer


class SqliteStore:
    """One project's log and rows in a SQLite file; safe to use from any number of processes at once."""

    def __init__(
        self,
        file: Path,
        log: str,
        clock: Clock,
        tool: str,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        witness: Callable[[Head], None] | None = None,
    ) -> None:
        """`witness` is told the log's end after each commit."""
        with closing(open_reader(file)) as connection:  # refuses what will not do before anything is asked of it
            must_be_complete(file, connection)
        self._file, self.log, self._clock, self._tool = file, log, clock, tool
        self._witness = witness
        self._writer = Writer(file, busy_timeout_ms)
        finalize(self, self._writer.close)  # when the store is gone or the process ends, if not before

    def close(self) -> None:
        """Close the connection that is kept between transactions; the next one opens another."""
        self._writer.close()

    @contextmanager
    def read(self) -> Iterator[SqlBook]:
        """A consistent look, without a lock."""
        connection = open_reader(self._file)
        try:
            with translated(self._file):
                connection.execute("BEGIN")
                yield SqlBook(connection, self.log)
        finally:
            connection.close()

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """One transaction under the write lock; it commits at the end, and an exception leaves nothing of it."""
        with translated(self._file), self._writer.transaction() as connection:
            # The clock is read under the lock: a record's time is never before one that was waited for.
            tx = SqlTransaction(connection, self.log, self._clock.now(), self._tool)
            yield tx
            head = tx.head()
        if self._witness is not None and head.seq:
            self._witness(head)
