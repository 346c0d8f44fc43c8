"""Notes down what SQLite asks of the disk in this process: writes, truncations, syncs, new and deleted files, in order.

The functions of SQLite's own layer for the operating system are replaced in place, and call what they replaced. Where
the library hides them `record` raises LookupError. Source: https://www.sqlite.org/c3ref/vfs.html, /io_methods.html
"""

import _sqlite3
import ctypes
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

_P, _INT, _I64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_IS_CREATING = 0x4
#: sqlite3_io_methods: its version, then functions in the order of their names.
_METHODS = (
    *("close", "read", "write", "truncate", "sync", "file_size", "lock", "unlock", "check_reserved_lock"),
    *("file_control", "sector_size", "device_characteristics", "shm_map", "shm_lock", "shm_barrier", "shm_unmap"),
    *("fetch", "unfetch"),
)


class _Methods(ctypes.Structure):
    _fields_ = (("version", _INT), *((name, _P) for name in _METHODS))


class _Vfs(ctypes.Structure):
    _fields_ = (
        *((name, _INT) for name in ("version", "size", "longest_path")),
        *((name, _P) for name in ("next", "name", "data", "open", "delete")),
    )


class _File(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


_WRITE = ctypes.CFUNCTYPE(_INT, _P, _P, _INT, _I64)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _P, _I64)
_SYNC = ctypes.CFUNCTYPE(_INT, _P, _INT)
# Names travel as the pointers that they are: SQLite keeps them, and reads beyond their ends.
_OPEN = ctypes.CFUNCTYPE(_INT, _P, _P, _P, _INT, _P)
_DELETE = ctypes.CFUNCTYPE(_INT, _P, _P, _INT)
#: What C calls must not be collected.
_kept: list[Any] = []


def is_possible() -> bool:
    """Whether this Python's SQLite shows its functions."""
    return _find() is not None


def _find() -> Any:
    try:
        return ctypes.CDLL(_sqlite3.__file__).sqlite3_vfs_find
    except (AttributeError, OSError):  # built into Python, or linked so that nobody else can call it
        return None


def record(note: Callable[..., None], database: Path) -> None:
    """Call `note` with what happens to the database and the files beside it, before it happens. Once a process."""
    find = _find()
    if find is None:
        raise LookupError("this Python's SQLite does not show its functions")
    find.restype = ctypes.POINTER(_Vfs)
    vfs = find(None).contents
    names: dict[int, str] = {}
    known: dict[int, _Methods] = {}
    really_open, really_delete = _OPEN(vfs.open), _DELETE(vfs.delete)

    def suffix(path: int | None) -> str | None:
        text = ctypes.string_at(path).decode() if path else ""
        return text.removeprefix(str(database)) if text.startswith(str(database)) else None

    def opens(this: int, path: int | None, file: int, flags: int, out: int) -> int:
        name = suffix(path)
        if name is not None and flags & _IS_CREATING and not Path(f"{database}{name}").exists():
            note("create", name)
        code = really_open(this, path, file, flags, out)
        opened = ctypes.cast(file, ctypes.POINTER(_File)).contents
        if code == 0 and name is not None and opened.methods:
            names[file] = name
            key = ctypes.addressof(opened.methods.contents)
            known.setdefault(key, _noting(opened.methods.contents, names, note))
            opened.methods = ctypes.pointer(known[key])
        return int(code)

    def deletes(this: int, path: int | None, syncs: int) -> int:
        if (name := suffix(path)) is not None:
            note("delete", name, syncs)
        return int(really_delete(this, path, syncs))

    replaced = _OPEN(opens), _DELETE(deletes)
    _kept.extend((*replaced, really_open, really_delete, known, names))
    vfs.open, vfs.delete = (ctypes.cast(each, _P).value for each in replaced)


def _noting(methods: _Methods, names: dict[int, str], note: Callable[..., None]) -> _Methods:
    """The same methods, of which those that change something are noted down first."""
    write, truncate, sync = _WRITE(methods.write), _TRUNCATE(methods.truncate), _SYNC(methods.sync)

    def writes(file: int, data: int, size: int, offset: int) -> int:
        note("write", names[file], offset, b64encode(ctypes.string_at(data, size)).decode())
        return int(write(file, data, size, offset))

    def truncates(file: int, size: int) -> int:
        note("truncate", names[file], size)
        return int(truncate(file, size))

    def syncs(file: int, flags: int) -> int:
        code = int(sync(file, flags))
        note("sync", names[file])
        return code

    mine = _Methods.from_buffer_copy(methods)
    replaced = _WRITE(writes), _TRUNCATE(truncates), _SYNC(syncs)
    _kept.extend((*replaced, write, truncate, sync, methods))
    mine.write, mine.truncate, mine.sync = (ctypes.cast(each, _P).value for each in replaced)
    return mine
