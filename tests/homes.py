"""Both homes of the store, for what must hold in either."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from relflow.store.home import Connection, Home
from relflow.store.opening import SqliteConnection
from relflow.store.postgres.home import PostgresHome
from relflow.store.postgres.speaking import PostgresConnection
from relflow.store.sqlite import SqliteHome
from tests import postgres
from tests.empty import empty_database

#: As parameters: the same facts on PostgreSQL are slow.
HOMES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


@contextmanager
def empty_home(kind: str, folder: Path) -> Iterator[Home]:
    """A home of that kind with nothing in it; a file is made in the folder."""
    if kind == "sqlite":
        yield empty_database(folder / "releases.db")
        return
    with postgres.running().home() as found:
        yield found


@contextmanager
def as_owner(home: Home, *, guarded: bool = True) -> Iterator[Connection]:
    """A connection that may do whatever the database's owner can, committed at the end; the guards may be off."""
    if isinstance(home, PostgresHome):
        with closing(PostgresConnection(home.connected())) as connection:
            connection.execute("BEGIN")
            if not guarded:
                connection.execute("SET LOCAL session_replication_role = replica")
            yield connection
            connection.execute("COMMIT")
        return
    assert isinstance(home, SqliteHome)
    with closing(sqlite3.connect(home.file, factory=SqliteConnection)) as file:
        file.row_factory = sqlite3.Row
        for name in ("convert_to", "convert_from"):  # as PostgreSQL has them, so that edits are written once
            file.create_function(name, 2, _encoded if name == "convert_to" else _decoded)
        found = [] if guarded else file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for each in found:
            file.execute(f"DROP TRIGGER {each['name']}")
        yield file
        for each in found:
            file.execute(each["sql"])
        file.commit()


def _encoded(text: str, _: str) -> bytes:
    return text.encode()


def _decoded(raw: bytes, _: str) -> str:
    return raw.decode()
