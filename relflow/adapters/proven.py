"""Who was last proven on this machine: a small file in the user's state folder, so that `status` needs no GitLab."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relflow.core.people import Member


def _file(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "relflow" / "proven.json"


def remember(log: str, member: Member, environ: Mapping[str, str]) -> None:
    """Keep the member for the log. Best effort: a hint for the reader, nothing depends on it."""
    file = _file(environ)
    person = {"username": member.username, "user_id": member.user_id, "access_level": member.access_level}
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        fresh.write_text(json.dumps({**_known(file), log: person}, indent=2))
        fresh.replace(file)
    except OSError:
        return  # a read-only home is no reason to fail a release


def recall(log: str, environ: Mapping[str, str]) -> Member | None:
    """Who was last proven for the log, if anybody."""
    person = _known(_file(environ)).get(log)
    try:
        return Member(**person) if person else None
    except TypeError:
        return None


def _known(file: Path) -> dict[str, dict[str, Any]]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
