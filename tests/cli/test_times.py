"""What a person types as a time, read as they mean it, wherever they live."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from relflow.cli.times import moment, past_moment, span
from relflow.core.errors import UsageError
from tests.doubles.clock import START

Live = Callable[[str], None]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """Move the machine to another zone; the folder's own fixture brings it back."""

    def there(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    return there


@pytest.mark.parametrize(
    ("zone", "text", "utc"),
    [
        ("Europe/Berlin", "2026-05-04T09:30:00Z", "2026-05-04T09:30:00"),
        ("Europe/Berlin", "2026-05-04T09:30:00.123456+05:30", "2026-05-04T04:00:00.123456"),
        ("Europe/Berlin", "2026-05-04T09:30", "2026-05-04T07:30:00"),
        ("Europe/Berlin", "2026-05-04 09:30:15", "2026-05-04T07:30:15"),
        ("Europe/Berlin", "2026-01-04 09:30:15+0100", "2026-01-04T08:30:15"),
        ("Europe/Berlin", "2026-01-04 09:30:15 +0100", "2026-01-04T08:30:15"),
        ("Europe/Berlin", "2026-05-04", "2026-05-03T22:00:00"),
        ("UTC", "2026-05-04", "2026-05-04T00:00:00"),
        # Clocks go forward at midnight in Cairo, and back from 1 to 0 on the Azores: a day begins where it begins.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00"),
        ("Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00"),
        ("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00"),
        ("Europe/Berlin", "2026-10-25T02:30+01:00", "2026-10-25T01:30:00"),
    ],
)
def test_a_time_is_read_as_it_is_meant(live: Live, zone: str, text: str, utc: str) -> None:
    """With an offset, in local time without one, a date as its day's begin."""
    live(zone)
    assert moment("since", text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said", "steps"),
    [
        ("2026-03-29T02:30", "leave out", ("--at 2026-03-29T01:30:00+01:00", "--at 2026-03-29T03:30:00+02:00")),
        ("2026-10-25T02:30", "show twice", ("--at 2026-10-25T02:30:00+02:00", "--at 2026-10-25T02:30:00+01:00")),
    ],
)
def test_an_hour_of_the_change_to_summer_time_is_not_guessed(
    live: Live, text: str, said: str, steps: tuple[str, ...]
) -> None:
    """Both readings are named, each as it can be typed."""
    live("Europe/Berlin")
    with pytest.raises(UsageError, match=said) as refused:
        moment("at", text)
    assert refused.value.next_step == steps


@pytest.mark.parametrize("text", ["", " ", "now", "09:30", "2026-02-30", "2026-05-04T25:00", "1777887000", "26-5-4"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_no_time_at_all(live: Live, zone: str, text: str) -> None:
    """What is no time, or belongs to no day, is refused with the forms there are."""
    live(zone)
    with pytest.raises(UsageError, match="is no time"):
        moment("since", text)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_time(live: Live, zone: str, text: str) -> None:
    """A time for which UTC has no year is refused here, and fails nowhere later."""
    live(zone)
    with pytest.raises(UsageError, match="is no time"):
        moment("until", text)


def test_what_is_to_come_is_not_the_past() -> None:
    """The present is; a second later is not. A time to the second is all of that second, as pages show it."""
    assert past_moment("at", START.isoformat(), START) == START + timedelta(microseconds=999_999)
    assert past_moment("at", "2026-03-02T08:59:59.25Z", START) == START - timedelta(microseconds=750_000)
    assert past_moment("at", None, START) is None
    with pytest.raises(UsageError, match=r"--at .* is in the future"):
        past_moment("at", (START + timedelta(seconds=1)).isoformat(), START)


def test_a_span_has_a_begin_before_its_end() -> None:
    """Where nothing can lie between the two, it is said; one end is enough."""
    begin, end = span("2026-05-04", "2026-05-05")
    assert (begin, end) == (moment("since", "2026-05-04"), moment("until", "2026-05-05"))
    assert span("2026-05-04", None)[1] is None
    assert span(None, None) == (None, None)
    for since, until in (("2026-05-05", "2026-05-04"), ("2026-05-05", "2026-05-05")):
        with pytest.raises(UsageError, match="no time is from"):
            span(since, until)
