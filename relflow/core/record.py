"""The audit record: canonical bytes and the hash chain. What was written is what is hashed and verified.

The bytes are a subset of RFC 8785 (JCS): no floats, keys of `[a-z0-9_]+`, strings in NFC.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

FORMAT = 1
#: The `prev` of a log's first record.
NO_RECORD = "0" * 64
MAX_INTEGER = 2**53 - 1

_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
_KEY = re.compile(r"[a-z0-9_]+", re.ASCII)
FIELDS = frozenset(
    [
        "v",
        "log",
        "seq",
        "prev",
        "at",
        "actor",
        "event",
        "release",
        "revision",
        "environment",
        "commit",
        "from",
        "to",
        "reason",
        "data",
        "tool",
    ]
)


def canonical(value: Any) -> bytes:
    """The one encoding of a JSON value: sorted keys, no white space, UTF-8.

    Raises ValueError for what has no place in a record: floats, integers beyond 2^53-1, keys outside
    `[a-z0-9_]+`, strings that are not NFC or hold a lone surrogate.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _check(value: Any) -> None:
    if isinstance(value, str):
        value.encode()
        if not unicodedata.is_normalized("NFC", value):
            raise ValueError(f"not in NFC: {value!r}")
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise ValueError(f"beyond 2^53-1: {value}")
    elif isinstance(value, list):
        for item in value:
            _check(item)
    elif isinstance(value, dict):
        if odd := [key for key in value if not isinstance(key, str) or not _KEY.fullmatch(key)]:
            raise ValueError(f"not a key: {odd[0]!r}")
        _check(list(value.values()))
    elif value is not None:
        raise ValueError(f"no place in a record: {type(value).__name__}")


def parsed(raw: bytes) -> dict[str, Any]:
    """The object of a record's bytes. Raises ValueError unless they are the canonical bytes of one."""
    try:
        value = json.loads(raw.decode(), parse_float=_no_float, parse_constant=_no_float)
    except RecursionError as exc:
        raise ValueError("nested deeper than any record") from exc
    if not isinstance(value, dict):
        raise ValueError("a record is one JSON object")  # noqa: TRY004 - wrong bytes, not a wrong call
    if canonical(value) != raw:
        raise ValueError("these are not the canonical bytes of the object")
    return value


def _no_float(text: str) -> None:
    raise ValueError(f"a number that is no integer: {text}")


def digest_of(raw: bytes) -> str:
    """The sha-256 of a record's bytes, in hex: the next record's `prev`."""
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: how many records it has, and the last one's hash and time."""

    log: str
    seq: int = 0
    hash: str = NO_RECORD
    at: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a log is not what its writer left: the number it should have, and what is wrong."""

    seq: int
    problem: str


def verified(log: str, records: Iterable[bytes]) -> Iterator[Head | Break]:
    """The head after each record, in order; a Break ends it. Holds one record in memory at a time."""
    head = Head(log)
    for raw in records:
        problem = _problem(raw, head)
        if problem:
            yield Break(head.seq + 1, problem)
            return
        head = Head(log, head.seq + 1, digest_of(raw), json.loads(raw)["at"])
        yield head


def _problem(raw: bytes, head: Head) -> str | None:
    try:
        record = parsed(raw)
    except (ValueError, UnicodeError) as exc:
        return f"not a record: {exc}"
    if missing := FIELDS - record.keys():
        return f"without {', '.join(sorted(missing))}"
    for name, expected in (("log", head.log), ("seq", head.seq + 1), ("prev", head.hash)):
        if record[name] != expected:
            return f"{name} is {record[name]}, expected {expected}"
    if not isinstance(record["at"], str) or not _AT.fullmatch(record["at"]):
        return f"at is {record['at']!r}, no time in UTC with microseconds"
    if record["at"] < head.at:
        return f"at {record['at']} is earlier than the record before, {head.at}"
    return None
