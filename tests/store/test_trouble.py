"""Locks, full disks and missing rights become a sentence, and leave nothing half-done."""

import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from relflow.core.errors import SetupError, StoreBusy
from relflow.core.events import ClockAnomaly, ProjectRegistered, ReleaseHeld, ReleaseResumed
from relflow.core.people import itself, user
from relflow.service.holding import hold
from relflow.store.checking import verify_log
from relflow.store.home import Home
from relflow.store.opening import PRAGMAS
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from relflow.store.writing import SqliteWriter
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, Team, done
from tests.homes import as_owner


def test_a_lock_that_does_not_come_free_is_busy(crew: Team, home: Home) -> None:
    """Trying again is sensible, and nothing was changed."""
    impatient = SqlStore(home, LOG, crew.clock, TOOL, busy_timeout_ms=20)
    with crew.store.write(), pytest.raises(StoreBusy, match="locked"), impatient.write():
        pass
    with impatient.write():
        """It is free now."""
    impatient.close()


def test_readers_do_not_wait_for_a_writer(crew: Team) -> None:
    """A look while somebody writes sees the last committed state."""
    with crew.store.write() as tx:
        tx.record(
            [ReleaseHeld(at=tx.at, actor=user("anna", 11), release="1.4.0", revision=1, target="held", reason="x")]
        )
        assert tx.release("1.4.0") != crew.release("1.4.0")


def test_a_look_stays_what_it_was(crew: Team) -> None:
    """What is committed meanwhile is not seen by a book that is open; a transaction sees it at once."""
    with crew.store.read() as book:
        before = book.release("1.4.0")
        done(hold(crew.app("dana"), "1.4.0", "meanwhile"))
        assert book.release("1.4.0") == before
        assert book.environment("dev") is not None
    assert crew.release("1.4.0").state == "held"


def test_an_exception_leaves_nothing_of_a_transaction(crew: Team, home: Home) -> None:
    """Records and rows go together, or not at all."""
    with crew.store.read() as book:
        release = book.release("1.5.0")
    records = verify_log(home, LOG).records
    with pytest.raises(RuntimeError, match="boom"):
        _write_and_fail(crew)
    assert crew.release("1.5.0") == release
    assert verify_log(home, LOG).records == records


def _write_and_fail(team: Team) -> None:
    with team.store.write() as tx:
        event = ReleaseResumed(
            at=tx.at, actor=user("anna", 11), release="1.5.0", revision=1, source="held", target="tested", reason="x"
        )
        tx.record([event])
        raise RuntimeError("boom")


def test_what_somebody_wrote_while_the_lock_was_waited_for_is_seen(crew: Team, home: Home) -> None:
    """Nothing is read before the lock is there: eight writers at once make one chain, and lose no word."""

    def one(number: int) -> None:
        store = SqlStore(home, LOG, crew.clock, TOOL)
        with store.write() as tx:
            for _ in range(3):
                tx.record([ClockAnomaly(at=tx.at, actor=itself(f"writer-{number}"), clock=tx.at)])
        store.close()

    before = verify_log(home, LOG).records
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    report = verify_log(home, LOG)
    assert (report.ok, report.records) == (True, before + 24)


def test_a_project_is_registered_once(empty: Home) -> None:
    """Before it has a row, those who would register it take turns as well."""

    def one(_: int) -> bool:
        store = SqlStore(empty, LOG, SteppingClock(), TOOL)
        try:
            with store.write() as tx:
                if tx.project() is None:
                    tx.record(
                        [ProjectRegistered(at=tx.at, actor=itself("x"), path="g/x", url="https://g/x", project_id=5)]
                    )
                    return True
                return False
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]


def test_a_full_disk_is_said_and_changes_nothing(team: Team, file: Path) -> None:
    """SQLITE_FULL, made real by a limit on the number of pages, rolls everything back."""
    store = SqlStore(SqliteHome(file), LOG, team.clock, TOOL)

    with store.write() as tx:  # its connection is the one that the next transactions take
        pages = tx._connection.execute("PRAGMA page_count").fetchone()[0]
        tx._connection.execute(f"PRAGMA max_page_count = {pages}")
    team.store = store
    with pytest.raises(SetupError, match="no space"):
        _fill(team)
    assert verify_log(SqliteHome(file), LOG).ok


def _fill(team: Team) -> None:
    for _ in range(200):
        hold(team.app("dana"), "1.4.0", "x" * 4000)


AS_NOBODY = """
import os, sys
from pathlib import Path
from relflow.adapters.clock import SystemClock
from relflow.core.errors import SetupError
from relflow.store.sql import SqlStore
from relflow.store.writing import SqliteWriter
from relflow.store.sqlite import SqliteHome
import sqlalchemy.dialects.sqlite, encodings.idna
if os.geteuid() == 0:
    os.setuid(65534)
try:
    with SqlStore(SqliteHome(Path(sys.argv[1])), sys.argv[2], SystemClock(), "test").write():
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


def test_a_clock_that_ran_back_is_noted_and_breaks_nothing(crew: Team, home: Home) -> None:
    """Times never decrease in the log; the clock's own time stands in a clock_anomaly."""
    crew.clock.jump(timedelta(hours=-1))
    result = done(hold(crew.app("dana"), "1.4.0", "clock"))
    assert [each.event.name for each in result.recorded] == ["clock_anomaly", "release_held"]
    assert verify_log(home, LOG).ok


def test_settings_that_do_not_hold_are_refused(tmp_path: Path) -> None:
    """A connection that did not take a setting is refused instead of trusted."""
    kept = dict(PRAGMAS)
    PRAGMAS["synchronous"] = ("OFF", 2)
    file = tmp_path / "x.db"
    sqlite3.connect(file).close()
    try:
        with pytest.raises(SetupError, match="cannot be written safely"), SqliteWriter(file).transaction():
            pass
    finally:
        PRAGMAS.clear()
        PRAGMAS.update(kept)


def test_numbers_and_letters_are_kept_whole(crew: Team, home: Home) -> None:
    """GitLab counts beyond what four bytes hold, and names have every letter."""
    values = {"id": 2**63 - 1, "path": "größe/\u202e🚀"}
    with as_owner(home) as connection:
        connection.execute("UPDATE project SET gitlab_project_id = :id, path = :path", values)
    with crew.store.read() as book:
        project = book.project()
    assert project is not None
    assert (project.project_id, project.path) == (values["id"], values["path"])
