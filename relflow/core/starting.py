"""How an attempt starts its job: a first one plays the manual job, every other one retries a job that ended."""

from typing import Literal

from relflow.core.release import Deployment

Way = Literal["play", "retry"]

#: The ends after which GitLab is asked to run the job again; a rollback does so after a success, too.
_ENDS = {"deploy": frozenset({"failed", "canceled"}), "rollback": frozenset({"success", "failed", "canceled"})}


def way_to_start(kind: str, status: str) -> Way | None:
    """Which request starts a job of that status for that kind of deployment; None where it is not to be started."""
    if kind == "deploy" and status == "manual":
        return "play"
    return "retry" if status in _ENDS.get(kind, ()) else None


def way_of(deployment: Deployment) -> Way:
    """Which request the deployment was meant to send."""
    return "play" if deployment.base_job is None else "retry"
