"""Frozen dataclasses to plain JSON values and back, by their type hints."""

import dataclasses
import types
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

JSON = Any  # null, booleans, integers, strings, lists and objects of them; mypy has no recursive alias on 3.11

T = TypeVar("T")

#: Marks a field that came later: while it has its default it is left out, so that older bytes and digests stay.
LATER = {"later": True}
_ALWAYS_SAID = object()


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-05-04T07:30:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def instant(text: str) -> datetime:
    """The aware UTC time of a timestamp. Raises ValueError where it is none."""
    return datetime.fromisoformat(text).astimezone(UTC)


def plain(value: Any) -> Any:
    """The value as JSON types, its text in NFC. Raises TypeError for anything without a plain form (floats, say).

    Bytes that were no UTF-8 become question marks: what GitLab or a file calls a thing must not stop a record.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        return unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode())
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return timestamp(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(each) for name, each in said(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no plain form")


def said(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields that stand in the dataclass's JSON, with their values: not those of `LATER` that say nothing."""
    shape: Any = type(value)
    for name, silent in _silences(shape):
        each = getattr(value, name)
        if silent is _ALWAYS_SAID or each != silent:
            yield name, each


def build(shape: type[T], data: Any) -> T:
    """The dataclass `shape` from plain JSON; keys it does not know are left out, missing ones take its defaults.

    Raises KeyError, TypeError or ValueError where the data cannot fill the shape.
    """
    hint: Any = shape
    built: T = _dataclass_reader(hint)(data)
    return built


@cache
def _names(shape: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(shape))


@cache
def _silences(shape: type) -> tuple[tuple[str, Any], ...]:
    """Each field with the value at which it is left out."""
    fields = dataclasses.fields(shape)
    return tuple((each.name, each.default if each.metadata.get("later") else _ALWAYS_SAID) for each in fields)


Reader = Callable[[Any], Any]


@cache
def _reader(hint: Any) -> Reader | None:
    """What makes a value of that type from plain JSON; None where the JSON is the value. Found once for each type."""
    if get_origin(hint) in (Union, types.UnionType):
        return _optional(_reader(next(arm for arm in get_args(hint) if arm is not types.NoneType)))
    if get_origin(hint) is tuple:
        return _several(_reader(get_args(hint)[0]))
    if hint is datetime:
        return instant
    known: Any = hint if dataclasses.is_dataclass(hint) else None
    return known and _dataclass_reader(known)


def _optional(read: Reader | None) -> Reader | None:
    return read and (lambda data: None if data is None else read(data))


def _several(read: Reader | None) -> Reader:
    return tuple if read is None else (lambda data: tuple(map(read, data)))


@cache
def _dataclass_reader(shape: Any) -> Reader:
    hints, names = get_type_hints(shape), _names(shape)
    known = frozenset(names)
    readers = [(name, read) for name in names if (read := _reader(hints[name]))]

    def read_shape(data: Any) -> Any:
        words = dict(data) if known.issuperset(data) else {name: data[name] for name in names if name in data}
        for name, read in readers:
            if name in words:
                words[name] = read(words[name])
        return shape(**words)

    return read_shape
