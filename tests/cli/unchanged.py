"""What a command that cannot do what it was asked must be: clear in its message, and without any effect."""

import hashlib
import re
from pathlib import Path

from tests.cli.running import Ended, run_here

LONGEST_LINE = 500
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def state_of(folder: Path) -> dict[str, str]:
    """Every file of the folder with its content's digest; SQLite's own companions hold nothing after a clean end."""
    files = (each for each in folder.rglob("*") if each.is_file() and not each.name.endswith(("-wal", "-shm")))
    return {str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def clear(ended: Ended, code: int) -> str:
    """The message of a command that ended with that code: what happened, why or what to do, and nothing to fear."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert re.match(r"(usage|error|refused|conflict): \S", ended.err), ended.err
    assert re.search(r"\n  (why|next):  +\S", ended.err), ended.err
    assert "Traceback" not in ended.err
    assert max(map(len, ended.err.splitlines())) < LONGEST_LINE
    assert not _UNSAFE.search(ended.err)
    assert "glpat-" not in ended.err
    return ended.err


def refused(folder: Path, code: int, *words: str, **env: str) -> str:
    """The message of a command that must fail with that code, say what happened and what to do, and change nothing."""
    before = state_of(folder)
    ended = run_here(folder, *words, **env)
    assert state_of(folder) == before
    return clear(ended, code)
