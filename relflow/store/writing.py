"""Connections that write: each gets the settings that keep SQLite from losing updates, and one is kept open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relflow.core.errors import SetupError
from relflow.store.faults import translated
from relflow.store.home import BUSY_TIMEOUT_MS
from relflow.store.network import must_be_local
from relflow.store.opening import PRAGMAS, SqliteConnection, connected


def open_writer(file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> SqliteConnection:
    """A connection for writing in autocommit mode, its settings read back.

    Raises SetupError where one did not take, and on a network's filesystem.

    Python's own transaction handling begins too late, and SQLite then loses updates between the read and the write.
    """
    must_be_local(file)
    connection = connected(file, "rw", busy_timeout_ms)
    for name, (value, _) in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    _read_back(file, connection)
    return connection


def _read_back(file: Path, connection: SqliteConnection) -> None:
    for name, (_, expected) in PRAGMAS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != expected:
            connection.close()
            why = f"{name} is {found}, and not {expected} as it must be"
            raise SetupError(f"{file} cannot be written safely", (why,), ("keep the database on a local disk",))


class SqliteWriter:
    """The write transactions of one file; the last connection is kept for the next, as opening costs more than a write.

    Where another file was put in its place meanwhile, a restored one say, that is opened. For any number of threads.
    """

    def __init__(self, file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self._file, self._busy_timeout_ms = file, busy_timeout_ms
        self._kept: list[tuple[object, SqliteConnection]] = []

    @contextmanager
    def transaction(self, log: str | None = None) -> Iterator[SqliteConnection]:
        """One under the write lock; it commits at the end, and an exception leaves nothing of it."""
        with translated(self._file):
            identity, connection = self._taken()
        try:
            # What went wrong is told before the file is closed: SQLite takes the log beside it away then.
            with translated(self._file):
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        except BaseException:
            connection.close()  # and with it goes what was not committed
            raise
        self.close()
        self._kept.append((identity, connection))

    def close(self) -> None:
        """Close the connection that is kept; what SQLite keeps beside the file goes with the last one."""
        while self._kept:
            self._kept.pop()[1].close()

    def _taken(self) -> tuple[object, SqliteConnection]:
        identity = _identity(self._file)
        while self._kept:
            known, connection = self._kept.pop()
            if known == identity:
                return known, connection
            connection.close()
        return identity, open_writer(self._file, self._busy_timeout_ms)


def _identity(file: Path) -> tuple[int, int, int] | None:
    """Which file of which disk is at the path, as this process sees it: after a fork a connection is nobody's."""
    try:
        found = file.stat()
    except OSError:
        return None
    return os.getpid(), found.st_dev, found.st_ino
