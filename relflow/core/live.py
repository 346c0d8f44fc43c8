"""What an environment runs, from what is known to have succeeded there: relflow's deployments and foreign runs."""

from relflow.core.drift import Drift
from relflow.core.facts import Live
from relflow.core.release import Deployment


def brought(version: str, deployment: Deployment, run: Drift | None) -> Live:
    """What a successful deployment brought; `run` is the drift that says who else started its job, if somebody did."""
    assert deployment.settled_at is not None  # noqa: S101 - a success is settled
    return Live(
        version=version,
        revision=deployment.revision,
        commit=deployment.commit,
        since=deployment.settled_at,
        at_latest=max(deployment.settled_at, deployment.finished_at or deployment.settled_at),
        by=(run.played_by if run else None) or deployment.requested_by.id,
        pipeline_id=deployment.pipeline_id,
        kind=deployment.kind,
    )


def foreign(drift: Drift, before: Deployment | None) -> Live | None:
    """What a successful run of somebody else brought; None where relflow's own deployment ended after it.

    GitLab's clock tells which of them ended last, where it said when; else the order in which they were recorded.
    """
    ended_at = drift.finished_at or drift.found_at
    own = (before.finished_at or before.settled_at) if before else None
    if own is not None and own >= ended_at:
        return None
    return Live(
        version=drift.version,
        revision=None,
        commit=drift.commit,
        since=ended_at,
        at_latest=max(ended_at, drift.found_at),
        by=drift.played_by or "gitlab:unknown",
        pipeline_id=drift.pipeline_id or 0,
        kind="foreign",
    )
