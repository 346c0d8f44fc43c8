"""Play, retry and cancel, with what GitLab really does. Source: gitlab `PlayBuildService`, `RetryJobService`."""

from collections.abc import Mapping
from dataclasses import replace

from relflow.sandbox.clock import now
from relflow.sandbox.engine.deployments import create_deployment
from relflow.sandbox.engine.jobs import enqueue, fire, refresh_pipeline
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import CANCELABLE, Status
from relflow.sandbox.model.transitions import Event, InvalidTransitionError


def play(site: Site, job_id: int, user_id: int, variables: Mapping[str, str]) -> None:
    """Start a manual job; on one that already finished, start a clone.

    Two plays that both saw `manual` both get here: the first one wins, the second finds the job on its way and
    changes nothing. The variables count for the one that wins only; a clone keeps those of the first run.
    """
    job = site.tables.jobs[job_id]
    try:
        enqueue(site, job, user_id=user_id, job_variables=dict(variables))
    except InvalidTransitionError:
        if job.is_retryable:
            retry(site, job, user_id)
        return
    reset_skipped(site, job, user_id)


def retry(site: Site, job: Job, user_id: int, *, at_once: bool = True) -> Job:
    """Clone a finished job and mark it retried. The clone of a manual job starts at once unless told otherwise."""
    site.tables.jobs.put(replace(job, retried=True))
    clone = site.tables.insert_job(
        lambda row_id: Job(
            id=row_id,
            pipeline_id=job.pipeline_id,
            spec=job.spec,
            stage_index=job.stage_index,
            status=Status.CREATED,
            when=job.when,
            allow_failure=job.allow_failure,
            user_id=user_id,
            created_at=now(),
            enqueue_immediately=at_once and job.is_action,
            environment=job.environment,
            rule_variables=job.rule_variables,
            job_variables=job.job_variables,
        )
    )
    pipeline = site.tables.pipelines[job.pipeline_id]
    clone = create_deployment(site, clone, pipeline)
    reset_skipped(site, clone, user_id)
    refresh_pipeline(site, pipeline)
    site.changed(pipeline.id)
    return clone


def reset_skipped(site: Site, job: Job, user_id: int) -> None:
    """Let the skipped jobs of later stages be decided again."""
    for other in site.tables.jobs_of(job.pipeline_id):
        if other.status is Status.SKIPPED and other.stage_index > job.stage_index:
            fire(site, other, Event.PROCESS, user_id=user_id)


def cancel(site: Site, job: Job) -> None:
    """Cancel a job in any status that allows it; a finished one stays as it is."""
    if job.status in CANCELABLE or job.status is Status.MANUAL:
        canceled = fire(site, job, Event.CANCEL)
        if canceled.status is Status.CANCELING:
            site.kill(job.id)


def force_cancel(site: Site, job: Job) -> None:
    """End a job that is being canceled without waiting for its process."""
    if job.status is Status.CANCELING:
        fire(site, job, Event.FORCE_CANCEL)


def retry_pipeline(site: Site, pipeline_id: int, user_id: int) -> None:
    """Clone all failed and canceled jobs; manual ones wait to be played again."""
    for job in site.tables.jobs_of(pipeline_id):
        if job.status in (Status.FAILED, Status.CANCELED):
            retry(site, job, user_id, at_once=False)
    for job in site.tables.jobs_of(pipeline_id):
        if job.status is Status.SKIPPED:
            fire(site, job, Event.PROCESS, user_id=user_id)


def cancel_pipeline(site: Site, pipeline_id: int) -> None:
    """Cancel what runs or waits; manual jobs stay."""
    for job in site.tables.jobs_of(pipeline_id):
        if job.status in CANCELABLE:
            cancel(site, job)
