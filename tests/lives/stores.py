"""Where a life is kept: in memory, in a file of SQLite, or in PostgreSQL."""

import shutil
from pathlib import Path
from typing import Protocol

from relflow.service.ports import Store
from relflow.store.book import SqlBook
from relflow.store.checking import records
from relflow.store.home import Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.store import MemoryStore
from tests.doubles.team import LOG, TOOL, sqlite_store
from tests.lives.openings import Opening, in_memory, memory_of, opened
from tests.lives.schedule import TrueClock


class Stores(Protocol):
    """A way to keep lives."""

    def opened(self, name: str, clock: TrueClock) -> tuple[Opening, Store]:
        """The opening of that name, and a store of its own that begins with it."""

    def records(self, store: Store) -> tuple[bytes, ...]:
        """The whole log of a store that was opened here, oldest record first."""


class InMemory:
    """The store in memory: an opening is shared, as nothing changes what is committed."""

    def opened(self, name: str, clock: TrueClock) -> tuple[Opening, Store]:
        """The opening, made once, and a copy."""
        opening = in_memory(name)
        return opening, memory_of(opening).copy(clock)

    def records(self, store: Store) -> tuple[bytes, ...]:
        """The committed log."""
        assert isinstance(store, MemoryStore)
        return store.records


class InSqlite:
    """Files in a folder: each opening is one, and each life gets a copy of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lives = folder, 0
        self._openings: dict[str, Opening] = {}

    def opened(self, name: str, clock: TrueClock) -> tuple[Opening, Store]:
        """The opening, made once, and a copy of its file."""
        if name not in self._openings:
            (self._folder / name).mkdir()
            self._openings[name] = opened(name, lambda steps: sqlite_store(steps, self._folder / name))
            _closed(self._openings[name].store)
        self._lives += 1
        shutil.copyfile(self._folder / name / "releases.db", self._file())
        return self._openings[name], SqlStore(SqliteHome(self._file()), LOG, clock, TOOL)

    def _file(self) -> Path:
        return self._folder / f"life-{self._lives}.db"

    def records(self, store: Store) -> tuple[bytes, ...]:
        """What the file of the last life holds."""
        return _records(store, SqliteHome(self._file()))


class InPostgres:
    """A database with nothing in it, for one life: its opening is played there first."""

    def __init__(self, home: PostgresHome) -> None:
        self._home = home

    def opened(self, name: str, clock: TrueClock) -> tuple[Opening, Store]:
        """The opening, and a store that goes on where it ended."""
        opening = opened(name, lambda steps: SqlStore(self._home, LOG, steps, TOOL))
        _closed(opening.store)
        return opening, SqlStore(self._home, LOG, clock, TOOL)

    def records(self, store: Store) -> tuple[bytes, ...]:
        """What the database holds."""
        return _records(store, self._home)


def _records(store: Store, home: Home) -> tuple[bytes, ...]:
    _closed(store)
    with home.reading() as connection:
        return tuple(records(connection, SqlBook(connection, LOG)))


def _closed(store: Store) -> None:
    """All of it is in the database then, and nothing beside it."""
    assert isinstance(store, SqlStore)
    store.close()
