"""Writing the drafts of CI files: each file whole or not at all, and only over what the draft was made of."""

import os
from pathlib import Path

from relflow.adapters.ci.drafting import Draft, Drafts
from relflow.core.errors import SetupError


def save(drafts: Drafts) -> None:
    """Write the files in their order. Raises SetupError where one cannot be written, or was changed meanwhile."""
    for draft in drafts.files:
        file = drafts.root / draft.name
        try:
            _must_be_as_before(file, draft)
            _write(file.resolve(), draft.after)  # through a link, which stays one
        except OSError as exc:
            step = f"check who owns {file.parent}, and that it has room"
            raise SetupError(f"{file} cannot be written", (exc.strerror or str(exc),), (step,)) from exc


def _must_be_as_before(file: Path, draft: Draft) -> None:
    now = file.read_bytes() if file.exists() else None
    if now != (None if draft.before is None else draft.before.encode()):
        why = ("somebody wrote to it after it was read",)
        raise SetupError(f"{draft.name} is another one by now", why, ("relflow ci init     once more",))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_bytes(text.encode())
        if file.exists():
            fresh.chmod(file.stat().st_mode)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
