"""GitLab's job statuses and how many of them make one. Source: gitlab `lib/gitlab/ci/status/composite.rb`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a job or a pipeline stands."""

    CREATED = "created"
    WAITING_FOR_RESOURCE = "waiting_for_resource"
    PREPARING = "preparing"
    WAITING_FOR_CALLBACK = "waiting_for_callback"
    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELING = "canceling"
    CANCELED = "canceled"
    SKIPPED = "skipped"
    MANUAL = "manual"
    SCHEDULED = "scheduled"


COMPLETED: Final = frozenset({Status.SUCCESS, Status.FAILED, Status.CANCELED, Status.SKIPPED})
QUEUED: Final = frozenset({Status.WAITING_FOR_RESOURCE, Status.PENDING})
# `cancel` of a whole pipeline leaves manual jobs alone; of one job it does not.
CANCELABLE: Final = frozenset(Status) - COMPLETED - {Status.CANCELING, Status.MANUAL}
RETRYABLE: Final = frozenset({Status.SUCCESS, Status.FAILED, Status.CANCELED, Status.CANCELING})

_WARNED: Final = "success_with_warnings"
_IGNORED: Final = "ignored"
_TOLERATED: Final = frozenset({_WARNED, _IGNORED})
# In GitLab's order: the first line whose statuses are the only ones present decides ...
_ONLY: Final = (
    (frozenset({"skipped", _IGNORED}), Status.SKIPPED),
    (frozenset({"success", "skipped"}) | _TOLERATED, Status.SUCCESS),
    (frozenset({"created"}) | _TOLERATED, Status.CREATED),
    (frozenset({"preparing"}) | _TOLERATED, Status.PREPARING),
    (frozenset({"canceled", "success", "skipped"}) | _TOLERATED, Status.CANCELED),
    (frozenset({"pending", "created", "skipped"}) | _TOLERATED, Status.PENDING),
)
# ... then the first of these that occurs at all. `manual` comes before failed: a blocked pipeline hides a failure.
_ANY: Final = (
    (frozenset({"running", "pending"}), Status.RUNNING),
    (frozenset({"waiting_for_resource"}), Status.WAITING_FOR_RESOURCE),
    (frozenset({"waiting_for_callback"}), Status.WAITING_FOR_CALLBACK),
    (frozenset({"manual"}), Status.MANUAL),
    (frozenset({"scheduled"}), Status.SCHEDULED),
    (frozenset({"preparing"}), Status.PREPARING),
    (frozenset({"created"}), Status.RUNNING),
    (frozenset({"canceling"}), Status.CANCELING),
)


def composite(jobs: Iterable[tuple[Status, bool]]) -> Status | None:
    """Make one status of many `(status, allow_failure)`; None of none. The order of the jobs does not matter."""
    present = frozenset(_seen(status, allow_failure) for status, allow_failure in jobs)
    if not present:
        return None
    for only, result in _ONLY:
        if present <= only:
            return result
    for some, result in _ANY:
        if present & some:
            return result
    return Status.FAILED


def _seen(status: Status, allow_failure: bool) -> str:
    if allow_failure and status in (Status.FAILED, Status.CANCELED):
        return _WARNED
    if allow_failure and status is Status.MANUAL:
        return _IGNORED
    return status.value
