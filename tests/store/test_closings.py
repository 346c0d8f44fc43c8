"""Freezes and locks in the rows: an edit of them is seen, the log brings them back, and a copy has them."""

from datetime import timedelta
from pathlib import Path

import pytest

from relflow.service.freezing import add_freeze, end_freeze, lock, unlock
from relflow.store.book import SqlBook
from relflow.store.checking import verify_log
from relflow.store.copying import copy
from relflow.store.home import Home
from relflow.store.rebuilding import rebuild
from relflow.store.sqlite import SqliteHome
from tests.doubles.clock import START
from tests.doubles.team import LOG, Team
from tests.homes import as_owner


@pytest.fixture
def closed(crew: Team, home: Home) -> Home:
    """Two freezes, one of them ended; dev was locked twice, prod is unlocked again."""
    anna = crew.app("anna")
    for number in (1, 2):
        add_freeze(anna, "prod", START, START + number * timedelta(days=9), "inventory")
    end_freeze(anna, 1, "counted")
    for name in ("dev", "prod"):
        lock(anna, name, None, "no room")
    unlock(anna, "prod", "room again")
    unlock(anna, "dev", "room again")
    lock(anna, "dev", START + timedelta(days=1), "no room again")
    return home


def rows(home: Home) -> list[object]:
    """What stands in the tables of freezes and locks."""
    with home.reading() as connection:
        book = SqlBook(connection, LOG)
        return [book.find_freeze(1), book.find_freeze(2), book.last_lock("dev"), book.last_lock("prod")]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE freeze_period SET ends_at = '2099-01-01T00:00:00.000000Z' WHERE id = 2", "freeze 2"),
        ("UPDATE freeze_period SET reason = 'fun' WHERE id = 1", "freeze 1"),
        ("DELETE FROM freeze_period WHERE id = 2", "freeze 2"),
        ("UPDATE environment_lock SET locked_until = NULL WHERE environment = 'dev'", "lock of dev"),
        ("DELETE FROM environment_lock WHERE environment = 'dev'", "lock of dev"),
    ],
)
def test_an_edit_is_seen_and_mended(closed: Home, statement: str, said: str) -> None:
    """The layer of rows names the freeze or the lock; a rebuild gives back what was there."""
    before = rows(closed)
    assert verify_log(closed, LOG).ok
    with as_owner(closed) as connection:
        connection.execute(statement)
    (layer,) = (each for each in verify_log(closed, LOG).layers if each.layer == "rows")
    assert (layer.ok, layer.detail) == (False, f"not what the log leads to: {said}")
    rebuild(closed)
    assert verify_log(closed, LOG).ok
    assert rows(closed) == before


def test_a_copy_has_them(closed: Home, tmp_path: Path) -> None:
    """Moved into another home, all of it stands there."""
    target = SqliteHome(tmp_path / "copy.db")
    (report,) = copy(closed, target)
    assert report.ok
    assert rows(target) == rows(closed)
