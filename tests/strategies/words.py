"""The words and times that the properties range over, and how one of what is known only later is chosen."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from relflow.core.facts import FINISHED, UNDERWAY
from tests.properties.scene import CAST

STATUSES = tuple(sorted({"created", "manual", "scheduled", *UNDERWAY, *FINISHED}))
ENDS = ("success", "failed", "canceled")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VERSIONS = ("1.0.0", "1.1.0", "2.0.0-rc.1")
NAMES = tuple(CAST)
POINTS = ("notes", "load")
#: A commit that nothing else names.
OTHER = "f" * 40
#: Stands for a name until it is known.
HERE = "here"
T = TypeVar("T")

#: Text as people and GitLab write it, in the form that records keep: NFC, no lone surrogate.
texts = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: unicodedata.normalize("NFC", text))
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@cache
def places(count: int) -> st.SearchStrategy[int]:
    """The place of one of so many."""
    return st.integers(0, count - 1)


def one_of(draw: st.DrawFn, known: Sequence[T]) -> T:
    """One of what was drawn before, by its place: to make a strategy of it would take longer than to draw from it."""
    return known[draw(places(len(known)))]
