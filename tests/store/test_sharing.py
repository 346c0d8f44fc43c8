"""A folder that a group shares, and what is made in it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.store.schema import upgrade
from relflow.store.sharing import FILE_MODE, share
from relflow.store.sqlite import SqliteHome


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A umask that takes everything from the others."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_new_folder_is_the_groups_whatever_the_umask(tmp_path: Path) -> None:
    """Its setgid bit hands the group on to what is made in it; a second time it is only checked."""
    folder = tmp_path / "shared"
    assert share(folder)
    assert folder.stat().st_mode & 0o7777 == 0o2770
    assert not share(folder)


def test_the_database_and_what_sqlite_keeps_beside_it_are_the_groups(tmp_path: Path) -> None:
    """0660 for the file, its log and its index: who may not write those cannot use the file."""
    folder = tmp_path / "shared"
    share(folder)
    upgrade(SqliteHome(folder / "x.db"), FILE_MODE)
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        connection.execute("CREATE TABLE x (y)")
        modes = {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}
        assert modes == {"x.db": 0o660, "x.db-wal": 0o660, "x.db-shm": 0o660}
    upgrade(SqliteHome(tmp_path / "own.db"))
    assert (tmp_path / "own.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o770, 0o2750, 0o755, 0o2700])
def test_a_folder_that_is_not_shared_is_refused(tmp_path: Path, mode: int) -> None:
    """Without the setgid bit, or without the group's rights; the message has the command that mends it."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(SetupError, match="not shared") as caught:
        share(folder)
    assert caught.value.next_step == (f"chmod g+rwxs {folder}",)
    assert folder.stat().st_mode & 0o7777 == mode


def test_what_cannot_be_a_folder(tmp_path: Path) -> None:
    """A file, or a folder below nothing."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "none" / "shared"):
        with pytest.raises(SetupError, match=r"not a folder|cannot make"):
            share(place)
