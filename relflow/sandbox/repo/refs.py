"""Branches and tags, read again only when the files that hold them changed."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from relflow.sandbox.repo.git import git

_FORMAT: Final = "%1f".join(
    ("%(refname)", "%(objectname)", "%(*objectname)", "%(objecttype)", "%(creatordate:iso-strict)", "%(contents)")
)


@dataclass(frozen=True)
class Tag:
    """A tag. `target` is the tag object where there is one, else the commit."""

    name: str
    target: str
    sha: str
    message: str
    created_at: datetime | None

    @property
    def is_annotated(self) -> bool:
        """Whether the tag is an object of its own, with a message and a time."""
        return self.target != self.sha


@dataclass(frozen=True)
class Refs:
    """All branches (name to commit) and tags at one moment."""

    branches: Mapping[str, str]
    tags: Mapping[str, Tag]

    def full(self) -> Iterator[tuple[str, str]]:
        """Yield every ref under its full name with its commit."""
        for name, sha in self.branches.items():
            yield f"refs/heads/{name}", sha
        for name, tag in self.tags.items():
            yield f"refs/tags/{name}", tag.sha


def fingerprint(git_folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name every file that holds a ref with its time and inode: equal fingerprints, equal refs. No process is run."""
    found = [git_folder / "packed-refs", git_folder / "reftable" / "tables.list"]
    # os.walk, unlike Path.rglob, does not mind a folder that git removes meanwhile.
    for folder, _, names in os.walk(git_folder / "refs"):
        found.extend(Path(folder, name) for name in names)
    marks = []
    for path in found:
        try:
            status = path.stat()
        except FileNotFoundError:  # a ref that went away meanwhile, or no such file at all
            continue
        marks.append((str(path), status.st_mtime_ns, status.st_ino))
    return tuple(sorted(marks))


def read_refs(folder: Path) -> Refs:
    """Ask git for all branches and tags; a tag on something else than a commit is left out."""
    branches: dict[str, str] = {}
    tags: dict[str, Tag] = {}
    text = git(folder, "for-each-ref", f"--format={_FORMAT}%1e", "refs/heads", "refs/tags")
    for record in text.split("\x1e"):
        if not record.strip():
            continue
        name, target, peeled, kind, created, message = record.lstrip("\n").split("\x1f")
        if name.startswith("refs/heads/"):
            branches[name.removeprefix("refs/heads/")] = target
        elif kind in ("commit", "tag"):
            short = name.removeprefix("refs/tags/")
            tags[short] = _tag(short, target, peeled or target, created, message if kind == "tag" else "")
    return Refs(branches, tags)


def _tag(name: str, target: str, sha: str, created: str, message: str) -> Tag:
    when = datetime.fromisoformat(created) if created and target != sha else None
    return Tag(name, target, sha, message.strip(), when)
