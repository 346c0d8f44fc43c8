"""Times as people type them, to UTC: RFC 3339, a date, or local time where nobody says an offset."""

import re
from datetime import UTC, date, datetime, time

from relflow.core.errors import UsageError

_FORMS = "2026-05-04T09:30 is a local time, 2026-05-04T07:30:00Z one in UTC, 2026-05-04 a day's begin"


def moment(name: str, text: str | None) -> datetime | None:
    """The time that was meant; a date is its day's begin. `name` is the option's.

    Raises UsageError for what is no time, and for a local time that summer time leaves out or brings twice.
    """
    if text is None:
        return None
    try:
        return _read(name, text)
    except (ValueError, OverflowError) as exc:
        raise UsageError(f"--{name} {text!r} is no time", (), (_FORMS,)) from exc


def past_moment(name: str, text: str | None, now: datetime) -> datetime | None:
    """The last instant of the past that was meant. Raises UsageError for a time to come.

    Pages show times to the second, so that without a fraction the whole second is meant.
    """
    at = moment(name, text)
    if at is not None and at > now:
        raise UsageError(f"--{name} {text} is in the future", (f"without --{name} you see what stands now",))
    return at.replace(microsecond=999_999) if at and not at.microsecond else at


def span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The times from and before which is asked. Raises UsageError where none can lie between them."""
    begin, end = moment("since", since), moment("until", until)
    if begin and end and begin >= end:
        why = ("--since is the first instant that counts, --until the first that does not",)
        raise UsageError(f"no time is from {since} on and before {until}", why)
    return begin, end


def _read(name: str, text: str) -> datetime:
    text = re.sub(r" (?=[+-]\d{2}:?\d{2}$)", "", text)  # as our own pages show it: 2026-05-04 09:30:00 +0200
    try:
        day = date.fromisoformat(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _local(name, text, at)
    # By way of the timestamp: where clocks leave midnight out, astimezone gives an hour of the day before.
    return datetime.fromtimestamp(datetime.combine(day, time()).timestamp(), UTC)


def _local(name: str, text: str, at: datetime) -> datetime:
    """Of the two readings that Python offers, the one that a clock on the wall shows."""
    both = {at.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = sorted(each for each in both if each.astimezone().replace(tzinfo=None) == at)
    if len(shown) == 1:
        return shown[0]
    what = "is an hour that clocks here show twice" if shown else "is an hour that clocks here leave out"
    steps = tuple(f"--{name} {each.astimezone().isoformat()}" for each in sorted(both))
    raise UsageError(f"--{name} {text} {what}", ("they are put forward or back for summer time",), steps)
