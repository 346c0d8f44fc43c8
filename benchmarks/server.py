"""A PostgreSQL server that is thrown away, of the binaries that are here. The tests start theirs by it too.

Its language is English by ICU, not C: what relies on the order of bytes must ask for it. People come in by trust.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

#: Debian's place for a server's binaries, which are on nobody's PATH.
DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
"""


@cache
def binaries() -> Path | None:
    """The folder of the newest server's programs, if one is installed."""
    on_path = shutil.which("postgres")
    found = sorted(DEBIAN.glob("*/bin/postgres")) or ([Path(on_path).resolve()] if on_path else [])
    return found[-1].parent if found else None


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def new_folder(within: Path | None = None) -> Path:
    """One that belongs to the server, where temporary ones are unless it is said."""
    folder = Path(tempfile.mkdtemp(prefix="relflow-postgres-", dir=within))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


@dataclass
class Server:
    """A server in a folder of its own."""

    binaries: Path
    folder: Path = field(default_factory=new_folder)
    port: int = field(default_factory=free_port)

    def url(self, database: str, role: str = "postgres", port: int | None = None) -> str:
        """How relflow is told of a database."""
        return f"postgresql+psycopg://{role}@127.0.0.1:{port or self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the server's owner; the rows of the last one."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True) as it:
            for statement in statements:
                cursor = it.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self, settings: str = "", access: str = "") -> None:
        """Make its files, and start it. `access` are lines of pg_hba.conf that come before trust."""
        data = self.folder / "data"
        language = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8")
        self.as_postgres("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", *language)
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(_SETTINGS.format(folder=self.folder, port=self.port) + settings)
        rules = data / "pg_hba.conf"
        rules.write_text(access + rules.read_text())
        self.as_postgres("pg_ctl", "-D", str(data), "-w", "start")

    def stop(self) -> None:
        """Stop it, and take its files away."""
        self.as_postgres("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def as_postgres(self, program: str, *words: str) -> None:
        """Run one of the server's programs; it refuses to run as root."""
        is_root = os.geteuid() == 0
        user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root else {}
        with (self.folder / "said").open("a+") as said:  # a pipe would stay open as long as the server runs
            command = [str(self.binaries / program), *words]
            ended = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, **user
            )
        if ended.returncode:
            raise RuntimeError((self.folder / "said").read_text())
