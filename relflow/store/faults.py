"""What SQLite's errors mean to a person: who holds the lock, a full disk, a file that is no database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relflow.core.errors import RelflowError, SetupError, StoreBusy

_NOTHING = "Nothing was changed."


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Raise what sqlite3, or a library around it, raises as SetupError or StoreBusy."""
    try:
        yield
    except RelflowError:
        raise
    except Exception as exc:
        cause = exc if isinstance(exc, sqlite3.Error) else getattr(exc, "orig", None)
        if not isinstance(cause, sqlite3.Error):
            raise
        raise _meaning(file, cause) from exc


def beside(file: Path) -> tuple[str, ...]:
    """A step about the log beside the file, where there is one: SQLite reads whatever lies there as its newest part."""
    log = file.with_name(f"{file.name}-wal")
    try:
        is_read = log.stat().st_size > 0
    except OSError:
        return ()
    return (f"move {log} away, if it is another database's or an older one",) if is_read else ()


def _meaning(file: Path, error: sqlite3.Error) -> RelflowError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"{file} is locked by somebody else", (text,), (f"try again. {_NOTHING}",))
    if code == sqlite3.SQLITE_FULL:
        return SetupError(f"no space left for {file}", (text,), (f"make room and try again. {_NOTHING}",))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        why = (text, "the file and its folder must both be writable, for the log beside it")
        return SetupError(f"{file} cannot be written", why, (f"check who owns {file.parent}",))
    if code == sqlite3.SQLITE_IOERR:
        step = f"look at the disk it is on: its room, its quota, its health. {_NOTHING}"
        return SetupError(f"{file} cannot be read or written", (text,), (step,))
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        more = ("relflow db check     says more",) if code == sqlite3.SQLITE_CORRUPT else ()
        step = "restore it from a backup, or name another file as [database] url"
        return SetupError(f"{file} is not a sound database", (text,), (*more, *beside(file), step))
    return SetupError(f"{file} cannot be used", (text,), ("relflow db check",))
