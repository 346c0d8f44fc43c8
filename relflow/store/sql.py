"""The store in a database of any kind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import finalize

from relflow.core.record import Head
from relflow.service.ports import Clock
from relflow.store.book import SqlBook
from relflow.store.home import BUSY_TIMEOUT_MS, Home
from relflow.store.transaction import SqlTransaction


class SqlStore:
    """One project's log and rows; safe to use from any number of processes at once."""

    def __init__(
        self,
        home: Home,
        log: str,
        clock: Clock,
        tool: str,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        witness: Callable[[Head], None] | None = None,
    ) -> None:
        """`witness` is told the log's end after each commit."""
        self._home, self.log, self._clock, self._tool = home, log, clock, tool
        self._witness = witness
        self._writer = home.writer(busy_timeout_ms)
        finalize(self, self._writer.close)  # when the store is gone or the process ends, if not before

    def close(self) -> None:
        """Close the connection that is kept between transactions; the next one opens another."""
        self._writer.close()

    @contextmanager
    def read(self) -> Iterator[SqlBook]:
        """A consistent look, without a lock."""
        with self._home.reading() as connection:
            yield SqlBook(connection, self.log)

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """One transaction under the write lock; it commits at the end, and an exception leaves nothing of it."""
        with self._writer.transaction(self.log) as connection:
            # The clock is read under the lock: a record's time is never before one that was waited for.
            tx = SqlTransaction(connection, self.log, self._clock.now(), self._tool)
            yield tx
            head = tx.head()
        if self._witness is not None and head.seq:
            self._witness(head)
