"""Weekly windows: is one open at a time, when does one open next, and until when.

A window is told by the clock on the wall: days, a begin that counts and an end that does not. Where clocks are put
forward it loses what they leave out, where they are put back it has what they show twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: A window of a weekday may be lost to the clocks once; what has not opened by then never does.
AHEAD = timedelta(days=15)

_DAY = "(?:" + "|".join(DAYS) + ")"
# Compiled where a policy has windows: every command imports this.
_DAYS = f"{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*"
_HOURS = r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])"


@dataclass(frozen=True, slots=True)
class Window:
    """One window: days of the week, Monday is 0, and minutes of the day, from `begin` on and before `end`."""

    days: frozenset[int]
    begin: int
    end: int

    def shows(self, wall: datetime) -> bool:
        """Whether the clock on the wall shows a time inside."""
        return wall.weekday() in self.days and self.begin <= wall.hour * 60 + wall.minute < self.end


@lru_cache(maxsize=256)
def window(text: str) -> Window:
    """The window that `Mon-Thu 08:00-16:00` names. Raises ValueError, with a sentence, for what names none."""
    days, _, hours = text.partition(" ")
    if (span := re.fullmatch(_HOURS, hours)) is None or not days:
        raise ValueError('it is written like "Mon-Thu 08:00-16:00" or "Mon,Wed 09:30-24:00"')
    if not re.fullmatch(_DAYS, days):
        raise ValueError(f'its days are some of {", ".join(DAYS)}, written like "Mon-Thu" or "Mon,Wed"')
    begin, end = (int(span[place]) * 60 + int(span[place + 1]) for place in (1, 3))
    if max(begin, end) > 24 * 60:
        raise ValueError("a day ends at 24:00")
    if begin == end:
        raise ValueError("it ends when it begins, so that it never opens")
    if begin > end:
        raise ValueError('it ends before it begins; over midnight it is two: "Mon 22:00-24:00" and "Tue 00:00-02:00"')
    return Window(frozenset(_named(days)), begin, end)


def _named(days: str) -> Iterator[int]:
    for part in days.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        yield from (place % 7 for place in range(begin, end + (7 if end < begin else 0) + 1))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name; None where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # no such key, no such path, a folder of zones
        return None


def wall_time(at: datetime, where: tzinfo) -> datetime:
    """What the clock on the wall shows there; at the very ends of Python's calendar, what it shows in UTC."""
    try:
        return at.astimezone(where)
    except OverflowError:
        return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The windows of one place; with none of them it is always open."""

    windows: tuple[Window, ...]
    zone: ZoneInfo

    def is_open(self, at: datetime) -> bool:
        """Whether one is open then."""
        wall = wall_time(at, self.zone)
        return not self.windows or any(each.shows(wall) for each in self.windows)

    def opens_at(self, at: datetime) -> datetime | None:
        """The first time from then on, in UTC, at which one is open; None where none opens in two weeks."""
        return self._first(at, is_open=True)

    def closes_at(self, at: datetime) -> datetime | None:
        """The first time from then on, in UTC, at which none is open; None where that is not in two weeks."""
        return self._first(at, is_open=False)

    def _first(self, at: datetime, *, is_open: bool) -> datetime | None:
        begin = at.astimezone(UTC)
        try:
            turns = sorted({begin, *(turn for turn in self._turns(begin) if turn > begin)})
        except OverflowError:  # beyond the years that Python counts
            return None
        return next((turn for turn in turns if self.is_open(turn) is is_open), None)

    def _turns(self, begin: datetime) -> Iterator[datetime]:
        """All times, in no order, at which anything may change: where a window's ends are, and where clocks jump."""
        first = begin.astimezone(self.zone).date() - timedelta(days=1)
        days = [first + timedelta(days=number) for number in range(AHEAD.days + 3)]
        for minute in {minute for each in self.windows for minute in (each.begin, each.end)}:
            for day in days:
                wall = datetime.combine(day, time()) + timedelta(minutes=minute)
                yield from (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        for number in range(AHEAD.days + 1):
            yield from self._jump(begin + timedelta(days=number), begin + timedelta(days=number + 1))

    def _jump(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """When clocks were put forward or back between the two, to the second."""
        before = begin.astimezone(self.zone).utcoffset()
        if end.astimezone(self.zone).utcoffset() == before:
            return
        while end - begin > timedelta(seconds=1):
            middle = begin + (end - begin) / 2
            if middle.astimezone(self.zone).utcoffset() == before:
                begin = middle
            else:
                end = middle
        yield end.replace(microsecond=0)


@lru_cache(maxsize=64)
def schedule(windows: tuple[str, ...], zone_name: str) -> Schedule | None:
    """The schedule of a policy that was checked; None where this machine does not know the zone."""
    where = zone(zone_name)
    return Schedule(tuple(map(window, windows)), where) if where else None
