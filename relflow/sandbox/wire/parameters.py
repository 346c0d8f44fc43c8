"""What a client sends: queries and bodies, with the bracket spellings that clients use for lists and mappings."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from relflow.sandbox.wire.answers import RefusedError, invalid, said

_TRUE: Final = ("true", "1", "t", "yes", "on")


@dataclass(frozen=True)
class Parameters:
    """The values of query and body together; the body wins, as in GitLab."""

    values: Mapping[str, object]

    def raw(self, name: str) -> object:
        """Return a value as it came."""
        return self.values.get(name)

    def text(self, name: str) -> str | None:
        """Return a value as text, or None where it is missing or empty."""
        value = self.values.get(name)
        return None if value is None or value == "" or isinstance(value, list | dict) else _text(value)

    def needed(self, name: str) -> str:
        """Return a value that must be there."""
        value = self.text(name)
        if value is None:
            raise invalid(f"{name} is missing")
        return value

    def flag(self, name: str) -> bool | None:
        """Return a yes or no."""
        value = self.text(name)
        return None if value is None else value.lower() in _TRUE

    def number(self, name: str) -> int | None:
        """Return a whole number."""
        value = self.text(name)
        try:
            return None if value is None else int(value)
        except ValueError as exc:
            raise invalid(f"{name} is invalid") from exc

    def seconds(self, name: str) -> float:
        """Return a number of seconds; none is 0."""
        try:
            return float(self.text(name) or 0)
        except ValueError as exc:
            raise invalid(f"{name} is invalid") from exc

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
        """Return one of a few words."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid(f"{name} does not have a valid value")
        return value or default

    def list(self, name: str) -> list[str]:
        """Return all values given for a name, also a single one."""
        value = self.values.get(name)
        if value is None:
            return []
        return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_query(query: str) -> dict[str, object]:
    """Read a query or a form: `a=1`, `a[]=1&a[]=2`, `a[0]=1`, `a[][key]=k&a[][value]=v`, `a[b]=c`."""
    found: dict[str, object] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        head, *rest = re.findall(r"[^\[\]]+|\[\]", name.replace("][", "]["))
        _place(found, head, rest, value)
    return found


def _place(into: dict[str, object], head: str, rest: list[str], value: str) -> None:
    if not rest:
        into[head] = value
    elif rest[0] == "[]" or rest[0].isdigit():
        items = into.setdefault(head, [])
        if isinstance(items, list):
            _append(items, rest[1:], value)
    else:
        inner = into.setdefault(head, {})
        if isinstance(inner, dict):
            _place(inner, rest[0], rest[1:], value)


def _append(items: list[object], rest: list[str], value: str) -> None:
    if not rest:
        items.append(value)
        return
    # A key that the last mapping already has begins the next one.
    last = items[-1] if items else None
    if not isinstance(last, dict) or rest[0] in last:
        last = {}
        items.append(last)
    _place(last, rest[0], rest[1:], value)


def parse_body(content_type: str, body: bytes) -> dict[str, object]:
    """Read a body as JSON or as a form; an empty one has no values."""
    if not body:
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return parse_query(body.decode(errors="replace"))
    if kind != "application/json":
        raise said(415, f"The provided content-type '{kind}' is not supported.")
    return _json(body)


def _json(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body)
    except ValueError as exc:
        raise _unreadable() from exc
    if not isinstance(value, dict):
        raise _unreadable()
    return value


def _unreadable() -> RefusedError:
    return said(400, "400 Bad request - message body does not match declared format")
