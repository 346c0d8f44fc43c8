"""What is written is what is read: canonical bytes, the chain, and events to records and back."""

from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.events import EVENTS, Event, UnknownEvent, from_record, to_record
from relflow.core.evidence import Numbers, PassedJob
from relflow.core.people import Actor
from relflow.core.record import MAX_INTEGER, NO_RECORD, Break, Head, canonical, parsed, verified
from relflow.core.release import PipelineRef
from relflow.core.verdict import GateResult
from tests.properties.scene import LOG
from tests.strategies.scenes import histories
from tests.strategies.words import texts, times

integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=6)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(keys, values, max_size=5)


@given(values)
def test_bytes_are_those_of_rfc_8785(value: object) -> None:
    """On what has a place in a record, an independent implementation of JCS writes the same bytes."""
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(objects)
def test_what_was_written_is_read(value: dict[str, Any]) -> None:
    """Reading the bytes of an object gives the object."""
    assert parsed(canonical(value)) == value


@given(histories())
def test_every_log_verifies(log: tuple[bytes, ...]) -> None:
    """Whatever was done, the chain holds, and its numbers count from 1."""
    heads = list(verified(LOG, log))
    assert [head.seq for head in heads] == list(range(1, len(log) + 1))
    assert not any(isinstance(head, Break) for head in heads)


def first_break(log: list[bytes]) -> int | None:
    """The number at which the verifier stops."""
    return next((step.seq for step in verified(LOG, log) if isinstance(step, Break)), None)


@given(st.data(), histories())
def test_any_changed_byte_is_found(data: st.DataObject, log: tuple[bytes, ...]) -> None:
    """Any byte of any record but the last: the break is there or at the next one, for the last nothing vouches."""
    at = data.draw(st.integers(0, len(log) - 2))
    place = data.draw(st.integers(0, len(log[at]) - 1))
    byte = data.draw(
        (st.sampled_from(b"0123456789abcdef") | st.integers(0, 255)).filter(lambda each: each != log[at][place])
    )
    changed = log[at][:place] + bytes([byte]) + log[at][place + 1 :]
    assert first_break([*log[:at], changed, *log[at + 1 :]]) in {at + 1, at + 2}


@given(st.data(), histories())
def test_a_missing_doubled_swapped_or_foreign_record_is_found(data: st.DataObject, log: tuple[bytes, ...]) -> None:
    """At the place where it happened; a cut end is found by nobody who has only the log."""
    at = data.draw(st.integers(0, len(log) - 2))
    other = data.draw(histories())
    removed = [*log[:at], *log[at + 1 :]]
    doubled = [*log[:at], log[at], *log[at:]]
    swapped = [*log[:at], log[at + 1], log[at], *log[at + 2 :]]
    inserted = [*log[:at], other[at], *log[at:]] if len(other) > at else doubled
    assert first_break(removed) == at + 1
    assert first_break(doubled) == at + 2
    assert first_break(swapped) == at + 1
    assert first_break(inserted) in {at + 1, at + 2}
    assert first_break([*log[: at + 1]]) is None


#: By their types.
_KNOWN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: integers,
    bool: st.booleans(),
    datetime: times,
    Actor: st.builds(Actor, texts, st.none() | integers, texts),
    PipelineRef: st.builds(PipelineRef, integers, texts),
    Numbers: st.builds(
        Numbers,
        coverage=st.none() | texts,
        tests=st.none() | integers,
        failed=st.none() | integers,
        skipped=st.none() | integers,
        jobs=st.lists(st.builds(PassedJob, integers, texts, texts), max_size=2).map(tuple),
        report_digest=st.none() | texts,
    ),
    GateResult: st.builds(
        GateResult,
        gate=texts,
        holds=st.none() | st.booleans(),
        why=st.none() | texts,
        final=st.booleans(),
        who=st.lists(texts, max_size=2).map(tuple),
        next=st.none() | texts,
        earliest=st.none() | times,
        evidence=st.none() | texts,
    ),
}


def filled(hint: Any) -> st.SearchStrategy[Any]:
    """Values for a field of an event, by its type."""
    if get_origin(hint) in {Union, UnionType}:
        return st.none() | st.one_of([filled(arm) for arm in get_args(hint) if arm is not NoneType])
    if get_origin(hint) is tuple:
        return st.lists(filled(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        return objects
    return _KNOWN[hint] if hint in _KNOWN else built(hint)


def built(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a kind, each field filled by its type."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{each.name: filled(hints[each.name]) for each in fields(kind)})


@cache
def events(name: str) -> st.SearchStrategy[Event]:
    """Events of that name, each field filled by its type: one that the codec does not know fails here."""
    return built(EVENTS[name])


@given(st.data(), st.sampled_from(sorted(EVENTS)))
def test_every_event_survives_its_record(data: st.DataObject, name: str) -> None:
    """Event, record, bytes, record, event: nothing of any field of any event is lost or changed."""
    event = data.draw(events(name))
    raw = canonical(to_record(event, Head(LOG), "0.1.0"))
    assert from_record(parsed(raw)) == event


def test_every_event_is_listed() -> None:
    """The closed list has each subclass under its own name; one that was forgotten would be read as unknown."""
    names = {kind.__name__ for kind in Event.__subclasses__()} - {UnknownEvent.__name__}
    assert {kind.__name__ for kind in EVENTS.values()} == names
    assert all(kind.name == name for name, kind in EVENTS.items())


@given(st.data(), st.sampled_from(sorted(EVENTS)))
def test_records_that_lack_a_newer_field_are_read(data: st.DataObject, name: str) -> None:
    """A field with a default may be missing: old records stay readable when an event grows."""
    event = data.draw(events(name))
    record = to_record(event, Head(LOG), "0.1.0")
    own = [each for each in fields(EVENTS[name]) if each.name in record["data"]]
    grown = [each.name for each in own if each.default is not MISSING or each.default_factory is not MISSING]
    record["data"] = {key: value for key, value in record["data"].items() if key not in grown}
    read = from_record(record)
    for each in own:
        old = each.default if each.default is not MISSING else None
        assert getattr(read, each.name) == (old if each.name in grown else getattr(event, each.name))


@given(histories())
def test_a_record_says_what_it_follows(log: tuple[bytes, ...]) -> None:
    """The first follows nothing; each names its project's log and the tool that wrote it."""
    assert parsed(log[0])["prev"] == NO_RECORD
    assert {parsed(raw)["log"] for raw in log} == {LOG}
    assert {parsed(raw)["tool"]["name"] for raw in log} == {"relflow"}
