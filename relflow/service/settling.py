"""Watching a played job and recording how it ended: P8 and P9, for `deploy` and for `reconcile`."""

from dataclasses import replace

from relflow.core.commands import SettleDeployment
from relflow.core.decision import Refused
from relflow.core.errors import GitLabError
from relflow.core.facts import Facts, Job, Pipeline
from relflow.core.observe import Ended, Odd, Running, Waiting, observe
from relflow.core.people import Actor
from relflow.core.release import Deployment, PipelineRef
from relflow.service.app import App, Conflict, Done, Seen, Trouble, settle_command
from relflow.service.pipelines import jobs_now, pauses

#: How long a job that nobody has seen started is looked at, before a person is asked.
STARTS_WITHIN_S = 15.0


def follow(
    app: App, seen: Seen, done: Done, observer: Actor, *, timeout_s: float, starts_within_s: float = STARTS_WITHIN_S
) -> Done:
    """Look at the job until it ended, cannot be explained, does not start, or the time is over; then record it.

    One request a look, two more at the end. The result has `trouble` unless the job succeeded as asked.
    """
    deployment, waited = _deployment(done), 0.0
    for pause in pauses(deployment.id):
        job = app.gitlab.job(seen.project.project_id, deployment.job_id)
        found = observe(deployment, job, None)
        if isinstance(found, Ended | Odd):
            return settle(app, seen, done, observer, job)
        if isinstance(found, Running):
            app.listener.watching(found.job)
        limit = starts_within_s if isinstance(found, Waiting) else timeout_s
        if waited >= min(limit, timeout_s):
            return replace(done, trouble=open_trouble(deployment, _state_of(found)))
        app.clock.sleep(pause)
        waited += pause
    raise AssertionError("pauses do not end")


def _state_of(found: Waiting | Running) -> str:
    return f"its job is {found.job.status}" if isinstance(found, Running) else f"its job is {found.status}, not started"


def settle(app: App, seen: Seen, done: Done, observer: Actor, job: Job | None) -> Done:
    """P9: list the jobs again, and record the end or what is odd about it."""
    deployment = _deployment(done)
    pipeline = _pipeline(app, seen, deployment)
    command = SettleDeployment(deployment.environment, deployment.id)
    pipelines = (pipeline,) if pipeline else None
    settled = settle_command(
        app, seen, command, lambda tx: Facts(at=tx.at, actor=observer, job=job, pipelines=pipelines)
    )
    if isinstance(settled, Conflict):
        return replace(done, trouble=open_trouble(deployment, settled.what, *settled.why))
    decision, release, recorded = settled
    after = release.deployment(deployment.id) or deployment
    result = Done(release, (*done.recorded, *recorded), after)
    if after.is_open:
        why = decision.refusals[0].why if isinstance(decision, Refused) else after.odd
        return replace(result, trouble=open_trouble(after, why or "its end cannot be recorded"))
    return replace(result, trouble=_ended_badly(after, result))


def _pipeline(app: App, seen: Seen, deployment: Deployment) -> Pipeline | None:
    try:
        return jobs_now(app, seen, PipelineRef(deployment.pipeline_id, ""))
    except GitLabError as exc:
        if exc.status == 404:  # noqa: PLR2004 - the pipeline is gone; the job itself was just seen
            return None
        raise


def _ended_badly(deployment: Deployment, result: Done) -> Trouble | None:
    version, where = result.release.version, f"job {deployment.job_id} {deployment.job_url}"
    if deployment.outcome != "success":
        return Trouble("failed", f"deploying {version} to {deployment.environment}: {deployment.outcome}", (where,))
    held = next((each.event.reason for each in result.recorded if each.event.name == "release_held"), None)
    if held:
        step = (f"relflow show {version}", f"relflow resume {version} -m REASON")
        return Trouble("failed", f"{version} is in {deployment.environment} and was held", (held,), step)
    return None


def open_trouble(deployment: Deployment, *why: str) -> Trouble:
    """The deployment is open: nobody knows yet how it ends."""
    what = f"deployment {deployment.id} to {deployment.environment} is still open: {deployment.phase}"
    steps = ["relflow reconcile"]
    if deployment.odd or deployment.phase == "intended":
        steps = [f"relflow reconcile --abandon {deployment.id} -m REASON"]
    return Trouble("unknown", what, (*why, f"job {deployment.job_id} {deployment.job_url}"), tuple(steps))


def _deployment(done: Done) -> Deployment:
    assert done.deployment is not None  # noqa: S101 - the callers have one
    return done.deployment
