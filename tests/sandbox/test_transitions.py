"""Which event moves a job from where to where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.sandbox.model.statuses import COMPLETED, Status
from relflow.sandbox.model.transitions import MOVES, Event, InvalidTransitionError, after


@given(st.sampled_from(Event), st.sampled_from(sorted(COMPLETED - {Status.SKIPPED})))
def test_nothing_leaves_a_finished_status(event: Event, status: Status) -> None:
    """success, failed and canceled are for ever: a retry is always a new job."""
    with pytest.raises(InvalidTransitionError):
        after(event, status)


@pytest.mark.parametrize("event", [Event.SUCCEED, Event.DROP, Event.FORCE_CANCEL])
def test_whatever_ends_a_canceling_job_leaves_it_canceled(event: Event) -> None:
    """Also when its process ended well in the last moment."""
    assert after(event, Status.CANCELING) is Status.CANCELED


def test_every_event_leads_somewhere() -> None:
    """No event is without an effect, and none stays where it is."""
    assert set(MOVES) == set(Event)
    for moves in MOVES.values():
        assert moves
        assert all(source is not target for source, target in moves.items())
