"""Which event takes a job from which status to which. Source: gitlab `ci/processable.rb`, `ci/build.rb`."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from relflow.sandbox.model.statuses import COMPLETED, Status

S = Status
_WAITING: Final = (S.CREATED, S.WAITING_FOR_RESOURCE, S.PREPARING, S.WAITING_FOR_CALLBACK, S.PENDING)


def _all(sources: Iterable[Status], target: Status) -> dict[Status, Status]:
    return dict.fromkeys(sources, target)


class Event(Enum):
    """What can happen to a job. The value maps the status before to the status after."""

    ACTIONIZE = _all((S.CREATED,), S.MANUAL)
    PROCESS = _all((S.SKIPPED, S.MANUAL), S.CREATED)
    ENQUEUE = _all((S.CREATED, S.SKIPPED, S.MANUAL, S.SCHEDULED), S.PENDING)
    WAIT_FOR_RESOURCE = _all((S.CREATED, S.SKIPPED, S.MANUAL, S.SCHEDULED), S.WAITING_FOR_RESOURCE)
    TAKE_RESOURCE = _all((S.WAITING_FOR_RESOURCE,), S.PENDING)
    RUN = _all((S.PENDING,), S.RUNNING)
    SKIP = _all((S.CREATED, S.WAITING_FOR_RESOURCE, S.PREPARING, S.PENDING), S.SKIPPED)
    SUCCEED = {**_all((*_WAITING, S.RUNNING), S.SUCCESS), S.CANCELING: S.CANCELED}
    DROP = {**_all((*_WAITING, S.RUNNING, S.MANUAL, S.SCHEDULED), S.FAILED), S.CANCELING: S.CANCELED}
    CANCEL = {**_all((*_WAITING, S.MANUAL, S.SCHEDULED), S.CANCELED), S.RUNNING: S.CANCELING}
    FORCE_CANCEL = _all((S.CANCELING,), S.CANCELED)

    @property
    def moves(self) -> Mapping[Status, Status]:
        """The status before and after, for every status this event is possible in."""
        moves: Mapping[Status, Status] = self.value
        return moves


class InvalidTransition(Exception):
    """The event is not possible in this status."""


def after(event: Event, status: Status) -> Status:
    """Return the status after the event. Raises InvalidTransition; a finished job never leaves its status."""
    target = event.moves.get(status)
    if target is None or (status in COMPLETED and status is not S.SKIPPED):
        raise InvalidTransition(f"cannot {event.name.lower()} a job that is {status}")
    return target
