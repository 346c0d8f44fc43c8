"""Locks, full disks and missing rights become a sentence, and leave nothing half-done."""

import sqlite3
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from relflow.core.errors import SetupError, StoreBusy
from relflow.core.events import ReleaseResumed
from relflow.core.people import user
from relflow.service.holding import hold
from relflow.store.checking import verify_log
from relflow.store.opening import PRAGMAS
from relflow.store.sqlite import SqliteStore
from relflow.store.writing import Writer
from tests.doubles.team import LOG, TOOL, Team, done


def test_a_lock_that_does_not_come_free_is_busy(team: Team, file: Path) -> None:
    """Trying again is sensible, and nothing was changed."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    impatient = SqliteStore(file, LOG, team.clock, TOOL, busy_timeout_ms=20)
    with pytest.raises(StoreBusy, match="locked"), impatient.write():
        pass
    holder.close()


def test_readers_do_not_wait_for_a_writer(team: Team, file: Path) -> None:
    """A look while somebody writes sees the last committed state."""
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("UPDATE release SET title = 'half-done'")
    assert team.release("1.4.0").title is None
    holder.close()


def test_an_exception_leaves_nothing_of_a_transaction(team: Team, file: Path) -> None:
    """Records and rows go together, or not at all."""
    with team.store.read() as book:
        release = book.release("1.5.0")
    records = verify_log(file, LOG).records
    with pytest.raises(RuntimeError, match="boom"):
        _write_and_fail(team)
    assert team.release("1.5.0") == release
    assert verify_log(file, LOG).records == records


def _write_and_fail(team: Team) -> None:
    with team.store.write() as tx:
        event = ReleaseResumed(
            at=tx.at, actor=user("anna", 11), release="1.5.0", revision=1, source="held", target="tested", reason="x"
        )
        tx.record([event])
        raise RuntimeError("boom")


def test_a_full_disk_is_said_and_changes_nothing(team: Team, file: Path) -> None:
    """SQLITE_FULL, made real by a limit on the number of pages, rolls everything back."""
    store = SqliteStore(file, LOG, team.clock, TOOL)

    with store.write() as tx:  # its connection is the one that the next transactions take
        pages = tx._connection.execute("PRAGMA page_count").fetchone()[0]
        tx._connection.execute(f"PRAGMA max_page_count = {pages}")
    team.store = store
    with pytest.raises(SetupError, match="no space"):
        _fill(team)
    assert verify_log(file, LOG).ok


def _fill(team: Team) -> None:
    for _ in range(200):
        hold(team.app("dana"), "1.4.0", "x" * 4000)


AS_NOBODY = """
import os, sys
from pathlib import Path
from relflow.adapters.clock import SystemClock
from relflow.core.errors import SetupError
from relflow.store.sqlite import SqliteStore
from relflow.store.writing import Writer
import sqlalchemy.dialects.sqlite, encodings.idna
if os.geteuid() == 0:
    os.setuid(65534)
try:
    with SqliteStore(Path(sys.argv[1]), sys.argv[2], SystemClock(), "test").write():
        print("written")
except SetupError as exc:
    print("said:", exc.what)
"""


def test_a_database_without_rights_is_said(file: Path) -> None:
    """Somebody who may read the file and not write it gets a sentence about rights instead of a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "releases.db"
        copy.write_bytes(file.read_bytes())
        Path(folder).chmod(0o555)
        copy.chmod(0o444)
        command = [sys.executable, "-c", AS_NOBODY, str(copy), LOG]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        Path(folder).chmod(0o755)
    assert "cannot be written" in shown.stdout, (shown.stdout, shown.stderr)


def test_a_clock_that_ran_back_is_noted_and_breaks_nothing(team: Team, file: Path) -> None:
    """Times never decrease in the log; the clock's own time stands in a clock_anomaly."""
    team.clock.jump(timedelta(hours=-1))
    result = done(hold(team.app("dana"), "1.4.0", "clock"))
    assert [each.event.name for each in result.recorded] == ["clock_anomaly", "release_held"]
    assert verify_log(file, LOG).ok


def test_settings_that_do_not_hold_are_refused(tmp_path: Path) -> None:
    """A connection that did not take a setting is refused instead of trusted."""
    kept = dict(PRAGMAS)
    PRAGMAS["synchronous"] = ("OFF", 2)
    file = tmp_path / "x.db"
    sqlite3.connect(file).close()
    try:
        with pytest.raises(SetupError, match="cannot be written safely"), Writer(file).transaction():
            pass
    finally:
        PRAGMAS.clear()
        PRAGMAS.update(kept)
