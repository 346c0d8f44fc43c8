"""Reading back what `plan --json` printed, for a deployment that keeps to it."""

import json
import sys
from pathlib import Path
from typing import Any

from relflow.core.commands import Planned
from relflow.core.errors import UsageError
from relflow.core.text import escaped

#: A plan lists what it brings: a line for each commit.
MAX_BYTES = 10_000_000


def planned(file: Path, version: str, environment: str) -> Planned:
    """The plan in the file; `-` is standard input. Raises UsageError for what is none, or is one of something else."""
    again = f"relflow plan {version} {environment} --json > FILE"
    try:
        said = json.loads(_content(file))
        found, whose = _plan(said), (said["release"]["version"], said["play"]["environment"])
    except OSError as exc:
        raise UsageError(f"{escaped(str(file))} cannot be read", (exc.strerror or str(exc),), (again,)) from exc
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        what = f"{escaped(str(file))} is no plan"
        raise UsageError(what, ("it is what relflow plan --json prints",), (again,)) from exc
    if whose != (version, environment):
        other = escaped(f"it would deploy {whose[0]} to {whose[1]}")
        raise UsageError(f"the plan is another: not of {version} to {environment}", (other,), (again,))
    return found


def _content(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES)
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES)


def _plan(said: Any) -> Planned:
    """The values that a deployment is held to. Raises KeyError or TypeError where one is missing or of another form."""
    release, play, replaces = said["release"], said["play"], said["replaces"]
    return Planned(
        commit=_text(release["commit"]),
        pipeline_id=_id(play["pipeline"]),
        job_id=_id(play["job"]),
        replaces=_text(replaces["commit"]) if replaces is not None else None,
    )


def _id(shape: Any) -> int | None:
    if shape is None:
        return None
    if not isinstance(number := shape["id"], int):
        raise TypeError(number)
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
