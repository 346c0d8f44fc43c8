"""Watching started jobs and recording how they ended: P8 and P9, for `deploy`, `reconcile` and `watch`."""

from collections.abc import Generator, Iterable
from dataclasses import replace
from inspect import GEN_CREATED, getgeneratorstate

from relflow.core.commands import SettleDeployment
from relflow.core.decision import Refused
from relflow.core.errors import GitLabError, RelflowError
from relflow.core.facts import Facts, Job, Pipeline
from relflow.core.observe import NOT_MADE, Ended, Odd, Running, Waiting, observe
from relflow.core.people import Actor, itself
from relflow.core.release import BREAK_GLASS, Deployment, Release
from relflow.core.starting import quiet_until
from relflow.core.taking_over import abandon_line, replay_line
from relflow.service.app import App, Done, Later, Seen, Trouble, settle_step, standing_project
from relflow.service.pipelines import is_gone, pauses
from relflow.service.ports import Transaction

PART = itself("reconcile")
#: How long a job that nobody has seen started is looked at, before a person is asked.
STARTS_WITHIN_S = 15.0
#: Looks at one deployment: yields the seconds it would wait for the next look, is sent those that passed, and
#: returns what was recorded.
Course = Generator[float, float, Done]


def follow(app: App, courses: Iterable[Course]) -> tuple[Done, ...]:
    """Run the courses side by side until each has its result; the results in the same order."""
    results: dict[int, Done] = {}
    running, slept = dict(enumerate(courses)), 0.0
    while running:
        ended, slept = advance(running, slept)
        results |= ended
        if running:
            app.clock.sleep(slept)
    return tuple(results[place] for place in sorted(results))


def advance(running: dict[int, Course], slept: float) -> tuple[dict[int, Done], float]:
    """Look once at each, `slept` seconds after the last time; those that ended are taken out, with their results.

    With them the seconds until somebody wants to look again; 0 where nobody is left.
    """
    ended: dict[int, Done] = {}
    wanted: list[float] = []
    for key, course in tuple(running.items()):
        try:
            begins = getgeneratorstate(course) == GEN_CREATED
            wanted.append(next(course) if begins else course.send(slept))
        except StopIteration as end:
            ended[key] = end.value
            del running[key]
    return ended, min(wanted, default=0.0)


def course(
    app: App, seen: Seen, done: Done, observer: Actor, *, timeout_s: float, starts_within_s: float = STARTS_WITHIN_S
) -> Course:
    """Look at the job until it ended, cannot be explained, does not start, or the time is over; then record it.

    One request a look, one more at the end. The result has `trouble` unless
    the job succeeded as asked; a GitLab that fails meanwhile is one: the deployment is open then.
    """
    try:
        return (yield from _looks(app, seen, done, observer, timeout_s, starts_within_s))
    except RelflowError as exc:
        return replace(done, trouble=open_trouble(_deployment(done), exc.what, *exc.why))


def _looks(app: App, seen: Seen, done: Done, observer: Actor, timeout_s: float, starts_within_s: float) -> Course:
    deployment, waited = _deployment(done), 0.0
    pause = pauses(deployment.id)
    while True:
        job, pipeline = look(app, seen, deployment)
        found = observe(deployment, job, pipeline)
        if isinstance(found, Ended | Odd):
            pipeline = listed(app, seen, deployment)
            contradicted = _contradicted(found, pipeline)
            if contradicted is None:
                return _settle(app, seen, done, observer, job, pipeline)
            found = contradicted
        limit = starts_within_s if isinstance(found, Waiting) else timeout_s
        if waited >= min(limit, timeout_s):
            return replace(done, trouble=_not_over(app, deployment, found))
        if isinstance(found, Running):
            app.listener.watching(found.job)
        waited += yield next(pause)


def still_open(
    app: App, version: str | None = None, environment: str | None = None
) -> dict[int, tuple[Seen, Deployment]]:
    """The open deployments by id, oldest first: all of them, or those of the release and those to the environment."""
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        open_ = book.open_deployments()
        if version is not None or environment is not None:
            open_ = tuple(each for each in open_ if each[0] == version or each[1].environment == environment)
        found = [(book.release(name), deployment) for name, deployment in open_]
    return {each.id: (Seen(project, workflow, release), each) for release, each in found if release is not None}


def look(app: App, seen: Seen, deployment: Deployment) -> tuple[Job | None, Pipeline | None]:
    """The deployment's job as it is now; for a retry that has not shown its job, the pipeline with all its jobs."""
    if deployment.job_id is None:
        return None, listed(app, seen, deployment)
    return app.gitlab.job(seen.project.project_id, deployment.job_id), None


def _state_of(found: Waiting | Running) -> str:
    return f"its job is {found.job.status if isinstance(found, Running) else found.in_words}"


def _contradicted(found: Ended | Odd, pipeline: Pipeline | None) -> Running | None:
    """The job as the list shows it, where that is not how it ended: one of the answers is false, or an old one."""
    if isinstance(found, Odd) or pipeline is None:
        return None
    shown = next((each for each in pipeline.named(found.job.name) if each.id == found.job.id), found.job)
    return Running(shown) if shown.status != found.job.status else None


def _settle(app: App, seen: Seen, done: Done, observer: Actor, job: Job | None, pipeline: Pipeline | None) -> Done:
    """P9: record the end or what is odd about it, from the look and the list that followed it."""
    deployment = _deployment(done)
    pipelines = (pipeline,) if pipeline else None
    found = job if pipeline else None  # a job goes with its pipeline: nobody can tell whether it was the only run

    def facts(tx: Transaction) -> Facts:
        return Facts(
            at=tx.at,
            actor=observer,
            job=found,
            pipelines=pipelines,
            replaced=_replaced(tx, deployment, seen.release.version),
            drifted_jobs=drifted(tx, deployment, pipeline),
            next_drift_id=tx.next_drift_id(),
        )

    step = SettleDeployment(deployment.environment, deployment.id)
    decision, release, recorded = settle_step(app, seen, step, facts)
    after = release.deployment(deployment.id) or deployment
    result = Done(release, (*done.recorded, *recorded), after)
    if after.is_open:
        why = decision.refusals[0].why if isinstance(decision, Refused) else after.odd
        return replace(result, trouble=open_trouble(after, why or "its end cannot be recorded"))
    return replace(result, trouble=ended_badly(result))


def _replaced(tx: Transaction, deployment: Deployment, version: str) -> Release | None:
    live = tx.environment(deployment.environment).brought
    return tx.release(live.version) if live and live.version and live.version != version else None


def drifted(tx: Transaction, deployment: Deployment, pipeline: Pipeline | None) -> frozenset[int]:
    """Those runs of its job that a drift names already."""
    runs = pipeline.named(deployment.job_name) if pipeline else ()
    return frozenset(run.id for run in runs if tx.drift_of(gitlab_deployment_id=None, job_id=run.id))


def listed(app: App, seen: Seen, deployment: Deployment) -> Pipeline | None:
    """The deployment's pipeline with all its jobs as they are now; None where it is gone. One request."""
    project, number = seen.project.project_id, deployment.pipeline_id
    try:
        runs = app.gitlab.runs(project, number)
    except GitLabError as exc:
        if is_gone(app, project, number, exc):
            return None
        raise
    known = {"ref": seen.release.ref, "commit": deployment.commit, "status": "", "url": ""}
    return Pipeline(id=number, jobs=runs, **known)


def ended_badly(result: Done) -> Trouble | None:
    """What is not as hoped about a deployment that is settled; None for a success that nothing followed."""
    deployment, version = _deployment(result), result.release.version
    if deployment.outcome != "success":
        what = f"deployment {deployment.id} of {version} to {deployment.environment}: {deployment.outcome}"
        steps: tuple[str, ...] = (f"{again(deployment, version)}     runs the job again",)
        return Trouble("failed", what, (_where(deployment),), steps)
    if deployment.odd:  # whoever recorded it
        steps = (f"relflow show {version}", f"relflow resume {version} -m REASON")
        return Trouble("failed", f"{version} is in {deployment.environment} and was held", (deployment.odd,), steps)
    return None


def again(deployment: Deployment, version: str) -> str:
    """The command that tries once more what the deployment tried."""
    if deployment.kind == "rollback":
        return f"relflow rollback {deployment.environment} --to {version} -m REASON"
    past = " --break-glass -m REASON" if deployment.kind == BREAK_GLASS else ""
    return f"relflow deploy {version} {deployment.environment}{past}"


def _not_over(app: App, deployment: Deployment, found: Waiting | Running) -> Trouble:
    """It runs still; or nobody has started it, and a person decides as soon as no POST can be on its way."""
    trouble = open_trouble(deployment, _state_of(found))
    if isinstance(found, Running) or deployment.odd or deployment.phase == "accepted":
        return trouble
    starts = (replay_line(deployment),) if found.status in {"manual", NOT_MADE} else ()
    lines = (*starts, abandon_line(deployment))
    until = quiet_until(deployment)
    if until is None or app.clock.now() >= until:
        return replace(trouble, next_step=lines)
    return replace(trouble, next_step=(*trouble.next_step, *(Later(line, until) for line in lines)))


def open_trouble(deployment: Deployment, *why: str) -> Trouble:
    """The deployment is open: nobody knows yet how it ends."""
    what = f"deployment {deployment.id} to {deployment.environment} is still open: {deployment.phase}"
    steps = ["relflow reconcile"]
    if deployment.odd or deployment.phase == "intended":
        steps = [abandon_line(deployment)]
    return Trouble("unknown", what, (*why, _where(deployment)), tuple(steps))


def _where(deployment: Deployment) -> str:
    return f"{deployment.job_label} {deployment.job_url or ''}".rstrip()


def _deployment(done: Done) -> Deployment:
    assert done.deployment is not None  # noqa: S101 - the callers have one
    return done.deployment
