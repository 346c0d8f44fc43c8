"""A real PostgreSQL server for the tests: each test process starts its own at the first need, and stops it at its end.

Its files are in memory where there is room, since to make a database is to make three hundred files. People come in by
trust, but for the role `guarded`, who needs a password.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from benchmarks import server
from benchmarks.server import binaries, free_port, new_folder
from relflow.store.postgres.home import PostgresHome
from relflow.store.schema import upgrade
from relflow.store.tables import METADATA

#: What a database of relflow's is copied from.
EMPTY = "relflow_empty"
#: Linux's folder in memory.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a new folder of a name that nobody knows before is made in it
#: Bytes that the servers of a few processes need there; a container's folder may be smaller than one of them.
_ROOM = 2**30
_ACCESS = "host all guarded all scram-sha-256\n"
TABLES = [table.name for table in reversed(METADATA.sorted_tables)]
#: The guards are passed by as only a superuser can.
_EMPTIED = (
    "SET session_replication_role = replica",
    *(f"DELETE FROM {table}" for table in TABLES),  # noqa: S608 - constants
)
#: What is shared goes with the folder, and old pages of the log make room for new ones soon.
_SETTINGS = """\
max_connections = 200
shared_buffers = 16MB
dynamic_shared_memory_type = mmap
max_wal_size = 64MB
"""


@dataclass
class Server(server.Server):
    """A server that runs, and the databases made in it."""

    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _empty: list[str] = field(default_factory=list)

    @contextmanager
    def database(self, template: str = EMPTY) -> Iterator[str]:
        """The name of a new database with relflow's tables and nothing in them; gone afterwards."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def home(self) -> Iterator[PostgresHome]:
        """One with relflow's tables and nothing in them. It may have been used before: only rows are taken away.

        One whose guards a test took out is not used again.
        """
        if self._empty:
            name = self._empty.pop()
        else:
            name = f"used_{next(self._numbers)}"
            self.run(f"CREATE DATABASE {name} TEMPLATE {EMPTY}")
        home = PostgresHome(self.url(name))
        yield home
        with home.reading() as connection:
            is_whole = not home.lost_guards(connection)
        if is_whole:
            self.run(*_EMPTIED, database=name)
            self._empty.append(name)

    @contextmanager
    def standby(self) -> Iterator[int]:
        """The port of a second server that follows this one."""
        port, copy = free_port(), self.folder / "standby"
        source = ("-h", str(self.folder), "-p", str(self.port), "-U", "postgres")
        self.as_postgres("pg_basebackup", *source, "-D", str(copy), "-R", "-c", "fast")
        self.as_postgres("pg_ctl", "-D", str(copy), "-w", "-o", f"-p {port}", "start")
        try:
            yield port
        finally:
            self.as_postgres("pg_ctl", "-D", str(copy), "-w", "-m", "immediate", "stop")
            shutil.rmtree(copy)


_RUNNING: list[Server] = []


def running() -> Server:
    """This process's server. Where no binaries are, the test is skipped, or fails where they were called required."""
    found = binaries()
    if found is None:
        why = "there is no PostgreSQL server here: apt-get install postgresql"
        if os.environ.get("RELFLOW_POSTGRES") == "required":
            pytest.fail(why)
        pytest.skip(why)
    if not _RUNNING:
        _RUNNING.append(_started(found))
    return _RUNNING[0]


def stop() -> None:
    """Stop it, if it runs."""
    while _RUNNING:
        _RUNNING.pop().stop()


def _is_roomy(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM


def _started(programs: Path) -> Server:
    made = Server(programs, new_folder(_MEMORY if _is_roomy(_MEMORY) else None))
    made.start(_SETTINGS, _ACCESS)
    made.run(f"CREATE DATABASE {EMPTY}")
    upgrade(PostgresHome(made.url(EMPTY)))
    return made
