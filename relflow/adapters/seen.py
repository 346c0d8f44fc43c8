"""Where the logs of a database ended when this machine last wrote them: a small file in the user's state folder.

A database that was put back, or copied without the log beside it, is sound in itself; only this shows that it is older.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from relflow.core.record import Head


def file_in(environ: Mapping[str, str]) -> Path:
    """The file that remembers; whoever takes it away lets the machine forget."""
    base = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "relflow" / "seen.json"


def remember(database: str, head: Head, environ: Mapping[str, str]) -> None:
    """Keep the end of the log. Best effort: what is forgotten is only not noticed."""
    file = file_in(environ)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        fresh.write_text(json.dumps({**_known(file), f"{head.log} in {database}": [head.seq, head.hash]}, indent=2))
        fresh.replace(file)
    except OSError:
        return  # a read-only home is no reason to fail a release


def recall(database: str, log: str, environ: Mapping[str, str]) -> tuple[int, str] | None:
    """The number and hash of the last record that was seen there."""
    match _known(file_in(environ)).get(f"{log} in {database}"):
        case [int(seq), str(digest)]:
            return seq, digest
    return None


def _known(file: Path) -> dict[str, object]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
