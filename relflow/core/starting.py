"""How an attempt starts its job: a first one plays the manual job, every other one retries a job that ended."""

from datetime import datetime, timedelta
from typing import Literal

from relflow.core.release import BREAK_GLASS, Deployment

Way = Literal["play", "retry"]
#: How long a POST whose answer was lost may still arrive at GitLab.
QUIET = timedelta(minutes=10)
#: How far behind GitLab's a clock may be, so that a quiet period which it begins is not over too early.
BEHIND = timedelta(minutes=1)

#: The ends after which GitLab is asked to run the job again; a rollback does so after a success, too.
_BADLY = frozenset({"failed", "canceled"})
_ENDS = {"deploy": _BADLY, BREAK_GLASS: _BADLY, "rollback": frozenset({"success", *_BADLY})}


def way_to_start(kind: str, status: str) -> Way | None:
    """Which request starts a job of that status for that kind of deployment; None where it is not to be started."""
    if kind in ("deploy", BREAK_GLASS) and status == "manual":
        return "play"
    return "retry" if status in _ENDS.get(kind, ()) else None


def way_of(deployment: Deployment) -> Way:
    """Which request the deployment was meant to send."""
    return "play" if deployment.base_job is None else "retry"


def quiet_until(deployment: Deployment) -> datetime | None:
    """From when on no POST of the deployment is on its way; None where none was ever announced."""
    if deployment.phase == "intended":
        return None
    return (deployment.played_at or deployment.requested_at) + QUIET
