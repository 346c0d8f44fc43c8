"""A database in PostgreSQL, as its URL says."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import Connection as Psycopg
from psycopg import OperationalError, ProgrammingError, connect, errors
from psycopg.conninfo import conninfo_to_dict

from relflow.core.errors import SetupError
from relflow.store.home import BUSY_TIMEOUT_MS, Connection, must_be_todays, must_not_be_newer
from relflow.store.postgres import MARK
from relflow.store.postgres.faults import translated, unreachable
from relflow.store.postgres.guards import lost_guards
from relflow.store.postgres.speaking import PostgresConnection

if TYPE_CHECKING:
    from relflow.store.postgres.writing import PostgresWriter

NAMES_IT = "[database] url in relflow.toml, or RELFLOW_DATABASE_URL, names the database"
#: What the URL may say otherwise. A dead network is noticed within a minute instead of hours.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "fallback_application_name": "relflow",
}
_VERSION = f"SELECT version_num AS version FROM {MARK}"  # noqa: S608 - a constant
_FOUND = f"""
    SELECT to_regclass('{MARK}') IS NOT NULL AS ours, pg_encoding_to_char(encoding) AS encoding,
      (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p'))
      AS tables
    FROM pg_database WHERE datname = current_database()"""  # noqa: S608 - a constant
_COUNT_ON = "SELECT setval(pg_get_serial_sequence('project', 'id'), max(id)) FROM project HAVING max(id) > 0"
_UNSAFE = "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name"


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """The database that a URL `postgresql+psycopg://…` names; libpq heeds all that stands in it."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        """The URL without password and parameters."""
        scheme, _, rest = self.url.partition("?")[0].partition("://")
        who, at, where = rest.rpartition("@")
        return f"{scheme}://{who.partition(':')[0]}{at}{where}"

    def exists(self) -> bool:
        """Whether relflow's tables are there."""
        with translated(self), closing(PostgresConnection(self.connected())) as connection:
            return bool(connection.execute(_FOUND).fetchone()["ours"])

    @contextmanager
    def reading(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Iterator[PostgresConnection]:
        """A look without a lock, at a standby too."""
        with translated(self), closing(self.opened(busy_timeout_ms)) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def writer(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "PostgresWriter":
        """Refuses at once what is no database of ours; that connection is the first one's."""
        from relflow.store.postgres.writing import PostgresWriter

        with translated(self):
            return PostgresWriter(self, self.opened(), busy_timeout_ms)

    def translated(self) -> AbstractContextManager[None]:
        """With PostgreSQL's errors as sentences about the database."""
        return translated(self)

    def damage(self, connection: Connection, *, is_quick: bool = False) -> list[str]:
        """Settings under which a commit is not on the disk; the pages themselves are PostgreSQL's own to check."""
        return [] if is_quick else _unsafe(connection)

    def unsafe_settings(self) -> list[str]:
        """Those of the server."""
        with self.reading() as connection:
            return _unsafe(connection)

    def lost_guards(self, connection: Connection) -> list[str]:
        """The triggers that are missing, switched off, or do something else."""
        return lost_guards(connection)

    def count_on(self, connection: Connection) -> None:
        """The sequence knows of nothing but its own numbers."""
        connection.execute(_COUNT_ON)

    def prepare(self, mode: int) -> None:
        """Refuse a database of another program, of a newer relflow, or that cannot hold every character."""
        with translated(self), closing(PostgresConnection(self.connected())) as connection:
            found = connection.execute(_FOUND).fetchone()
            if found["ours"]:
                must_not_be_newer(self, _version(connection))
            elif found["tables"]:
                why = ("it has tables of another program",)
                raise SetupError(f"{self} is not relflow's database", why, ("createdb NAME     for relflow", NAMES_IT))
            elif found["encoding"] != "UTF8":
                why = (f"its encoding is {found['encoding']}",)
                raise SetupError(f"{self} cannot hold every name", why, ("createdb --encoding UTF8 NAME",))

    def opened(self, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> PostgresConnection:
        """A connection in autocommit mode to a database that is ours and of today."""
        connection = PostgresConnection(self.connected(busy_timeout_ms=busy_timeout_ms))
        try:
            must_be_todays(self, _version(connection))
        except errors.UndefinedTable:
            connection.close()
            why = "it is empty, or belongs to another program"
            steps = ("relflow db upgrade     makes relflow's tables in an empty one", NAMES_IT)
            raise SetupError(f"{self} is not relflow's database", (why,), steps) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def connected(self, *, autocommit: bool = True, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Psycopg[Any]":
        """A new connection as the URL asks for it. Raises SetupError where there is none."""
        try:
            wanted = {**_DEFAULTS, **conninfo_to_dict(self.url.replace("+psycopg", "", 1))}
        except ProgrammingError:  # its text may repeat the URL
            why = ("PostgreSQL's library does not understand it",)
            raise SetupError(f"the address {self} cannot be used", why, (NAMES_IT,)) from None
        if busy_timeout_ms < BUSY_TIMEOUT_MS:
            wanted["connect_timeout"] = "2"  # somebody waits who has little patience; less libpq does not know
        wanted |= {"client_encoding": "utf8"}
        try:
            # No prepared statements: a pooler may hand each transaction another connection.
            return connect(**wanted, autocommit=autocommit, prepare_threshold=None)  # type: ignore[arg-type]
        except OperationalError as exc:
            raise unreachable(self, exc) from exc


def _unsafe(connection: Connection) -> list[str]:
    unsafe = connection.execute(_UNSAFE).fetchall()
    return [f"{row['name']} is off: what was recorded can be lost with the machine's power" for row in unsafe]


def _version(connection: PostgresConnection) -> int:
    return int(connection.execute(_VERSION).fetchone()["version"])
