"""The connection that is kept between transactions: opened once, never to a file that is no longer there."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from relflow.service.holding import hold
from relflow.store.checking import verify_log
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.team import LOG, Team, done


def test_transactions_share_one_connection(team: Team, file: Path) -> None:
    """Opening and closing the file costs more than a transaction does."""
    assert isinstance(team.store, SqlStore)
    used = []
    for _ in range(3):
        with team.store.write() as tx:
            used.append(tx._connection)
    assert used[0] is used[1] is used[2]


def test_a_restored_file_is_written_and_not_the_one_that_was_moved_away(team: Team, file: Path, tmp_path: Path) -> None:
    """A record that goes to a file which nobody finds again would be lost without a word."""
    assert isinstance(team.store, SqlStore)
    team.store.close()
    before = verify_log(SqliteHome(file), LOG).records
    shutil.copy(file, tmp_path / "restored.db")
    done(hold(team.app("rita"), "1.4.0", "written before the restore"))
    for each in (file, *file.parent.glob(f"{file.name}-*")):
        each.rename(tmp_path / f"broken-{each.name}")
    (tmp_path / "restored.db").rename(file)
    done(hold(team.app("rita"), "1.4.0", "written after the restore"))
    assert verify_log(SqliteHome(file), LOG).records == before + 1


ENDS = """
import sys
from pathlib import Path
from relflow.adapters.clock import SystemClock
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
store = SqlStore(SqliteHome(Path(sys.argv[1])), sys.argv[2], SystemClock(), "test")
with store.write():
    pass
"""


def test_a_process_that_ends_leaves_nothing_beside_the_file(team: Team, file: Path) -> None:
    """What SQLite keeps beside the file goes with the last connection."""
    assert isinstance(team.store, SqlStore)
    team.store.close()
    subprocess.run([sys.executable, "-W", "error", "-c", ENDS, str(file), LOG], check=True)
    assert [each.name for each in file.parent.glob(f"{file.name}*")] == [file.name]
    assert sqlite3.connect(file).execute("PRAGMA journal_mode").fetchone()[0] == "wal"
