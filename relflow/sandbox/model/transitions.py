"""Which event takes a job from which status to which. Source: gitlab `ci/processable.rb`, `ci/build.rb`."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Final

from relflow.sandbox.model.statuses import Status


class Event(Enum):
    """What can happen to a job."""

    ACTIONIZE = auto()
    PROCESS = auto()
    ENQUEUE = auto()
    WAIT_FOR_RESOURCE = auto()
    TAKE_RESOURCE = auto()
    RUN = auto()
    SKIP = auto()
    SUCCEED = auto()
    DROP = auto()
    CANCEL = auto()
    FORCE_CANCEL = auto()


class InvalidTransitionError(Exception):
    """The event is not possible in this status."""


S = Status


def _all(sources: Iterable[Status], target: Status) -> dict[Status, Status]:
    return dict.fromkeys(sources, target)


_STARTABLE: Final = (S.CREATED, S.SKIPPED, S.MANUAL, S.SCHEDULED)
_WAITING: Final = (S.CREATED, S.WAITING_FOR_RESOURCE, S.PREPARING, S.WAITING_FOR_CALLBACK, S.PENDING)
_BLOCKED: Final = (S.MANUAL, S.SCHEDULED)
_CANCELING: Final = {S.CANCELING: S.CANCELED}
MOVES: Final[Mapping[Event, Mapping[Status, Status]]] = {
    Event.ACTIONIZE: {S.CREATED: S.MANUAL},
    Event.PROCESS: _all((S.SKIPPED, S.MANUAL), S.CREATED),
    Event.ENQUEUE: _all(_STARTABLE, S.PENDING),
    Event.WAIT_FOR_RESOURCE: _all(_STARTABLE, S.WAITING_FOR_RESOURCE),
    Event.TAKE_RESOURCE: {S.WAITING_FOR_RESOURCE: S.PENDING},
    Event.RUN: {S.PENDING: S.RUNNING},
    Event.SKIP: _all((S.CREATED, S.WAITING_FOR_RESOURCE, S.PREPARING, S.PENDING), S.SKIPPED),
    Event.SUCCEED: _all((*_WAITING, S.RUNNING), S.SUCCESS) | _CANCELING,
    Event.DROP: _all((*_WAITING, S.RUNNING, *_BLOCKED), S.FAILED) | _CANCELING,
    Event.CANCEL: _all((*_WAITING, *_BLOCKED), S.CANCELED) | {S.RUNNING: S.CANCELING},
    Event.FORCE_CANCEL: _CANCELING,
}


def after(event: Event, status: Status) -> Status:
    """Return the status after the event. Raises InvalidTransitionError: nothing leaves success, failed or canceled."""
    target = MOVES[event].get(status)
    if target is None:
        raise InvalidTransitionError(f"cannot {event.name.lower()} a job that is {status}")
    return target
