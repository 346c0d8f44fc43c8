"""Signing off a deployment that was made past its approvals: the one use case about what nobody has looked at yet."""

from relflow.core.decision import Refused
from relflow.core.errors import UsageError
from relflow.core.events import CommandRefused
from relflow.core.facts import Facts
from relflow.core.release import Deployment, Release
from relflow.core.reviewing import decide_signoff
from relflow.service.app import App, Done, No, proven, standing_project
from relflow.service.ports import Book
from relflow.service.releases import checked_text


def sign_off(app: App, deployment_id: int, reason: str) -> Done | No:
    """Close the review debt of the deployment. 3 requests. Raises UsageError where there is none of that number."""
    kept = checked_text("reason", reason)
    if not kept:
        raise UsageError("a sign-off needs a reason", (), (f"relflow signoff {deployment_id} -m REASON",))
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        _found(book, deployment_id)
    identity, members = proven(app, project)
    with app.store.write() as tx:
        release, deployment = _found(tx, deployment_id)
        facts = Facts(at=tx.at, actor=identity.actor, members=members)
        decision = decide_signoff(workflow.project, release, deployment, kept, facts)
        if isinstance(decision, Refused):
            refused = _refused(release, deployment, kept, facts, decision)
            return No(f"cannot sign deployment {deployment_id} off", decision.refusals, tx.record((refused,)))
        recorded = tx.record(decision.events)
        after = tx.release(release.version) or release
    return Done(after, recorded, after.deployment(deployment_id))


def _refused(release: Release, deployment: Deployment, reason: str, facts: Facts, decision: Refused) -> CommandRefused:
    return CommandRefused(
        at=facts.at,
        actor=facts.actor,
        release=release.version,
        environment=deployment.environment,
        reason=reason,
        trigger="signoff",
        gates=decision.refusals,
    )


def _found(book: Book, deployment_id: int) -> tuple[Release, Deployment]:
    version, deployment = book.find_deployment(deployment_id) or (None, None)
    release = book.release(version) if version else None
    if release is None or deployment is None:
        step = "relflow status     shows what waits to be signed off"
        raise UsageError(f"there is no deployment {deployment_id}", (), (step,))
    return release, deployment
