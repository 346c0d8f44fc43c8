"""Continuing what is open, by looking, and closing it on a person's word: nothing is ever played here."""

from dataclasses import dataclass

from relflow.core.commands import AbandonDeployment
from relflow.core.decision import Refused
from relflow.core.errors import RelflowError, UsageError
from relflow.core.facts import Facts
from relflow.core.release import Deployment
from relflow.service.app import (
    App,
    Done,
    No,
    Outcome,
    Seen,
    identified,
    identify,
    settle_step,
    standing_project,
)
from relflow.service.drifting import look_for_drift
from relflow.service.ports import Recorded, Transaction
from relflow.service.releases import checked_text
from relflow.service.settling import PART, STARTS_WITHIN_S, Course, course, drifted, follow, listed, look, still_open


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of each deployment that was open, oldest first, and what was found that nobody asked for."""

    results: tuple[Done, ...]
    drifted: tuple[Recorded, ...] = ()
    #: Why nobody could look for the latter; what became of the deployments is told all the same.
    failed: RelflowError | None = None


def reconcile(app: App, timeout_s: float = 3600) -> Reconciled:
    """Watch and settle every open deployment, then look for runs that none of them accounts for.

    Without time it looks once at each. 5 requests, and for each deployment 1 a look and 1 at its end.
    """
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
    identity, open_ = identify(app), still_open(app)
    results = follow(app, [_continued(app, seen, each, timeout_s) for seen, each in open_.values()])
    try:
        return Reconciled(results, look_for_drift(app, project, workflow, identity))
    except RelflowError as exc:
        if not results:
            raise
        return Reconciled(results, failed=exc)


def _continued(app: App, seen: Seen, deployment: Deployment, timeout_s: float) -> Course:
    app.listener.note(f"deployment {deployment.id} of {seen.release.version} to {deployment.environment}")
    # Nothing was sent for an intended one, so there is no start to wait for: one look tells.
    patience = 0.0 if deployment.phase == "intended" else STARTS_WITHIN_S
    done = Done(seen.release, (), deployment)
    return course(app, seen, done, PART, timeout_s=timeout_s, starts_within_s=patience)


def abandon(app: App, deployment_id: int, reason: str) -> Outcome:
    """Close an open deployment on a person's word. 4 requests, 1 more for one that is odd."""
    seen, deployment, kept = spoken_of(app, "abandon", deployment_id, reason)
    return _abandon(app, identified(app, seen), deployment, kept)


def spoken_of(app: App, option: str, deployment_id: int, reason: str) -> tuple[Seen, Deployment, str]:
    """The deployment that a person decides about, its release, and the reason in its normal form.

    Raises UsageError where there is no such deployment, or no reason.
    """
    kept = checked_text("reason", reason)
    if not kept:
        step = (f"relflow reconcile --{option} {deployment_id} -m REASON",)
        raise UsageError(f"--{option} needs a reason", (), step)
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        version, deployment = book.find_deployment(deployment_id) or (None, None)
        release = book.release(version) if version else None
    if release is None or deployment is None:
        raise UsageError(f"there is no deployment {deployment_id}", (), ("relflow status     shows the open ones",))
    return Seen(project, workflow, release), deployment, kept


def _abandon(app: App, seen: Seen, deployment: Deployment, reason: str) -> Outcome:
    job, pipeline = look(app, seen, deployment)
    if deployment.odd and pipeline is None:  # the other run may be why, and may be running
        pipeline = listed(app, seen, deployment)
    command = AbandonDeployment(deployment.environment, deployment.id, reason)

    def facts(tx: Transaction) -> Facts:
        return Facts(
            at=tx.at,
            actor=seen.actor,
            members=seen.members,
            job=job,
            pipelines=(pipeline,) if pipeline else None,
            drifted_jobs=drifted(tx, deployment, pipeline),
            next_drift_id=tx.next_drift_id(),
            gitlab_at=seen.gitlab_at,
        )

    decision, after, recorded = settle_step(app, seen, command, facts)
    if isinstance(decision, Refused):
        return No(f"cannot abandon deployment {deployment.id}", decision.refusals, recorded)
    return Done(after, recorded, after.deployment(deployment.id))
