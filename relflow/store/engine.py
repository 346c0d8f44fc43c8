"""SQLAlchemy's engines, for what makes and migrates the schema: one set of tables and migrations serves both homes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, Integer, NullPool, String, create_engine, event
from sqlalchemy.ext.compiler import compiles

from relflow.store.home import SCHEMA_VERSION, Home
from relflow.store.opening import APPLICATION_ID
from relflow.store.postgres import MARK
from relflow.store.sqlite import SqliteHome
from relflow.store.writing import open_writer

if TYPE_CHECKING:
    from relflow.store.postgres.home import PostgresHome

#: The table that names the last migration, by dialect. A file's header says whose it is; in PostgreSQL this name does.
_VERSION_TABLES = {"sqlite": "alembic_version", "postgresql": MARK}


def engine_of(home: Home) -> Engine:
    """An engine whose transactions begin with a lock, so that two upgrades of one database take turns."""
    return sqlite_engine(home.file) if isinstance(home, SqliteHome) else postgres_engine(cast("PostgresHome", home))


def sqlite_engine(file: Path) -> Engine:
    """One for a file: `BEGIN IMMEDIATE` is the write lock."""
    engine = create_engine("sqlite://", creator=lambda: open_writer(file), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def postgres_engine(home: "PostgresHome") -> Engine:
    """One for PostgreSQL: the lock has a number of its own."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: home.connected(autocommit=False), poolclass=NullPool
    )
    lock = f"SELECT pg_advisory_xact_lock({APPLICATION_ID})"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(lock))
    return engine


def version_table(connection: Connection) -> str:
    """Where Alembic keeps the last migration's name."""
    return _VERSION_TABLES[connection.dialect.name]


def mark(connection: Connection) -> None:
    """Say that the database is ours and has this version's schema; in PostgreSQL the table of migrations says so."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


@compiles(String, "postgresql")
def _in_bytes_order(kind: String, compiler: Any, **more: Any) -> str:
    """Text that is ordered by its bytes, as SQLite orders it, whatever the database's language is."""
    text: str = compiler.visit_VARCHAR(kind, **more)
    return f'{text} COLLATE "C"'


@compiles(Integer, "postgresql")
def _of_eight_bytes(_: Integer, compiler: Any, **__: Any) -> str:
    """GitLab counts its jobs beyond what four bytes hold."""
    return "BIGINT"
