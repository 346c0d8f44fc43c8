"""Making a release wait, and canceling what runs for it. The hold is recorded first: it stands whatever GitLab says."""

from collections.abc import Iterator
from dataclasses import replace

from relflow.core.answers import WITHOUT_EFFECT
from relflow.core.commands import HoldRelease
from relflow.core.errors import RelflowError
from relflow.core.observe import Running, observe
from relflow.core.people import itself
from relflow.core.release import Deployment
from relflow.service.app import App, Done, Outcome, Seen, Trouble
from relflow.service.catching_up import begun
from relflow.service.facts import ask
from relflow.service.releases import needed_reason, outcome_of
from relflow.service.settling import Course, course, follow, look, open_trouble

PART = itself("hold")
#: How long a canceled job is watched: a runner lets its script end before it reports.
ENDS_WITHIN_S = 120.0


def hold(app: App, version: str, reason: str, *, close: bool = False, cancel_job: bool = False) -> Outcome:
    """Make the release wait; closed, it waits out of sight until an amend. 3 requests.

    With `cancel_job` the jobs that run for it are canceled, once the hold is recorded, and watched to their end: for
    each 1 request to look, 1 to cancel, then as `deploy`. The result has `trouble` for a job that goes on.
    """
    command = HoldRelease(needed_reason("hold", version, reason), close, cancel_job)
    seen = begun(app, version)
    held = outcome_of(app, seen, command, ask(app, seen, command))
    if not isinstance(held, Done) or not cancel_job:
        return held
    try:
        return _canceled(app, seen, held)
    except KeyboardInterrupt:
        open_ = held.release.under_way()
        stopped = [Done(held.release, (), each, open_trouble(each, "interrupted while canceling")) for each in open_]
        return _together(held, stopped)


def _canceled(app: App, seen: Seen, held: Done) -> Done:
    results: list[Done] = []
    courses: list[Course] = []
    for deployment in held.release.under_way():
        mine = Done(held.release, (), deployment)
        if (problem := _cancel(app, seen, deployment)) is None:
            courses.append(course(app, seen, mine, PART, timeout_s=ENDS_WITHIN_S))
        else:
            results.append(replace(mine, trouble=problem))
    return _together(held, [*results, *map(_as_wanted, follow(app, courses))])


def _cancel(app: App, seen: Seen, deployment: Deployment) -> Trouble | None:
    """Ask GitLab to end the deployment's job, if it runs; what stands in the way, if anything does.

    A job that waits is let alone: a play that is still on its way would find it canceled, and run a copy of it.
    """
    try:
        found = observe(deployment, *look(app, seen, deployment))
    except RelflowError as exc:  # what else runs for the release is canceled all the same
        return open_trouble(deployment, exc.what, *exc.why)
    if not isinstance(found, Running):
        return None
    app.listener.note(f"canceling {found.job.name} (job {found.job.id})")
    answer = app.gitlab.cancel(seen.project.project_id, found.job.id)
    if answer.status not in WITHOUT_EFFECT:  # the looks that follow tell
        return None
    what = f"{seen.release.version} is held, and job {found.job.id} goes on"
    why = f"GitLab refused to cancel it: {answer.status} {answer.text}"
    return Trouble("gitlab", what, (why,), (f"cancel it in GitLab: {found.job.url}", "relflow reconcile"))


def _as_wanted(done: Done) -> Done:
    """A canceled job is what was asked for."""
    outcome = done.deployment.outcome if done.deployment else None
    return replace(done, trouble=None) if outcome == "canceled" else replace(done, trouble=_came_late(done))


def _came_late(done: Done) -> Trouble | None:
    deployment = done.deployment
    if deployment is None or deployment.outcome != "success":
        return done.trouble
    what = f"{done.release.version} is held, and its job had succeeded before it could be canceled"
    where = f"it runs in {deployment.environment}: {deployment.job_label} {deployment.job_url or ''}".rstrip()
    return Trouble("failed", what, (where,), (f"relflow rollback {deployment.environment} -m REASON",))


def _together(held: Done, results: list[Done]) -> Done:
    """The hold with what became of each deployment, the first trouble of them standing for all."""
    release = max((held.release, *(each.release for each in results)), key=lambda each: each.row_version)
    recorded = (*held.recorded, *(each for result in results for each in result.recorded))
    trouble = next(_troubles(results), None)
    return Done(release, recorded, results[0].deployment if results else None, trouble)


def _troubles(results: list[Done]) -> Iterator[Trouble]:
    return (result.trouble for result in results if result.trouble is not None)
