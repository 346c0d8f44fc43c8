"""What a log must look like to verify: each sentence of a Break by example."""

import json
from typing import Any

import pytest

from relflow.core.record import NO_RECORD, Break, Head, canonical, digest_of, parsed, verified

LOG = "gitlab.example.org/5"


def line(**changes: Any) -> bytes:
    """The first record of the log, changed."""
    record: dict[str, Any] = {"v": 1, "log": LOG, "seq": 1, "prev": NO_RECORD, "at": "2026-03-02T09:00:00.000000Z"}
    record |= {"actor": {"id": "user:anna", "gitlab_user_id": 11, "auth": "token"}, "event": "release_held"}
    record |= dict.fromkeys(("release", "revision", "environment", "commit", "from", "to", "reason"))
    record |= {"data": {}, "tool": {"name": "relflow", "version": "1"}}
    return canonical({name: value for name, value in (record | changes).items() if value != "left out"})


def test_a_log_is_followed_record_by_record() -> None:
    """The head after each record is what the next must fit."""
    first = line()
    second = line(seq=2, prev=digest_of(first))
    assert list(verified(LOG, [first, second])) == [
        Head(LOG, 1, digest_of(first), "2026-03-02T09:00:00.000000Z"),
        Head(LOG, 2, digest_of(second), "2026-03-02T09:00:00.000000Z"),
    ]
    assert list(verified(LOG, [])) == []


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (line(seq=2), "seq is 2, expected 1"),
        (line(prev="f" * 64), f"prev is {'f' * 64}, expected {NO_RECORD}"),
        (line(log="elsewhere/1"), f"log is elsewhere/1, expected {LOG}"),
        (line(reason="left out", actor="left out"), "without actor, reason"),
        (line(at="2026-03-02T09:00:00Z"), "at is '2026-03-02T09:00:00Z', no time in UTC with microseconds"),
        (line(at=7), "at is 7, no time in UTC with microseconds"),
        (b"[]", "not a record: a record is one JSON object"),
        (line() + b"\n", "not a record: these are not the canonical bytes of the object"),
        (line().replace(b'"v":1', b'"v":1.0'), "not a record: a number that is no integer: 1.0"),
        (line().replace(b'"v":1', b'"v":NaN'), "not a record: a number that is no integer: NaN"),
        (line().replace(b'"v":1', b'"v":1,"v":1'), "not a record: these are not the canonical bytes of the object"),
        (b"[" * 100_000, "not a record: nested deeper than any record"),
    ],
)
def test_the_first_break_is_named(raw: bytes, problem: str) -> None:
    """Whatever stands in a record's place, the answer is a sentence."""
    assert list(verified(LOG, [raw, line()])) == [Break(1, problem)]


@pytest.mark.parametrize("raw", [b"\xff", b"", b"{", b'{"a"', b'{"a":"\\ud800"}'])
def test_what_is_no_json_at_all(raw: bytes) -> None:
    """Bytes that are no UTF-8, cut text and lone surrogates break the log as anything else does."""
    (broken,) = verified(LOG, [raw])
    assert isinstance(broken, Break)
    assert broken.problem.startswith("not a record: ")


def test_time_does_not_run_back() -> None:
    """A record that says an earlier time than the one before was not written after it."""
    first = line()
    second = line(seq=2, prev=digest_of(first), at="2026-03-02T08:59:59.999999Z")
    broken = list(verified(LOG, [first, second]))[1]
    assert isinstance(broken, Break)
    assert broken == Break(
        2, "at 2026-03-02T08:59:59.999999Z is earlier than the record before, 2026-03-02T09:00:00.000000Z"
    )


def test_more_fields_than_today_are_kept() -> None:
    """A newer relflow may write more; what it wrote is verified all the same."""
    assert isinstance(next(verified(LOG, [line(weather="fair")])), Head)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (1.0, "no place in a record: float"),
        ((1,), "no place in a record: tuple"),
        (2**53, "beyond 2^53-1: 9007199254740992"),
        (-(2**53), "beyond 2^53-1: -9007199254740992"),
        ({"Key": 1}, "not a key: 'Key'"),
        ({"é": 1}, "not a key: 'é'"),
        ({"": 1}, "not a key: ''"),
        ({1: 1}, "not a key: 1"),
        ([{"a": ["e\u0301"]}], "not in NFC: 'e\u0301'"),
    ],
)
def test_what_has_no_place_in_a_record(value: object, problem: str) -> None:
    """Refused before it is written, because it would not be read back as the same."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        canonical(value)
    assert str(caught.value) == problem


def test_lone_surrogates_have_no_bytes() -> None:
    """They are no text: there is no UTF-8 of them."""
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_a_record_is_read_as_any_json_is() -> None:
    """A stranger needs no tool of ours to read a line."""
    assert json.loads(line()) == parsed(line())
