"""Opening a database file: it must exist, be SQLite, be relflow's, and have this version's schema."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from relflow.core.errors import SetupError
from relflow.store.faults import beside, translated
from relflow.store.home import BUSY_TIMEOUT_MS, must_be_todays

#: "rflw" in ASCII, in the file's header: this database is relflow's.
APPLICATION_ID = 0x72666C77
NAMES_IT = "[database] url in relflow.toml, or RELFLOW_DATABASE_URL, names the file"

#: Set on every connection and read back. Source: https://www.sqlite.org/pragma.html
PRAGMAS: dict[str, tuple[str, object]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "recursive_triggers": ("ON", 1),
    "trusted_schema": ("OFF", 0),
}


class SqliteConnection(sqlite3.Connection):
    """A connection whose rows are mappings, and tuples as well."""

    def each(self, sql: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """The rows one after the other: SQLite goes on only when it is asked for the next."""
        return self.execute(sql, values)

    def fill(self, sql: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Run the statement for each of the rows."""
        self.executemany(sql, rows)


def connected(file: Path, mode: str, busy_timeout_ms: int) -> SqliteConnection:
    """A connection in autocommit mode to a file that is there; `mode` is ro or rw."""
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    # A connection that is kept may come to another thread; it belongs to one at a time.
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=SqliteConnection)
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
    return connection


def open_reader(file: Path, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> SqliteConnection:
    """A read-only connection in autocommit mode. Raises SetupError where it cannot be used."""
    _must_exist(file)
    with translated(file):
        connection = connected(file, "ro", busy_timeout_ms)
        connection.execute("PRAGMA trusted_schema = OFF")
        try:
            check_identity(file, connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _must_exist(file: Path) -> None:
    if not file.exists():
        why = "a mistyped path never creates a database"
        raise SetupError(f"there is no database at {file}", (why,), ("relflow db upgrade     creates it",))
    must_be_a_file(file)


def must_be_a_file(file: Path) -> None:
    """Raise SetupError for a folder, which SQLite would call an I/O error."""
    if file.is_dir():
        raise SetupError(f"{file} is a folder, not a database", (), (NAMES_IT,))


def check_identity(file: Path, connection: sqlite3.Connection) -> None:
    """Raise SetupError unless the file is relflow's, with the schema this version knows."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        why = "it belongs to another program, or is empty"
        raise SetupError(f"{file} is not relflow's database", (why,), (NAMES_IT, *beside(file)))
    must_be_todays(file, version)
