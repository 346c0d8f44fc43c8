"""Durations as people write them in a policy: a whole number with its unit, `30m`, `24h` or `7d`."""

import re
from datetime import timedelta
from functools import lru_cache

_WRITTEN = re.compile(r"([0-9]{1,9})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST = timedelta(days=366)


@lru_cache(maxsize=64)
def duration(text: str) -> timedelta:
    """The duration. Raises ValueError, with a sentence that says how one is written, for what is none."""
    if text.isascii() and text.isdigit():
        raise ValueError(f"it has no unit: {text[:9]}m, {text[:9]}h or {text[:9]}d")
    if (written := _WRITTEN.fullmatch(text)) is None:
        raise ValueError('it is a whole number with a unit, like "30m", "24h" or "7d"')
    number, unit = int(written[1]), _UNITS[written[2]]
    if not number:
        raise ValueError("it is no time at all; leave it out")
    if number > LONGEST / unit:
        raise ValueError(f"it is more than {LONGEST.days} days")
    return number * unit
