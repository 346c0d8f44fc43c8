"""Starting the job of an open deployment on a person's word: P10 of the play protocol, where looking does not help.

    look · take over and arm (T2) · POST · then as any other deployment

Source: ADR 0013, an epoch is folded from the log.
"""

from dataclasses import replace

from relflow.core.commands import ReplayDeployment
from relflow.core.decision import Refused
from relflow.core.facts import Facts
from relflow.core.release import Deployment
from relflow.core.taking_over import asked_again
from relflow.service.app import App, Done, No, Outcome, Seen, identified, settle_step
from relflow.service.facts import ask
from relflow.service.playing import guarded, play
from relflow.service.ports import Transaction
from relflow.service.reconciling import spoken_of
from relflow.service.sending import may_start
from relflow.service.settling import open_trouble


def replay(app: App, deployment_id: int, reason: str, timeout_s: float = 3600, *, wait: bool = True) -> Outcome:
    """Start the job of an open deployment that nobody has started, and record how it ended.

    A decision to deploy like the first: 8 requests before the play, 1 for it, then 1 a look. Whoever was at it before
    can record no answer any more. Ends with `trouble` as `deploy` does, once it was taken over.
    """
    seen, deployment, kept = spoken_of(app, "replay", deployment_id, reason)
    seen = identified(app, seen)
    may_start(seen.identity, "play jobs")
    asked_at = app.clock.now()
    try:
        taken = _take_over(app, seen, deployment, kept)
    except KeyboardInterrupt:  # it was open before, and nobody knows whether it was armed
        why = "interrupted while it was taken over"
        return Done(seen.release, (), deployment, open_trouble(deployment, why))
    if not isinstance(taken, Done):
        return taken
    return guarded(taken, lambda: play(app, seen, taken, asked_at, wait=wait, timeout_s=timeout_s))


def _take_over(app: App, seen: Seen, deployment: Deployment, reason: str) -> Outcome:
    known = ask(app, seen, asked_again(deployment, reason))
    job = app.gitlab.job(seen.project.project_id, deployment.starts)

    def facts(tx: Transaction) -> Facts:
        return replace(known(tx, tx.at), job=job)

    command = ReplayDeployment(deployment.environment, deployment.id, reason)
    decision, release, recorded = settle_step(app, seen, command, facts)
    if isinstance(decision, Refused):
        return No(f"cannot replay deployment {deployment.id}", decision.refusals, recorded)
    return Done(release, recorded, release.deployment(deployment.id))
