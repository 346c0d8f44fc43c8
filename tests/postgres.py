"""A real PostgreSQL server for the tests: each test process starts its own at the first need, and stops it at its end.

Its language is English by ICU, not C: what relies on the order of bytes must ask for it. People come in by trust, but
for the role `guarded`, who needs a password.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from relflow.store.postgres.home import PostgresHome
from relflow.store.schema import upgrade
from relflow.store.tables import METADATA

#: Debian's place for a server's binaries, which are on nobody's PATH.
DEBIAN = Path("/usr/lib/postgresql")
#: What a database of relflow's is copied from.
EMPTY = "relflow_empty"
_ACCESS = """\
host all guarded all scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
local replication all trust
"""
TABLES = [table.name for table in reversed(METADATA.sorted_tables)]
#: The guards are passed by as only a superuser can.
_EMPTIED = (
    "SET session_replication_role = replica",
    *(f"DELETE FROM {table}" for table in TABLES),  # noqa: S608 - constants
)
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
max_connections = 200
shared_buffers = 16MB
"""


@dataclass
class Server:
    """A server that runs, and the databases made in it."""

    binaries: Path
    folder: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _empty: list[str] = field(default_factory=list)

    def url(self, database: str, role: str = "postgres", port: int | None = None) -> str:
        """How relflow is told of a database."""
        return f"postgresql+psycopg://{role}@127.0.0.1:{port or self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the server's owner; the rows of the last one."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True) as it:
            for statement in statements:
                cursor = it.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

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
        """One with relflow's tables and nothing in them. It may have been used before: only rows are taken away."""
        if self._empty:
            name = self._empty.pop()
        else:
            name = f"used_{next(self._numbers)}"
            self.run(f"CREATE DATABASE {name} TEMPLATE {EMPTY}")
        yield PostgresHome(self.url(name))
        self.run(*_EMPTIED, database=name)
        self._empty.append(name)

    @contextmanager
    def standby(self) -> Iterator[int]:
        """The port of a second server that follows this one."""
        port, copy = free_port(), self.folder / "standby"
        source = ("-h", str(self.folder), "-p", str(self.port), "-U", "postgres")
        self._as_postgres("pg_basebackup", *source, "-D", str(copy), "-R", "-c", "fast")
        self._as_postgres("pg_ctl", "-D", str(copy), "-w", "-o", f"-p {port}", "start")
        try:
            yield port
        finally:
            self._as_postgres("pg_ctl", "-D", str(copy), "-w", "-m", "immediate", "stop")
            shutil.rmtree(copy)

    def start(self) -> None:
        """Make its files, and start it."""
        data = str(self.folder / "data")
        language = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8")
        self._as_postgres("initdb", "-D", data, "-U", "postgres", "--auth=trust", *language)
        with (self.folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(folder=self.folder, port=self.port))
        (self.folder / "data" / "pg_hba.conf").write_text(_ACCESS)
        self._as_postgres("pg_ctl", "-D", data, "-w", "start")

    def stop(self) -> None:
        """Stop it, and take its files away."""
        self._as_postgres("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def _as_postgres(self, program: str, *words: str) -> None:
        """Run one of the server's programs; it refuses to run as root."""
        is_root = os.geteuid() == 0
        user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
        with (self.folder / "said").open("a+") as said:  # a pipe would stay open as long as the server runs
            command = [str(self.binaries / program), *words]
            ended = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, **user
            )
        assert ended.returncode == 0, (self.folder / "said").read_text()


_RUNNING: list[Server] = []


def running() -> Server:
    """This process's server. Where no binaries are, the test is skipped, or fails where they were called required."""
    binaries = _binaries()
    if binaries is None:
        why = "there is no PostgreSQL server here: apt-get install postgresql"
        if os.environ.get("RELFLOW_POSTGRES") == "required":
            pytest.fail(why)
        pytest.skip(why)
    if not _RUNNING:
        _RUNNING.append(_started(binaries))
    return _RUNNING[0]


def stop() -> None:
    """Stop it, if it runs."""
    while _RUNNING:
        _RUNNING.pop().stop()


@cache
def _binaries() -> Path | None:
    on_path = shutil.which("postgres")
    found = sorted(DEBIAN.glob("*/bin/postgres")) or ([Path(on_path).resolve()] if on_path else [])
    return found[-1].parent if found else None


def _started(binaries: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="relflow-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Server(binaries, folder, free_port())
    server.start()
    server.run(f"CREATE DATABASE {EMPTY}")
    upgrade(PostgresHome(server.url(EMPTY)))
    return server


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
