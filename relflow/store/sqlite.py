"""A database in one SQLite file."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relflow.core.errors import SetupError
from relflow.store.faults import translated
from relflow.store.guards import GUARDS
from relflow.store.home import BUSY_TIMEOUT_MS, SCHEMA_VERSION, Connection, must_not_be_newer
from relflow.store.network import must_be_local
from relflow.store.opening import (
    APPLICATION_ID,
    NAMES_IT,
    SqliteConnection,
    connected,
    must_be_a_file,
    open_reader,
)

if TYPE_CHECKING:
    from relflow.store.writing import SqliteWriter

_END = "SELECT seq, record FROM audit ORDER BY project_id DESC, seq DESC LIMIT 1"
_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


@dataclass(frozen=True, slots=True)
class SqliteHome:
    """The file; safe to use from any number of processes of one machine at once."""

    file: Path

    def __str__(self) -> str:
        """Its path, as it was given."""
        return str(self.file)

    def exists(self) -> bool:
        """Whether something is there."""
        return self.file.exists()

    @contextmanager
    def reading(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Iterator[SqliteConnection]:
        """A look without a lock; writers go on meanwhile."""
        with closing(open_reader(self.file, busy_timeout_ms)) as connection, translated(self.file):
            connection.execute("BEGIN")
            yield connection

    def writer(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "SqliteWriter":
        """Refuses at once what is no database of ours, before anything is asked of it."""
        from relflow.store.missing import must_be_complete
        from relflow.store.writing import SqliteWriter

        with self.reading() as connection:
            must_be_complete(self.file, connection)
            # Where another database's log lies beside the file, this fails; a writer would make that log a part of it.
            connection.execute(_END).fetchall()
        return SqliteWriter(self.file, busy_timeout_ms)

    def translated(self) -> AbstractContextManager[None]:
        """With SQLite's errors as sentences about the file."""
        return translated(self.file)

    def damage(self, connection: Connection, *, is_quick: bool = False) -> list[str]:
        """What SQLite's own checks find."""
        from relflow.store.missing import missing

        check = "quick_check" if is_quick else "integrity_check"
        found = [f"{name} is not there" for name in missing(connection)]
        found += [str(row[0]) for row in connection.execute(f"PRAGMA {check}") if row[0] != "ok"]
        found += [f"a row of {row[0]} has no {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")]
        return found

    def unsafe_settings(self) -> list[str]:
        """Those that a writer asks for and does not get. A file in another journal mode is left to its first writer."""
        from relflow.store.writing import open_writer

        with self.reading() as connection:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                return []
        try:
            with translated(self.file), closing(open_writer(self.file)):
                return []
        except SetupError as exc:
            return [f"{exc.what}: {'; '.join(exc.why)}"]

    def lost_guards(self, connection: Connection) -> list[str]:
        """The triggers that are missing, or whose text is another."""
        found = {row["name"]: " ".join(row["sql"].split()) for row in connection.execute(_TRIGGERS)}
        return [name for name, sql in GUARDS.items() if found.get(name) != " ".join(sql.split())]

    def count_on(self, connection: Connection) -> None:
        """Nothing: SQLite takes the number after the last."""

    def prepare(self, mode: int) -> None:
        """Make the file, with that mode whatever the umask says; what SQLite keeps beside it gets the same."""
        must_be_a_file(self.file)
        must_be_local(self.file)
        if not self.file.exists():
            _touch(self.file, mode)
        with translated(self.file), closing(connected(self.file, "ro", BUSY_TIMEOUT_MS)) as connection:
            _must_be_ours(self.file, connection)


def _touch(file: Path, mode: int) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        file.chmod(mode)
    except OSError as exc:
        raise SetupError(
            f"cannot create {file}", (exc.strerror or str(exc),), (f"check who owns {file.parent}",)
        ) from exc


def _must_be_ours(file: Path, connection: SqliteConnection) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise SetupError(f"{file} is not relflow's database", ("it belongs to another program",), (NAMES_IT,))
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    must_not_be_newer(file, version)
    if version == SCHEMA_VERSION:
        from relflow.store.missing import must_be_complete

        must_be_complete(file, connection)
