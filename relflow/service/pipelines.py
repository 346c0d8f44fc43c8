"""Which pipeline serves a release, and waiting for its jobs."""

from collections.abc import Iterator
from dataclasses import replace

from relflow.core.errors import GitLabError, UsageError
from relflow.core.facts import FINISHED, Job, Pipeline
from relflow.core.requirements import required_jobs
from relflow.core.workflow import Workflow
from relflow.service.app import App, Seen

#: How many pipelines of other refs are searched for the deploy jobs.
SEARCHED = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 15.0
#: How long `test --wait` waits for a pipeline to appear after a push.
APPEARS_WITHIN_S = 60.0


def find_pipelines(app: App, seen: Seen, pipeline_id: int | None) -> tuple[Pipeline, ...]:
    """The pipeline that serves the release, with its jobs; () where GitLab has none.

    The one named; else the newest of the release's own ref; else the newest of its commit with the deploy jobs.
    """
    project = seen.project.project_id
    wanted = seen.release.pipeline.id if pipeline_id is None and seen.release.pipeline else pipeline_id
    if wanted is not None:
        return (_with_jobs(app, project, named_pipeline(app, seen, wanted)),)
    known = app.gitlab.pipelines(project, seen.release.commit)
    own = [each for each in known if each.ref == seen.release.ref]
    if own:
        return (_with_jobs(app, project, own[0]),)
    others = (_with_jobs(app, project, each) for each in known[:SEARCHED])
    found = next((each for each in others if _can_deploy(seen.workflow, each)), None)
    return (found,) if found else ()


def named_pipeline(app: App, seen: Seen, pipeline_id: int) -> Pipeline:
    """The pipeline of that id, without its jobs. Raises UsageError where GitLab has none."""
    named = app.gitlab.pipeline(seen.project.project_id, pipeline_id)
    if named is None:
        step = f"{seen.project.url}/-/pipelines     lists them"
        raise UsageError(f"GitLab has no pipeline {pipeline_id} in {seen.project.path}", (), (step,))
    return named


def newest_of_ref(app: App, seen: Seen) -> int:
    """The id of the newest pipeline of the release's own ref and commit; 0 where there is none. One request."""
    known = app.gitlab.pipelines(seen.project.project_id, seen.release.commit)
    return max((each.id for each in known if each.ref == seen.release.ref), default=0)


def bound_pipeline(app: App, seen: Seen) -> tuple[Pipeline, ...] | None:
    """The pipeline that the release was tested by, with its jobs now; None where none is bound, () where it is gone.

    One request.
    """
    release, project = seen.release, seen.project.project_id
    bound = release.pipeline
    if bound is None:
        return None
    known = Pipeline(id=bound.id, ref=release.ref, commit=release.commit, status="", url=bound.url)
    try:
        return (_with_jobs(app, project, known),)
    except GitLabError as exc:
        if is_gone(app, project, bound.id, exc):
            return ()
        raise


def is_gone(app: App, project: int, pipeline_id: int, exc: GitLabError) -> bool:
    """Whether the error about its jobs says that the pipeline is gone: a project that is hidden answers the same.

    One request where it may be.
    """
    return exc.status == 404 and app.gitlab.pipeline(project, pipeline_id) is None  # noqa: PLR2004 - not there


def with_coverage(app: App, project: int, pipeline: Pipeline) -> Pipeline:
    """The same with its coverage: a list does not tell it. One request, or none where it is known."""
    if pipeline.coverage is not None:
        return pipeline
    found = app.gitlab.pipeline(project, pipeline.id)
    return replace(pipeline, coverage=found.coverage if found else None)


def _with_jobs(app: App, project: int, pipeline: Pipeline) -> Pipeline:
    return replace(pipeline, jobs=app.gitlab.jobs(project, pipeline.id))


def _can_deploy(workflow: Workflow, pipeline: Pipeline) -> bool:
    return any(pipeline.current(job) for job in workflow.deploy_jobs)


def await_jobs(app: App, seen: Seen, pipeline_id: int | None) -> None:
    """Return when every required job of the pipeline is finished, or no pipeline appeared in time."""
    waited, pause = 0.0, pauses(seen.release.row_version)
    while True:
        pipelines = find_pipelines(app, seen, pipeline_id)
        unfinished = [job for each in pipelines for job in _required(seen.workflow, each) if job.status not in FINISHED]
        if pipelines and not unfinished:
            return
        if not pipelines and waited >= APPEARS_WITHIN_S:
            return
        if unfinished:
            app.listener.watching(unfinished[0])
        elif not waited:
            app.listener.note(f"waiting for a pipeline of {seen.release.ref}")
        waited += (seconds := next(pause))
        app.clock.sleep(seconds)


def _required(workflow: Workflow, pipeline: Pipeline) -> tuple[Job, ...]:
    return tuple(job for name in required_jobs(workflow, pipeline) for job in pipeline.current(name))


def pauses(number: int) -> Iterator[float]:
    """Seconds to wait between looks, growing from 1 to 15; `number` keeps watchers out of step."""
    pause = FIRST_PAUSE_S
    while True:
        yield pause * (1 + (number * 37 % 20) / 100)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)
