"""The audit record: canonical bytes and the hash chain. What was written is what is hashed and verified.

The bytes are a subset of RFC 8785 (JCS): no floats, keys of `[a-z0-9_]+`, strings in NFC.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
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
    return _ENCODER.encode(value).encode()


# Here is where verifying a million records spends its time: what is plainly good is passed by without a call.
def _check(value: Any) -> None:
    if isinstance(value, dict):
        _check_keys(tuple(value))
    elif not isinstance(value, list):
        _check_leaf(value)
        return
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if (kind is str and item.isascii()) or (kind is int and -MAX_INTEGER <= item <= MAX_INTEGER):
            continue
        if item is not None and kind is not bool:
            _check(item)


def _check_leaf(value: Any) -> None:
    if isinstance(value, str):
        value.encode()
        if not unicodedata.is_normalized("NFC", value):
            raise ValueError(f"not in NFC: {value!r}")
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"beyond 2^53-1: {value}")
    elif value is not None:
        raise ValueError(f"no place in a record: {type(value).__name__}")


@lru_cache(maxsize=256)
def _check_keys(keys: tuple[object, ...]) -> None:
    if odd := [key for key in keys if not isinstance(key, str) or not _KEY.fullmatch(key)]:
        raise ValueError(f"not a key: {odd[0]!r}")


def parsed(raw: bytes) -> dict[str, Any]:
    """The object of a record's bytes. Raises ValueError unless they are the canonical bytes of one."""
    try:
        # What stands behind the object is seen by the comparison with the bytes.
        value, _ = _DECODER.raw_decode(raw.decode())
        again = canonical(value)
    except RecursionError as exc:
        raise ValueError("nested deeper than any record") from exc
    if not isinstance(value, dict):
        raise ValueError("a record is one JSON object")  # noqa: TRY004 - wrong bytes, not a wrong call
    if again != raw:
        raise ValueError("these are not the canonical bytes of the object")
    return value


def _no_float(text: str) -> None:
    raise ValueError(f"a number that is no integer: {text}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)


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
        record = following(head, raw)
        if isinstance(record, Break):
            yield record
            return
        head = head_after(record, digest_of(raw))
        yield head


def head_after(record: dict[str, Any], digest: str) -> Head:
    """The end of the log when the record is its last."""
    return Head(record["log"], record["seq"], digest, record["at"])


def following(head: Head, raw: bytes) -> dict[str, Any] | Break:
    """The record of the bytes, which must be the one that comes after the head; else what is wrong with it."""
    try:
        record = parsed(raw)
    except (ValueError, UnicodeError) as exc:
        return Break(head.seq + 1, f"not a record: {exc}")
    problem = _problem(record, head)
    return Break(head.seq + 1, problem) if problem else record


def _problem(record: dict[str, Any], head: Head) -> str | None:
    if not record.keys() >= FIELDS:
        return f"without {', '.join(sorted(FIELDS - record.keys()))}"
    found, expected = (record["log"], record["seq"], record["prev"]), (head.log, head.seq + 1, head.hash)
    if found != expected:
        names = zip(("log", "seq", "prev"), found, expected, strict=True)
        return next(f"{name} is {here}, expected {there}" for name, here, there in names if here != there)
    if not isinstance(record["at"], str) or not _AT.fullmatch(record["at"]):
        return f"at is {record['at']!r}, no time in UTC with microseconds"
    if record["at"] < head.at:
        return f"at {record['at']} is earlier than the record before, {head.at}"
    return None
