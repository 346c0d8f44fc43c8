"""A folder for a database that several Unix users write: the group's, and what is made in it stays the group's.

SQLite needs more than the file: it makes a log and an index beside it, with the file's mode and the folder's group.
Source: https://www.sqlite.org/wal.html, "the wal-index … must have write access"
"""

import stat
from pathlib import Path

from relflow.core.errors import SetupError

#: Read and write for owner and group, nothing for others.
FILE_MODE = 0o660
_FOLDER_MODE = stat.S_ISGID | 0o770
_NEEDED = stat.S_ISGID | 0o070


def share(folder: Path) -> bool:
    """Make the folder, or check that it is shared; whether it was made. Raises SetupError for one that will not do."""
    if not folder.exists():
        try:
            folder.mkdir()
            folder.chmod(_FOLDER_MODE)  # mkdir itself heeds the umask and drops the setgid bit
        except OSError as exc:
            why, step = (exc.strerror or str(exc),), f"check who owns {folder.parent}. Nothing was changed."
            raise SetupError(f"cannot make {folder}", why, (step,)) from exc
        return True
    must_be_shared(folder)
    return False


def must_be_shared(folder: Path) -> None:
    """Raise SetupError unless the folder is there, its group's, and hands its group on; it names what is missing."""
    if not folder.is_dir():
        raise SetupError(f"{folder} is not a folder", (), ("--shared DIR     names a folder",))
    if folder.stat().st_mode & _NEEDED != _NEEDED:
        why = (
            "its group must be able to write in it, and what is made in it must be the group's (setgid)",
            f"its mode is {stat.filemode(folder.stat().st_mode)}, and its group {_group(folder)}",
        )
        raise SetupError(f"{folder} is not shared", why, (f"chmod g+rwxs {folder}",))


def _group(folder: Path) -> str:
    try:
        return folder.group()
    except KeyError:
        return str(folder.stat().st_gid)
