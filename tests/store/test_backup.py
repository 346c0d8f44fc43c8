"""A backup is whole and checked, or it is not there."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.service.holding import hold
from relflow.store import backup
from relflow.store.backup import back_up
from relflow.store.checking import verify_log
from relflow.store.health import check_database
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, Team, assembled, done, sqlite_store


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a little history, made once; for reading only."""
    folder, clock = tmp_path_factory.mktemp("past"), SteppingClock()
    assembled(sqlite_store(clock, folder), clock).tested("1.4.0")
    return folder / "releases.db"


@pytest.fixture
def still(past: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own, where nobody works on it."""
    return Path(shutil.copy(past, tmp_path / "releases.db"))


def dump(file: Path) -> list[str]:
    """Everything in the database, as SQL."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def names(folder: Path) -> set[str]:
    """What is in the folder, besides what SQLite keeps there while the database is open."""
    return {each.name for each in folder.iterdir() if not each.name.endswith(("-wal", "-shm"))}


def test_a_backup_holds_everything_and_was_checked(still: Path, tmp_path: Path) -> None:
    """The same tables, triggers and rows; its log verifies; nobody else may read it, and nothing else is left."""
    copy = tmp_path / "copy.db"
    problems, reports = back_up(still, copy)
    assert (problems, [(each.log, each.ok) for each in reports]) == ((), [(LOG, True)])
    assert dump(copy) == dump(still)
    assert reports[0] == verify_log(SqliteHome(still), LOG)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == {"releases.db", "copy.db"}


def test_a_backup_opens_where_nothing_may_be_written(still: Path, tmp_path: Path) -> None:
    """Its journal mode is DELETE, not WAL, whose log needs a writable folder."""
    back_up(still, tmp_path / "copy.db")
    # Source: https://www.sqlite.org/fileformat2.html, bytes 18 and 19: 1 is a rollback journal, 2 is WAL.
    assert (tmp_path / "copy.db").read_bytes()[18:20] == b"\x01\x01"
    assert still.read_bytes()[18:20] == b"\x02\x02"


def test_a_backup_sees_what_is_still_in_the_log_beside_the_file(team: Team, file: Path, tmp_path: Path) -> None:
    """The last commit may not be in the file yet: copying that alone would lose it."""
    assert isinstance(team.store, SqlStore)
    team.store.close()  # all that is written so far is in the file
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")  # whoever reads keeps the log beside the file from being folded into it
        reader.execute("SELECT count(*) FROM audit").fetchone()
        done(hold(team.app("dana"), "1.4.0", "the last word"))
        shutil.copy(file, tmp_path / "plain.db")
        back_up(file, tmp_path / "copy.db")
    records = [verify_log(SqliteHome(tmp_path / name), LOG).records for name in ("plain.db", "copy.db")]
    assert records[1] == records[0] + 1


def test_writers_go_on_and_the_copy_is_of_one_moment(
    team: Team, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is written between two pages of the copy is not in it, and does not begin it anew."""
    monkeypatch.setattr(backup, "PAGES", 1)
    steps = []

    class Watched(sqlite3.Connection):
        def backup(self, *words: object, **more: object) -> None:
            def step(status: int, remaining: int, total: int) -> None:
                steps.append(remaining)
                if len(steps) == 2:
                    done(hold(team.app("dana"), "1.4.0", "meanwhile"))

            super().backup(*words, **more, progress=step)  # type: ignore[arg-type]

    def opened(found: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"{found.as_uri()}?mode=ro", uri=True, isolation_level=None, factory=Watched)

    before = dump(file)
    monkeypatch.setattr(backup, "open_reader", opened)
    back_up(file, tmp_path / "copy.db")
    assert dump(tmp_path / "copy.db") == before
    assert dump(file) != before
    assert steps == sorted(steps, reverse=True)


@pytest.mark.parametrize(
    "name", ["releases.db", "./releases.db", "linked.db", "releases.db-wal", "other.db", "dangling.db"]
)
def test_nothing_that_is_there_is_overwritten(still: Path, tmp_path: Path, name: str) -> None:
    """Neither the database under any of its names, nor any other still, nor a link to nowhere."""
    (tmp_path / "linked.db").symlink_to(still)
    (tmp_path / "other.db").write_text("mine")
    (tmp_path / "dangling.db").symlink_to(tmp_path / "nowhere")
    before = dump(still), names(tmp_path)
    with pytest.raises(UsageError) as caught:
        back_up(still, tmp_path / name)
    assert caught.value.next_step
    assert (dump(still), names(tmp_path)) == before
    assert (tmp_path / "other.db").read_text() == "mine"


def test_a_name_that_cannot_be_a_file(still: Path, tmp_path: Path) -> None:
    """A folder gets a name in it, a folder that is not there its command, an endless name a sentence."""
    with pytest.raises(UsageError, match="is a folder") as caught:
        back_up(still, tmp_path)
    assert caught.value.next_step == (f"relflow db backup {tmp_path / 'releases.db'}",)
    with pytest.raises(UsageError, match="no folder") as caught:
        back_up(still, tmp_path / "new" / "copy.db")
    assert caught.value.next_step == (f"mkdir -p {tmp_path / 'new'}",)
    with pytest.raises(SetupError, match="cannot be written"):
        back_up(still, tmp_path / ("x" * 300))
    assert names(tmp_path) == {"releases.db"}


def test_a_name_that_somebody_takes_meanwhile_stays_theirs(
    still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the end somebody makes the file: theirs is kept."""
    copy, check = tmp_path / "copy.db", check_database

    def slow(found: SqliteHome) -> object:
        copy.write_text("theirs")
        return check(found)

    monkeypatch.setattr(backup, "check_database", slow)
    with pytest.raises(UsageError, match="already"):
        back_up(still, copy)
    assert (copy.read_text(), names(tmp_path)) == ("theirs", {"releases.db", "copy.db"})


#: Copies with at most so many bytes a file; one more word makes it nobody's process.
RUN = """
import os, resource, sys
from pathlib import Path
from relflow.core.errors import SetupError
from relflow.store.backup import back_up
from relflow.store.sqlite import SqliteHome
import encodings.idna
limit, still, copy = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if sys.argv[4:] and os.geteuid() == 0:
    os.setuid(65534)
try:
    back_up(still, copy)
except SetupError as exc:
    print(exc.what, exc.why, exc.next_step)
"""


def said(file: Path, copy: Path, *more: str, limit: int = 0, within: Sequence[str] = ()) -> str:
    """What a process of its own says that cannot make the copy."""
    words = [*within, sys.executable, "-c", RUN, str(limit), str(file), str(copy), *more]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_a_limit_of_size_leaves_nothing(still: Path, tmp_path: Path) -> None:
    """A quota is said, and no half of a copy stays."""
    (tmp_path / "backups").mkdir()
    shown = said(still, tmp_path / "backups" / "copy.db", limit=40_000)
    assert "cannot be read or written" in shown
    assert "room" in shown
    assert names(tmp_path / "backups") == set()


def test_a_full_disk_leaves_nothing(still: Path, tmp_path: Path) -> None:
    """A real disk of 40 kB, where this machine lets us have one for a moment."""
    (tmp_path / "disk").mkdir()
    mount = 'mount -t tmpfs -o size=40k tmpfs "$0" && "$@" && ls -A "$0"'
    private = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount, str(tmp_path / "disk")]
    may = (
        shutil.which("unshare") and subprocess.run([*private, "true"], capture_output=True, check=False).returncode == 0
    )
    if not may:
        pytest.skip("this machine gives us no disk of our own")
    shown = said(still, tmp_path / "disk" / "copy.db", within=private)
    assert shown.startswith("no space left for")
    assert len(shown.splitlines()) == 1, "something is left on the disk"


def test_a_folder_without_rights_is_said(still: Path) -> None:
    """Who owns the folder is the thing to look at."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "copies").mkdir(mode=0o555)
        shutil.copytree(still.parent, Path(place) / "data")
        for each in (Path(place), Path(place) / "data", *(Path(place) / "data").iterdir()):
            each.chmod(0o777)
        shown = said(Path(place) / "data" / "releases.db", Path(place) / "copies" / "copy.db", "nobody")
        assert "cannot be written" in shown
        assert "check who owns" in shown
        assert names(Path(place) / "copies") == set()


def test_a_copy_that_is_not_sound_is_not_kept(still: Path, tmp_path: Path) -> None:
    """What the disk spoilt is no backup."""
    with closing(sqlite3.connect(still)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'audit'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with still.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)
    with pytest.raises(SetupError, match="not sound"):
        back_up(still, tmp_path / "copy.db")
    assert names(tmp_path) == {"releases.db"}


def test_a_log_that_does_not_verify_is_copied_and_said(still: Path, tmp_path: Path) -> None:
    """The copy is what the database is, edits included: that is evidence."""
    with closing(sqlite3.connect(still)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.commit()
    _, (report,) = back_up(still, tmp_path / "copy.db")
    assert not report.ok
    assert (tmp_path / "copy.db").exists()


def test_an_interruption_leaves_nothing(still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it is copied."""

    def interrupted(_: Path) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "check_database", interrupted)
    with pytest.raises(KeyboardInterrupt):
        back_up(still, tmp_path / "copy.db")
    assert names(tmp_path) == {"releases.db"}
