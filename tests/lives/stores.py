"""Where a life is kept: in memory, or in a file of SQLite. PostgreSQL is to be a third of these."""

import shutil
from pathlib import Path
from typing import Protocol

from relflow.service.ports import Store
from relflow.store.book import SqlBook
from relflow.store.checking import records
from relflow.store.opening import open_reader
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
        _closed(store)
        connection = open_reader(self._file())
        try:
            return tuple(records(connection, SqlBook(connection, LOG)))
        finally:
            connection.close()


def _closed(store: Store) -> None:
    """All of it is in the one file then."""
    assert isinstance(store, SqlStore)
    store.close()
