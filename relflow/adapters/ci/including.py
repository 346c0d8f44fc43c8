"""A CI file with the files that it includes, as one: GitLab merges them in order, and the including file last.

Only files of this repository are read. Whatever else is included is named, and nothing is guessed about it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from relflow.adapters.ci.document import Document, UnreadableError, read
from relflow.core.finding import Finding
from relflow.core.text import shortened

#: As many as GitLab follows.
MOST_FILES = 150
_KINDS = ("remote", "template", "project", "component")
_URL = re.compile(r"https?://", re.IGNORECASE)
_ONLINE = "relflow ci lint --ref BRANCH     asks GitLab, which reads it"


@dataclass
class Gathered:
    """What was read: one mapping, the place of each key of each job, every file, and what could not be followed."""

    value: dict[str, Any] = field(default_factory=dict)
    places: dict[tuple[str, ...], str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_whole: bool = True
    drafts: Mapping[str, str] = field(default_factory=dict)


def gather(root: Path, name: str, drafts: Mapping[str, str] | None = None) -> Gathered:
    """Read the file of that name, below the folder that is the repository's root, and what it includes.

    A draft is read instead of the file of its name, which need not be there.
    """
    gathered = Gathered(drafts=drafts or {})
    if name not in gathered.drafts and not (root / name).exists():
        what, fix = f"there is no {name}", "relflow ci init     writes one"
        gathered.findings.append(Finding("error", "file-missing", what, "GitLab makes no pipeline", fix))
        return gathered
    gathered.value = _read(gathered, root, name, name, ()) or {}
    gathered.value.pop("include", None)
    return gathered


def gather_text(text: str, name: str) -> Gathered:
    """The same of a text in which everything stands already, as GitLab merges it."""
    gathered = Gathered()
    try:
        document = read(text, name)
    except UnreadableError as exc:
        return _unreadable(gathered, exc)
    gathered.value = document.value
    _place(gathered, document)
    return gathered


def _unreadable(gathered: Gathered, exc: UnreadableError) -> Gathered:
    what, fix = f"{exc.place}: {exc.why}", "correct it"
    gathered.findings.append(Finding("error", exc.name, what, "GitLab makes no pipeline of it", fix))
    gathered.is_whole = False
    return gathered


def _read(gathered: Gathered, root: Path, name: str, place: str, above: tuple[str, ...]) -> dict[str, Any] | None:
    """The file's keys over those of what it includes; None where it cannot be read."""
    if name in above or len(gathered.documents) >= MOST_FILES:
        why = "it includes itself" if name in above else f"it is more than the {MOST_FILES} files that GitLab follows"
        _unfollowed(gathered, "include-invalid", f"{place}: {name}: {why}", "error")
        return None
    try:
        document = read(text_of(root, name, gathered.drafts, place), name)
    except UnreadableError as exc:
        _unreadable(gathered, exc)
        return None
    gathered.documents.append(document)
    if document.takes_inputs:
        _unfollowed(gathered, "inputs-not-judged", f"{name}:1: it takes inputs, which only GitLab fills in")
    merged: dict[str, Any] = {}
    for part, at in _included(gathered, root, document):
        merged = over(merged, _read(gathered, root, part, at, (*above, name)) or {})
    _place(gathered, document)
    return over(merged, {key: value for key, value in document.value.items() if key != "include"})


def text_of(root: Path, name: str, drafts: Mapping[str, str], place: str = "") -> str:
    """The draft or the file of that name. Raises UnreadableError, `place` being what names it."""
    if name in drafts:
        return drafts[name]
    file, place = root / name, place or name
    try:
        if not file.resolve().is_relative_to(root.resolve()):
            raise UnreadableError(place, f"{name} is outside of the repository", "include-invalid")
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UnreadableError(name, "it is not UTF-8") from exc
    except (OSError, ValueError) as exc:
        if isinstance(exc, UnreadableError):
            raise
        why = getattr(exc, "strerror", None) or str(exc)
        raise UnreadableError(place, f"{name} cannot be read: {why}", "file-missing") from exc


def _included(gathered: Gathered, root: Path, document: Document) -> Iterator[tuple[str, str]]:
    """The files of this repository that it includes, each with the place that says so."""
    given = document.value.get("include")
    items = given if isinstance(given, list) else [] if given is None else [given]
    for index, item in enumerate(items):
        at = document.place("include", *([index] if isinstance(given, list) else []))
        yield from ((name, at) for name in _names(gathered, root, item, at))


def _names(gathered: Gathered, root: Path, item: Any, place: str) -> list[str]:
    local = _local(item)
    if local is None:
        _unfollowed(gathered, "include-not-judged", f"{place}: cannot be judged offline: {_called(item)}")
    elif odd := [key for key in ("rules", "inputs") if isinstance(item, dict) and item.get(key)]:
        _unfollowed(gathered, "include-not-judged", f"{place}: cannot be judged offline: include with `{odd[0]}`")
    elif "$" in local:
        what = f"{place}: cannot be judged offline: include of a path with variables, {shortened(local)}"
        _unfollowed(gathered, "include-not-judged", what)
    elif "*" in local:
        found = {str(each.relative_to(root)) for each in root.glob(local) if each.is_file()}
        return sorted(found | {each for each in gathered.drafts if PurePosixPath(each).match(local)})
    else:
        return [local]
    return []


def _local(item: Any) -> str | None:
    """The path inside the repository, or None for what is elsewhere."""
    if isinstance(item, str):
        return None if _URL.match(item) else item.lstrip("/")
    path = item.get("local") if isinstance(item, dict) else None
    return path.lstrip("/") if isinstance(path, str) else None


def _called(item: Any) -> str:
    if isinstance(item, str):
        return f"include of a remote file, {shortened(_without_query(item))}"
    kind = next((kind for kind in _KINDS if isinstance(item, dict) and kind in item), None)
    if kind is None:
        return "an include of a kind that is not known"
    return f"include of a {kind}{' file' if kind == 'remote' else ''}, {shortened(_without_query(str(item[kind])))}"


def _without_query(address: str) -> str:
    """The address without what may be secret in it."""
    return re.sub(r"//[^/@]*@", "//", address.partition("?")[0])


def _unfollowed(gathered: Gathered, name: str, what: str, severity: str = "warning") -> None:
    consequence, fix = "the jobs in it are not looked at", _ONLINE
    if severity == "error":
        gathered.findings.append(Finding("error", name, what, "GitLab makes no pipeline of it", "correct it"))
    else:
        gathered.findings.append(Finding("warning", name, what, consequence, fix))
    gathered.is_whole = False


def _place(gathered: Gathered, document: Document) -> None:
    for key, value in document.value.items():
        gathered.places[key,] = document.place(key)
        for inner in value if isinstance(value, dict) else ():
            gathered.places[key, inner] = document.place(key, inner)


def over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Mappings are merged key by key, everything else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = over(merged[key], value) if both else value
    return merged
