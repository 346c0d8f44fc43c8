"""A copy of the database while others work on it: whole and checked under its name, or not there at all.

What SQLite's own backup does not say is said here: which file may be the copy, and that it appears only when whole.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from relflow.core.errors import SetupError, UsageError
from relflow.store.checking import Report
from relflow.store.faults import translated
from relflow.store.health import check_database
from relflow.store.opening import open_reader
from relflow.store.sqlite import SqliteHome

#: Copied at once, so that Ctrl-C is heard in between.
PAGES = 4096
#: What SQLite keeps beside a database; a backup of that name would be taken for it.
COMPANIONS = ("-wal", "-shm", "-journal")


def back_up(file: Path, copy: Path) -> tuple[tuple[str, ...], tuple[Report, ...]]:
    """Copy the database into a new file and check the copy, as `check_database` does; what was found comes back.

    Writers go on meanwhile: the copy is the state of one moment. Its journal mode is DELETE, so that it opens in a
    folder where nothing may be written. Raises UsageError for a name that cannot be a new file, SetupError for a
    database, folder or disk that cannot be used; then nothing is left of the copy.
    """
    source = open_reader(file)
    try:
        with _explained(copy):
            _must_be_new(file, copy)
            with _whole_or_nothing(copy) as fresh:
                _copy(source, fresh, copy)
                return _checked(fresh, file)
    finally:
        source.close()


@contextlib.contextmanager
def _explained(copy: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as exc:
        raise UsageError(f"{copy} is there already", ("somebody else made it meanwhile",)) from exc
    except OSError as exc:
        step = f"check who owns {copy.parent}, and that it has room. Nothing was changed."
        raise SetupError(f"{copy} cannot be written", (exc.strerror or str(exc),), (step,)) from exc


def _must_be_new(file: Path, copy: Path) -> None:
    step = ("relflow db backup FILE     with the name of a new file",)
    if copy.is_dir():
        raise UsageError(f"{copy} is a folder", (), (f"relflow db backup {copy / file.name}",))
    if copy.exists() and copy.samefile(file):
        raise UsageError(f"{copy} is the database itself", ("a backup is another file",), step)
    if copy.name in {f"{file.name}{end}" for end in COMPANIONS} and copy.parent.absolute() == file.parent.absolute():
        raise UsageError(f"SQLite itself uses {copy}", ("a backup is another file",), step)
    if os.path.lexists(copy):
        raise UsageError(f"{copy} is there already", ("a backup never overwrites a file",), (*step, f"rm {copy}"))
    if not copy.parent.is_dir():
        raise UsageError(f"there is no folder {copy.parent}", (), (f"mkdir -p {copy.parent}",))


@contextlib.contextmanager
def _whole_or_nothing(copy: Path) -> Iterator[Path]:
    """A name beside the copy to write to; at the end the file gets the copy's name, after an exception it is gone."""
    with TemporaryDirectory(dir=copy.parent, prefix=".relflow-backup-") as folder:
        fresh = Path(folder) / "copy.db"
        yield fresh
        _named(fresh, copy)


def _copy(source: sqlite3.Connection, fresh: Path, copy: Path) -> None:
    with translated(copy), contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        fresh.chmod(0o600)
        # The transaction keeps the moment: without it each write of somebody else would begin the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(target, pages=PAGES)
        target.execute("PRAGMA journal_mode = DELETE")


def _checked(fresh: Path, file: Path) -> tuple[tuple[str, ...], tuple[Report, ...]]:
    try:
        return check_database(SqliteHome(fresh))
    except SetupError as exc:
        steps = ("relflow db check     looks at the database itself",)
        raise SetupError(f"the copy of {file} is not sound, and was not kept", exc.why, steps) from exc


def _named(fresh: Path, copy: Path) -> None:
    """Give the file its name, which a link does only where nobody took it; then make that last."""
    try:
        os.link(fresh, copy)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        fresh.rename(copy)
    folder = os.open(copy.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
