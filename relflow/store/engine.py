"""The writing engine: every connection gets the settings that keep SQLite from losing updates, read back at once."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from relflow.core.errors import SetupError
from relflow.store.opening import BUSY_TIMEOUT_MS, PRAGMAS


def writing_engine(file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine whose transactions begin with the write lock: `BEGIN IMMEDIATE`.

    The driver stays in autocommit mode, because Python's own transaction handling begins too late and SQLite
    then loses updates between the read and the write.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        for name, (value, _) in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        _read_back(file, connection)
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _read_back(file: Path, connection: sqlite3.Connection) -> None:
    for name, (_, expected) in PRAGMAS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != expected:
            connection.close()
            why = f"{name} is {found}, and not {expected} as it must be"
            raise SetupError(f"{file} cannot be written safely", (why,), ("keep the database on a local disk",))


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
