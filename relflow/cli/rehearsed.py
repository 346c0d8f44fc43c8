"""What a rehearsal found, as the answer of `reconcile --dry-run`: nothing in it has happened."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from relflow.cli.command import Answer
from relflow.cli.failing import reasons
from relflow.cli.results import failure_in
from relflow.core.events import DriftDetected
from relflow.core.release import Deployment
from relflow.core.text import escaped
from relflow.service.app import Done
from relflow.service.reconciling import Reconciled
from relflow.views.shapes import deployment_shape

if TYPE_CHECKING:
    from relflow.views import contract


def rehearsed(result: Reconciled) -> Answer:
    """The answer: no failure, whatever it tells, because it was asked what would be and has told it."""
    drifts = [_drift(each.event) for each in result.drifted if isinstance(each.event, DriftDetected)]
    shape: contract.ReconcileDryRun = {
        "deployments": [_shape(done, done.deployment) for done in result.results if done.deployment],
        "drift": drifts,
    }
    lines = [line for done in result.results for line in _lines(done)] or ["no deployment is open"]
    return Answer(shape, "\n".join([*lines, *map(_drift_line, drifts)]))


def _drift(event: DriftDetected) -> "contract.ForeseenDrift":
    return {
        "environment": event.environment or "",
        "release": event.release,
        "commit": event.commit or "",
        "job_id": event.job_id,
        "played_by": event.played_by,
        "status": event.status,
    }


def _drift_line(drift: "contract.ForeseenDrift") -> str:
    what = f"job {drift['job_id']}" if drift["job_id"] else "a deployment that was only recorded"
    who = (drift["played_by"] or "somebody").removeprefix("gitlab:")
    whose = drift["release"] or f"commit {drift['commit'][:12]}"
    return escaped(f"{what} of {whose} to {drift['environment']} by {who}: would be recorded as drift")


def _shape(done: Done, deployment: Deployment) -> "contract.Foreseen":
    failure = failure_in(done) if _stays_open(done) else None
    return {
        "deployment": deployment_shape(done.release.version, deployment),
        "would_record": [each.event.name for each in done.recorded],
        "why": list(failure.why) if failure else [],
        "next": list(failure.next_step) if failure else [],
    }


def _lines(done: Done) -> Iterator[str]:
    each, failure = done.deployment, failure_in(done)
    if each is None:
        return
    would = f"would stay open, {each.phase}" if each.is_open else f"would be settled as {each.outcome}"
    held = ", and its release held" if any(one.event.name == "release_held" for one in done.recorded) else ""
    yield escaped(f"deployment {each.id} of {done.release.version} to {each.environment}: {would}{held}")
    if failure and _stays_open(done):
        yield from reasons(failure.why, failure.next_step)


def _stays_open(done: Done) -> bool:
    """Only then its next steps can be typed now: those of an end follow from what is not recorded yet."""
    return done.deployment is not None and done.deployment.is_open
