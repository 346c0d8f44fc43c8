"""A quick look at a database, as a checkup takes it: it tells what is wrong, and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.checkup.surroundings import DatabaseFacts
from relflow.store import network
from relflow.store.health import look_at_database
from relflow.store.home import Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.sqlite import SqliteHome
from tests import postgres
from tests.homes import as_owner


def test_a_sound_database(home: Home) -> None:
    """There is nothing to tell of either home."""
    assert look_at_database(home) == DatabaseFacts()


def test_a_guard_that_somebody_took_out(home: Home) -> None:
    """By its name, and once."""
    with as_owner(home) as connection:
        table = " ON audit" if isinstance(home, PostgresHome) else ""
        connection.execute(f"DROP TRIGGER audit_next_only{table}")
    assert look_at_database(home) == DatabaseFacts(lost_guards=("audit_next_only",))


def test_rows_that_belong_to_nothing(file: Path) -> None:
    """What SQLite's quick checks find is told."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE release SET project_id = 99")
    damage = look_at_database(SqliteHome(file)).damage
    assert {each.partition(" has no ")[2] for each in damage} == {"project", "release"}


def test_a_setting_that_does_not_hold(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What refuses a writer is told before there is one."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text("36 35 98:0 / / rw - nfs server:/ rw\n")
    monkeypatch.setattr(network, "MOUNTS", mounts)
    [sentence] = look_at_database(SqliteHome(file)).unsafe_settings
    assert "its disk is a network's" in sentence


def test_a_copy_in_another_journal_mode_is_left_alone(file: Path, tmp_path: Path) -> None:
    """A restored backup gets its mode from the first writer, not from who only looks."""
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    before = copy.read_bytes()
    assert look_at_database(SqliteHome(copy)) == DatabaseFacts()
    assert copy.read_bytes() == before


def test_a_look_writes_nothing(file: Path) -> None:
    """Not a byte."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    look_at_database(SqliteHome(file))
    assert file.read_bytes() == before


@pytest.mark.slow
def test_a_server_that_does_not_keep_what_is_committed() -> None:
    """The database's settings as they are for who connects to it."""
    server = postgres.running()
    with server.home() as home:
        assert home.unsafe_settings() == []
        with closing(home.connected()) as connection:
            fsync = connection.execute("SELECT setting FROM pg_settings WHERE name = 'fsync'").fetchone()
    assert fsync == ("on",)
