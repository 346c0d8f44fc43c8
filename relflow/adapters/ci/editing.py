"""Editing a YAML text as little as can be: what is not named stays as it is, byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import yaml


class CannotEditError(ValueError):
    """The text is of a form that is not edited here."""


@dataclass(slots=True)
class _Part:
    """A piece of the text: where it begins and ends, and the pieces in it. An alias is a piece without any."""

    kind: str
    start: int
    end: int
    column: int
    value: str = ""
    is_flow: bool = False
    #: The items of a list; keys and values in turn of a mapping.
    inner: list["_Part"] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple["_Part", "_Part"]]:
        return list(zip(self.inner[::2], self.inner[1::2], strict=True)) if self.kind == "mapping" else []

    def at(self, key: str) -> tuple["_Part", "_Part"] | None:
        """The key and its value, the last of that name."""
        return next((pair for pair in reversed(self.pairs) if pair[0].value == key), None)


def scalar(value: str | int | bool) -> str:
    """A text, number or truth value as YAML writes it on one line."""
    dumped = yaml.safe_dump(value, width=float("inf"), allow_unicode=True)
    return dumped.removesuffix("\n").removesuffix("\n...")


def with_key(text: str, path: tuple[str, ...], value: str | int | bool) -> str:
    """The text in which that key of a mapping has that value. Raises CannotEditError where there is no such mapping."""
    part = _root(text)
    for name in path[:-1]:
        found = part.at(name)
        part = found[1] if found else _Part("none", 0, 0, 0)
    if not part.inner or part.kind != "mapping":
        raise CannotEditError(f"{'.'.join(path[:-1])} is no mapping with keys of its own")
    if (pair := part.at(path[-1])) is None:
        return _with_pair(text, part, f"{scalar(path[-1])}: {scalar(value)}")
    key, old = pair
    is_beside = "\n" not in text[key.end : old.start] and old.end > old.start
    start, lead = (old.start, "") if is_beside else (key.end, ": ")
    return f"{text[:start]}{lead}{scalar(value)}{text[old.end :]}"


def with_item(text: str, key: str, item: str, at: int | None = None) -> str:
    """The text in which the list of that name has another item, at its end unless told otherwise.

    A list that is not there yet is written at the end of the text; what is no list becomes the first item of one.
    """
    pair = _root(text).at(key)
    if pair is None:
        return with_block(text, f"{key}:\n  - {item}\n")
    value, inline = pair[1], f"{{{item}}}" if ": " in item else item
    if value.kind == "scalar" and value.end == value.start:
        return f"{text[: pair[0].end]}: [{inline}]{text[value.end :]}"
    if value.kind != "list":
        return _as_list(text, value, item, inline)
    if not value.inner:
        return f"{text[: value.start]}[{inline}]{text[value.end :]}"
    if value.is_flow:
        here, more = (value.inner[-1].end, f", {inline}") if at is None else (value.inner[at].start, f"{inline}, ")
        return f"{text[:here]}{more}{text[here:]}"
    line = f"{' ' * value.column}- {item}{_line_end(text)}"
    if at is not None:
        here = _line_start(text, value.inner[at].start)
        return f"{text[:here]}{line}{text[here:]}"
    return _with_line(text, value.inner[-1].end, line)


def with_block(text: str, block: str) -> str:
    """The text with more keys at its end, behind an empty line. Raises CannotEditError for one in braces."""
    if _root(text).is_flow:
        raise CannotEditError("all of it is in braces")
    end = _line_end(text)
    rest = text if not text or text.endswith("\n") else text + end
    gap = end if rest.strip() and not rest.endswith(end * 2) else ""
    return rest + gap + block.replace("\n", end)


def _as_list(text: str, value: _Part, item: str, inline: str) -> str:
    """The value becomes the first item of a list."""
    if value.kind != "mapping" or value.is_flow:
        return f"{text[: value.start]}[{text[value.start : value.end]}, {inline}]{text[value.end :]}"
    lines = text[value.start : value.end].splitlines(keepends=True)
    moved = "".join([f"- {lines[0]}", *(f"  {line}" if line.strip() else line for line in lines[1:])])
    changed = f"{text[: value.start]}{moved}{text[value.end :]}"
    return _with_line(changed, value.start + len(moved), f"{' ' * value.column}- {item}{_line_end(text)}")


def _with_pair(text: str, mapping: _Part, pair: str) -> str:
    last = mapping.inner[-1].end
    if mapping.is_flow:
        return f"{text[:last]}, {pair}{text[last:]}"
    return _with_line(text, last, f"{' ' * mapping.column}{pair}{_line_end(text)}")


def _with_line(text: str, end: int, line: str) -> str:
    """The line behind the one on which `end` is."""
    here = text.find("\n", end)
    if here < 0:
        return f"{text}{_line_end(text)}{line}"
    return f"{text[: here + 1]}{line}{text[here + 1 :]}"


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _root(text: str) -> _Part:
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    parts = [part for event in events if (part := _part(text, event, events)) is not None]
    if len(parts) > 1:
        raise CannotEditError("it is more than one document")
    return parts[0] if parts else _Part("mapping", 0, 0, 0)


def _part(text: str, event: yaml.Event, events: Iterator[yaml.Event]) -> _Part | None:
    start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
    if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        inner, closing = _inner(text, events)
        # A block ends where its last piece does: what YAML calls its end is behind the comments that follow.
        stop = closing if event.flow_style or not inner else inner[-1].end
        return _Part(kind, start.index, stop, start.column, "", bool(event.flow_style), inner)
    if isinstance(event, yaml.ScalarEvent):
        stop = len(text[: end.index].rstrip()) if event.style in {"|", ">"} else end.index
        return _Part("scalar", start.index, max(stop, start.index), start.column, event.value)
    if isinstance(event, yaml.AliasEvent):
        return _Part("alias", start.index, end.index, start.column)
    return None


def _inner(text: str, events: Iterator[yaml.Event]) -> tuple[list[_Part], int]:
    """The pieces up to the end of the collection, and where that is."""
    found: list[_Part] = []
    for event in events:
        part = _part(text, event, events)
        if part is None:
            return found, cast("yaml.Mark", event.end_mark).index
        found.append(part)
    raise CannotEditError("it ends too early")
