"""Several looks side by side: none waits for another, and each knows how much time went by."""

from collections.abc import Generator

from hypothesis import given
from hypothesis import strategies as st

from relflow.service.app import Done
from relflow.service.settling import Course, advance
from tests.core.examples import release


def looks(pauses: list[float], at: list[float], told: list[float]) -> Generator[float, float, Done]:
    """A course that wants these pauses between its looks, and notes what it is told and when it looks."""
    at.append(0.0)
    for pause in pauses:
        passed = yield pause
        told.append(passed)
        at.append(at[-1] + passed)
    return Done(release(), ())


#: In eighths of a second, so that sums are exact.
waits = st.lists(st.integers(1, 120).map(lambda eighths: eighths / 8), max_size=6)


@given(wanted=st.lists(waits, max_size=4))
def test_each_is_looked_at_when_it_wants_to_be(wanted: list[list[float]]) -> None:
    """No pause is longer than any of them asked for; all are told the time that passed, and all end, each once."""
    at: list[list[float]] = [[] for _ in wanted]
    told: list[list[float]] = [[] for _ in wanted]
    running: dict[int, Course] = {key: looks(pauses, at[key], told[key]) for key, pauses in enumerate(wanted)}
    slept, rounds, ended = 0.0, [0.0], set[int]()
    while running:
        before = set(running)
        found, slept = advance(running, slept)
        assert set(running) == before - set(found)
        assert not ended & set(found)
        ended |= set(found)
        rounds.append(rounds[-1] + slept)
        for key in running:
            assert 0 < slept <= wanted[key][len(at[key]) - 1]
    assert slept == 0.0
    assert ended == set(range(len(wanted)))
    for key in ended:
        assert at[key] == rounds[: len(at[key])]
        assert len(at[key]) == len(wanted[key]) + 1
