"""The only place of the sandbox that reads the clock, and the form in which GitLab writes times."""

from datetime import UTC, datetime, timedelta

# One for the process, as a machine has one clock.
_ahead = timedelta()


def set_ahead(seconds: float) -> None:
    """Be that far ahead of this machine's clock from now on, or behind it where that is negative."""
    global _ahead  # noqa: PLW0603  # a clock is set, not made anew
    _ahead = timedelta(seconds=seconds)


def now() -> datetime:
    """Return the time in UTC, cut to milliseconds so that what is answered equals what is kept."""
    moment = datetime.now(UTC) + _ahead  # noqa: TID251  # the sandbox has no adapters; this module is its clock
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime | None) -> str | None:
    """Write a time as GitLab does: ISO 8601, milliseconds, Z."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 date or time; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from start to end, or None where one of them is missing."""
    return None if start is None or end is None else (end - start).total_seconds()
