"""What the store knows of where logs and rows live, be it a SQLite file or a PostgreSQL database.

What is particular to one of them is in `sqlite` and what that imports, or in `postgres`; everything else serves both.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from relflow.core.errors import SetupError

#: The number of the last migration.
SCHEMA_VERSION = 11
#: How long a lock is waited for.
BUSY_TIMEOUT_MS = 30_000


class Rows(Protocol):
    """What a statement found: each has its columns by name and by place."""

    def fetchone(self) -> Any:
        """The next one, or None."""

    def fetchall(self) -> list[Any]:
        """All that are left."""

    def __iter__(self) -> Iterator[Any]:
        """One after the other."""


class Connection(Protocol):
    """An open database. A statement is written for SQLite, and its values as `:name`."""

    def execute(self, sql: str, values: Mapping[str, Any] = ..., /) -> Rows:
        """Run the statement; where it finds rows, they are few enough to be held at once."""

    def each(self, sql: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """The rows it finds, one after the other, however many there are. Inside a transaction."""

    def fill(self, sql: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Run the statement for each of the rows, however many."""

    def close(self) -> None:
        """Close it; what was not committed is gone."""


class Writer(Protocol):
    """Write transactions, one after the other; the last connection is kept for the next. For any number of threads."""

    def transaction(self, log: str | None = None) -> AbstractContextManager[Connection]:
        """One under the log's write lock, without a log under that of all; an exception leaves nothing of it.

        Raises StoreBusy where the lock does not come free in time, SetupError where the database cannot be written.
        """

    def close(self) -> None:
        """Close the connection that is kept."""


class Home(Protocol):
    """One database. A value: it can be handed to other processes. As text it names the database, and no password."""

    def exists(self) -> bool:
        """Whether there is a database at all, ours or not."""

    def reading(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> AbstractContextManager[Connection]:
        """What is read there is one consistent state. Raises SetupError for what is not ours, or of another schema."""

    def writer(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Writer:
        """What its transactions are made by."""

    def translated(self) -> AbstractContextManager[None]:
        """What the driver, or a library around it, raises comes out as SetupError or StoreBusy."""

    def damage(self, connection: Connection, *, is_quick: bool = False) -> list[str]:
        """What the database finds wrong with itself, in sentences; quickly means without comparing its indexes."""

    def unsafe_settings(self) -> list[str]:
        """The settings that do not keep what is committed, in sentences, read back from a connection that may write."""

    def lost_guards(self, connection: Connection) -> list[str]:
        """The triggers that should keep the log append-only, and are missing or changed."""

    def count_on(self, connection: Connection) -> None:
        """After projects came with their ids: the next one gets an id that is free."""

    def prepare(self, mode: int) -> None:
        """Make what a schema can be made in; the mode is a new file's. Raises SetupError for what is not ours."""


def must_not_be_newer(home: object, version: int) -> None:
    """Raise SetupError for a schema that only a later relflow knows."""
    if version > SCHEMA_VERSION:
        why = f"its schema is {version}, this relflow knows {SCHEMA_VERSION}"
        raise SetupError(f"{home} was written by a newer relflow", (why,), ("upgrade relflow",))


def must_be_todays(home: object, version: int) -> None:
    """Raise SetupError unless the schema is the one that this relflow works with."""
    must_not_be_newer(home, version)
    if version < SCHEMA_VERSION:
        why = f"its schema is {version}, this relflow needs {SCHEMA_VERSION}"
        raise SetupError(f"{home} has an older schema", (why,), ("relflow db upgrade",))
