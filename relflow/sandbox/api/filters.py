"""Filters that several lists share."""

from datetime import datetime
from typing import Final

from relflow.sandbox.clock import parse_time
from relflow.sandbox.wire.answers import invalid
from relflow.sandbox.wire.parameters import Parameters

SORTS: Final = ("asc", "desc")


def within(given: Parameters, what: str, moment: datetime | None) -> bool:
    """Judge `<what>_after` and `<what>_before`; what has no time does not fit a limit."""
    after, before = limit(given, f"{what}_after"), limit(given, f"{what}_before")
    if moment is None:
        return after is None and before is None
    return (after is None or moment >= after) and (before is None or moment <= before)


def limit(given: Parameters, name: str) -> datetime | None:
    """Read one limit."""
    text = given.text(name)
    try:
        return None if text is None else parse_time(text)
    except ValueError as exc:
        raise invalid(f"{name} is invalid") from exc
