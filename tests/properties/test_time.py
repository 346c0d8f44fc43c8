"""Weekly windows and clocks, against the dumbest way to know: walking through the minutes with an eye on the wall."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.case import Case
from relflow.core.commands import DeployRelease
from relflow.core.facts import EnvironmentFacts, Facts, Live
from relflow.core.freeze import Freeze
from relflow.core.gates.table import GATES
from relflow.core.people import user
from relflow.core.windows import DAYS, Schedule, schedule
from relflow.core.workflow import Environment, Workflow
from tests.core.examples import COMMIT, release

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
#: Days around those on which clocks change, in one zone or another, and some on which they do not.
ABOUT = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1), (6, 15))
]
MINUTE = timedelta(minutes=1)


_DAY = st.sampled_from(DAYS)
_SOME_DAYS = st.lists(st.builds("{}-{}".format, _DAY, _DAY) | _DAY, min_size=1, max_size=2)
_MINUTES = st.sampled_from([0, 60, 90, 105, 120, 135, 150, 180, 210, 480, 960, 1440]) | st.integers(0, 1440)
_BEGIN_AND_END = st.lists(_MINUTES, min_size=2, max_size=2, unique=True).map(sorted)


@st.composite
def _window(draw: st.DrawFn) -> str:
    days, (begin, end) = draw(_SOME_DAYS), draw(_BEGIN_AND_END)
    return f"{','.join(days)} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def windows() -> st.SearchStrategy[tuple[str, ...]]:
    """One to three windows, most of them about the hours in which clocks change."""
    return st.lists(_window(), min_size=1, max_size=3).map(tuple)


def on_the_wall(texts: tuple[str, ...], zone: str, at: datetime) -> bool:
    """Whether a person who looks at a wall clock and at the policy finds a window open."""
    wall = at.astimezone(ZoneInfo(zone))
    today, shown = DAYS[wall.weekday()], f"{wall:%H:%M}"
    return any(today in days and begin <= shown < end for days, begin, end in map(_read, texts))


@cache
def _read(text: str) -> tuple[list[str], str, str]:
    """The days of a window, its begin and its end."""
    days, hours = text.split(" ")
    begin, end = hours.split("-")
    named: list[str] = []
    for part in days.split(","):
        first, last = (part.split("-") * 2)[:2]
        named.append(first)
        while named[-1] != last:
            named.append(DAYS[(DAYS.index(named[-1]) + 1) % 7])
    return named, begin, end


def turn(texts: tuple[str, ...], zone: str, at: datetime, *, is_open: bool, days: int) -> datetime | None:
    """The first time from then on at which the wall says so, found minute by minute."""
    if on_the_wall(texts, zone, at) is is_open:
        return at
    step = at.replace(second=0, microsecond=0)
    for _ in range(days * 24 * 60):
        step += MINUTE
        if on_the_wall(texts, zone, step) is is_open:
            return step
    return None


@pytest.mark.parametrize("zone", ZONES)
@given(texts=windows(), begin=st.sampled_from(ABOUT), seconds=st.integers(-86_400, 86_400))
def test_a_schedule_is_what_the_wall_shows(zone: str, texts: tuple[str, ...], begin: datetime, seconds: int) -> None:
    """Open now, when it opens next, and until when: right on both days of the year when clocks change."""
    at, known = begin + timedelta(seconds=seconds), schedule(texts, zone)
    assert isinstance(known, Schedule)
    assert known.is_open(at) == on_the_wall(texts, zone, at)
    for ask, is_open in ((known.opens_at, True), (known.closes_at, False)):
        found, walked = ask(at), turn(texts, zone, at, is_open=is_open, days=3)
        assert found == walked or (walked is None and (found is None or found > at + timedelta(days=2))), ask


@pytest.mark.parametrize("zone", ZONES)
@given(texts=windows(), at=st.sampled_from(ABOUT))
def test_what_can_open_does_within_two_weeks(zone: str, texts: tuple[str, ...], at: datetime) -> None:
    """A policy that was checked closes nothing for ever."""
    known = schedule(texts, zone)
    assert known is not None
    assert known.opens_at(at) is not None


def test_days_without_clocks() -> None:
    """The examples of the day: what clocks leave out is lost, and what they show twice is open twice."""
    known = schedule(("Sun 02:15-02:45",), "Europe/Berlin")
    assert known is not None
    spring, autumn = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    assert known.opens_at(spring) == datetime(2026, 4, 5, 0, 15, tzinfo=UTC)
    assert known.opens_at(autumn) == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert known.opens_at(datetime(2026, 10, 25, 0, 45, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


PLACE = Environment("prod", "deploy-prod", "prod", soak="2h", window=("Mon-Fri 08:00-16:00",), timezone="Europe/Berlin")
WORKFLOW = Workflow("group/data-provider", (Environment("dev", "deploy-dev", "dev"), PLACE))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
times = st.integers(-200, 200).map(lambda hours: MONDAY + timedelta(hours=hours / 2))
GATES_OF_TIME = ("not_frozen", "in_window", "soaked", "environment_free")


_SPANS = st.lists(st.tuples(times, st.integers(1, 60)), max_size=3)


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    """What closes an environment, and what ran before, with one clock at first."""
    spans = draw(_SPANS)
    freezes = tuple(
        Freeze(
            id=number,
            environment="prod",
            begins_at=begins_at,
            ends_at=begins_at + timedelta(hours=hours),
            reason="x",
            added_by=user("anna", 11),
            added_at=begins_at,
        )
        for number, (begins_at, hours) in enumerate(spans)
    )
    live = Live(version="1.4.0", revision=1, commit=COMMIT, since=draw(times), by="user:anna", pipeline_id=7)
    return Facts(
        at=draw(times),
        actor=user("anna", 11),
        environment=EnvironmentFacts(freezes=freezes),
        environment_before=EnvironmentFacts(brought=live),
        gitlab_freezes=(),
    )


def held(gate: str, facts: Facts) -> bool:
    """Whether the gate holds."""
    return bool(GATES[gate](Case(WORKFLOW, release("approved-prod"), DeployRelease("prod"), facts)).holds)


@pytest.mark.parametrize("gate", GATES_OF_TIME)
@given(facts=situations(), other=times)
def test_i14_a_wrong_clock_opens_nothing(gate: str, facts: Facts, other: datetime) -> None:
    """Of two clocks one is right: where the gate does not hold by that one, no other makes it hold."""
    for wrong in (replace(facts, gitlab_at=other), replace(facts, at=other, gitlab_at=facts.at)):
        assert held(gate, facts) or not held(gate, wrong)


@given(facts=situations())
def test_law_10_at_the_named_time_all_gates_of_time_hold(facts: Facts) -> None:
    """Whichever gate names a time: then, and not before, every one of them holds."""
    case = Case(WORKFLOW, release("approved-prod"), DeployRelease("prod"), facts)
    results = [GATES[gate](case) for gate in GATES_OF_TIME]
    named = {each.earliest for each in results if not each.holds}
    assert len(named) <= 1
    for earliest in named:
        assert earliest is not None
        assert all(held(gate, replace(facts, at=earliest)) for gate in GATES_OF_TIME)
        step = facts.at
        while (step := step + timedelta(minutes=30)) < earliest:
            assert not all(held(gate, replace(facts, at=step)) for gate in GATES_OF_TIME)
