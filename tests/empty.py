"""An empty database in a file, made once in each process and copied: to make one takes longer than most tests."""

import tempfile
from functools import cache
from pathlib import Path

from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "releases.db"
        upgrade(SqliteHome(file))
        return file.read_bytes()


def empty_database(file: Path) -> SqliteHome:
    """That new file with nothing in it, as `relflow db upgrade` leaves it."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(_made())
    return SqliteHome(file)
