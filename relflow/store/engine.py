"""The writing engine: every connection gets the settings that keep SQLite from losing updates, read back at once."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from relflow.core.errors import SetupError
from relflow.store.opening import BUSY_TIMEOUT_MS, PRAGMAS


def writing_engine(file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine whose transactions begin with the write lock: `BEGIN IMMEDIATE`. Each has a connection of its own."""
    return _engine(file, busy_timeout_ms, poolclass=NullPool)


def kept_engine(file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """The same with one connection kept open from transaction to transaction, until `dispose`.

    Opening costs more than a transaction. Where another database was put in the file's place meanwhile, a restored
    one say, it is opened anew.
    """
    engine = _engine(file, busy_timeout_ms, poolclass=QueuePool, pool_size=1, max_overflow=-1)

    def remember(_: Any, entry: Any) -> None:
        entry.info["file"] = _identity(file)

    def compare(_: Any, entry: Any, __: Any) -> None:
        if entry.info["file"] != _identity(file):
            raise DisconnectionError

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)
    return engine


def _engine(file: Path, busy_timeout_ms: int, **pooling: Any) -> Engine:
    """The driver stays in autocommit mode.

    Python's own transaction handling begins too late, and SQLite then loses updates between the read and the write.
    """

    def connect() -> sqlite3.Connection:
        uri = f"{file.absolute().as_uri()}?mode=rw"
        # A pooled connection may come to another thread, and belongs to one at a time.
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        for name, (value, _) in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        _read_back(file, connection)
        return connection

    engine = create_engine("sqlite://", creator=connect, **pooling)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _identity(file: Path) -> tuple[int, int, int] | None:
    """Which file of which disk is at the path, as this process sees it: after a fork a connection is nobody's."""
    try:
        found = file.stat()
    except OSError:
        return None
    return os.getpid(), found.st_dev, found.st_ino


def _read_back(file: Path, connection: sqlite3.Connection) -> None:
    for name, (_, expected) in PRAGMAS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != expected:
            connection.close()
            why = f"{name} is {found}, and not {expected} as it must be"
            raise SetupError(f"{file} cannot be written safely", (why,), ("keep the database on a local disk",))


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
