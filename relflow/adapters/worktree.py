"""The git work tree around a file or folder: a database inside of one is another truth in each clone."""

import subprocess
from pathlib import Path


def owning_worktree(file: Path) -> Path | None:
    """The work tree that would take the file as its own, or None: outside of any, ignored, or no git here."""
    folder = next(parent for parent in file.absolute().parents if parent.is_dir())
    top = top_of(folder)
    if top is None:
        return None
    ignored = _git(folder, "check-ignore", "--quiet", "--", str(file.absolute()))
    return top if ignored is not None and ignored.returncode == 1 else None


def top_of(folder: Path) -> Path | None:
    """The root of the work tree that the folder is in, or None: in none, or no git here."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    return Path(top.stdout.strip()) if top is not None and not top.returncode else None


def _git(folder: Path, *words: str) -> "subprocess.CompletedProcess[str] | None":
    command = ["git", "-C", str(folder), *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError:
        return None
