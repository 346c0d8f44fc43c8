"""What lies between two commits, file by file."""

import re
from dataclasses import dataclass
from pathlib import Path

from relflow.sandbox.repo.git import git


@dataclass(frozen=True)
class FileDifference:
    """One changed file and the hunks of its change."""

    old_path: str
    new_path: str
    old_mode: str
    new_mode: str
    letter: str
    hunks: str


def read_differences(folder: Path, older: str, newer: str) -> list[FileDifference]:
    """Compare two commits."""
    raw = git(folder, "diff", "--raw", "-z", "-M", "--abbrev=40", older, newer).split("\0")
    patch = git(folder, "diff", "-M", "--no-color", "--no-ext-diff", older, newer)
    hunks = [_hunks(part) for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE) if part]
    found: list[FileDifference] = []
    words = iter(raw)
    for head in words:
        if not head:
            continue
        old_mode, new_mode, _, _, letter = head.removeprefix(":").split(" ")
        old_path = next(words)
        new_path = next(words) if letter[0] in "RC" else old_path
        text = hunks[len(found)] if len(found) < len(hunks) else ""
        found.append(FileDifference(old_path, new_path, old_mode, new_mode, letter[0], text))
    return found


def _hunks(part: str) -> str:
    start = part.find("\n@@")
    return "" if start < 0 else part[start + 1 :]
