"""Whether a file would be one of a git work tree's: a database there is another truth in each clone."""

import subprocess
from pathlib import Path


def owning_worktree(file: Path) -> Path | None:
    """The work tree that would take the file as its own, or None: outside of any, ignored, or no git here."""
    folder = next(parent for parent in file.absolute().parents if parent.is_dir())
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or top.returncode:
        return None
    ignored = _git(folder, "check-ignore", "--quiet", "--", str(file.absolute()))
    return Path(top.stdout.strip()) if ignored is not None and ignored.returncode == 1 else None


def _git(folder: Path, *words: str) -> "subprocess.CompletedProcess[str] | None":
    command = ["git", "-C", str(folder), *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError:
        return None
