"""Commits as values, read from git in batches."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from relflow.sandbox.repo.git import git

_FIELD: Final = "\x1f"
_END: Final = "\x1e"
_FORMAT: Final = _FIELD.join(("%H", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")) + _END
_TRAILER: Final = re.compile(r"^([A-Za-z][A-Za-z0-9-]*): (.+)$")


@dataclass(frozen=True)
class Commit:
    """One commit. Times keep the zone they were written in, as GitLab shows them."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: datetime
    committer_name: str
    committer_email: str
    committed_at: datetime
    message: str
    trailers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.split("\n", 1)[0]


@dataclass(frozen=True)
class Stats:
    """How many lines a commit adds and takes away."""

    additions: int
    deletions: int


def read_commits(folder: Path, *arguments: str) -> list[Commit]:
    """Read the commits that `git log` lists for these arguments, in its order."""
    text = git(folder, "log", f"--format={_FORMAT}", *arguments)
    return [_commit(record.lstrip("\n").split(_FIELD)) for record in text.split(_END) if record.strip()]


def read_stats(folder: Path, sha: str) -> Stats:
    """Count the changed lines of one commit; binary files count nothing."""
    rows = [line.split("\t") for line in git(folder, "show", "--numstat", "--format=", sha).splitlines() if line]
    return Stats(*(sum(int(row[column]) for row in rows if row[column] != "-") for column in (0, 1)))


def _commit(fields: list[str]) -> Commit:
    sha, parents, author, author_email, authored, committer, committer_email, committed, message = fields
    return Commit(
        sha,
        tuple(parents.split()),
        author,
        author_email,
        datetime.fromisoformat(authored),
        committer,
        committer_email,
        datetime.fromisoformat(committed),
        message,
        _trailers(message),
    )


def _trailers(message: str) -> dict[str, tuple[str, ...]]:
    """Return the trailers of the last paragraph, if it holds nothing else."""
    paragraphs = message.strip().split("\n\n")
    matches = [_TRAILER.match(line) for line in paragraphs[-1].splitlines()]
    found: dict[str, tuple[str, ...]] = {}
    for match in matches if len(paragraphs) > 1 and all(matches) else ():
        if match is not None:
            found[match[1]] = (*found.get(match[1], ()), match[2])
    return found
