"""Frozen dataclasses to plain JSON values and back, by their type hints."""

import dataclasses
import types
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

JSON = Any  # null, booleans, integers, strings, lists and objects of them; mypy has no recursive alias on 3.11

T = TypeVar("T")


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-05-04T07:30:00.000000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> datetime:
    """The aware UTC time of a timestamp. Raises ValueError where it is none."""
    return datetime.fromisoformat(text).astimezone(UTC)


def plain(value: Any) -> Any:
    """The value as JSON types, its text in NFC. Raises TypeError for anything without a plain form (floats, say).

    Bytes that were no UTF-8 become question marks: what GitLab or a file calls a thing must not stop a record.
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode())
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return timestamp(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no plain form")


def build(shape: type[T], data: Any) -> T:
    """The dataclass `shape` from plain JSON; keys it does not know are left out, missing ones take its defaults.

    Raises KeyError, TypeError or ValueError where the data cannot fill the shape.
    """
    built: T = _build(shape, data)
    return built


@cache
def _hints(shape: type) -> dict[str, Any]:
    known = {field.name for field in dataclasses.fields(shape)}
    return {name: hint for name, hint in get_type_hints(shape).items() if name in known}


def _build(shape: Any, data: Any) -> Any:
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        return None if data is None else _build(next(arm for arm in get_args(shape) if arm is not types.NoneType), data)
    if origin is tuple:
        return tuple(_build(get_args(shape)[0], item) for item in data)
    if shape is datetime:
        return instant(data)
    if isinstance(shape, type) and dataclasses.is_dataclass(shape):
        return shape(**{name: _build(hint, data[name]) for name, hint in _hints(shape).items() if name in data})
    return data
