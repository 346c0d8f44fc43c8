"""Moving one job, and everything that must move with it: its times, its deployment, its pipeline."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from relflow.sandbox.clock import now
from relflow.sandbox.engine.deployments import follow_job
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job, Pipeline
from relflow.sandbox.model.statuses import COMPLETED, Status, composite
from relflow.sandbox.model.transitions import Event, after


def fire(site: Site, job: Job, event: Event, **changes: Any) -> Job:
    """Move a job and change it in the same breath. Raises InvalidTransitionError; then nothing changed."""
    moment = now()
    status = after(event, job.status)
    if status is not Status.FAILED:
        changes.pop("failure_reason", None)  # a job that was being canceled ends canceled, however its process ended
    moved = replace(job, status=status, **_times(status, moment), **changes)
    site.tables.jobs.put(moved)
    follow_job(site, moved)
    refresh_pipeline(site, site.tables.pipelines[moved.pipeline_id])
    site.changed(moved.pipeline_id)
    return moved


def _times(status: Status, moment: datetime) -> dict[str, Any]:
    if status is Status.PENDING:
        return {"queued_at": moment}
    if status is Status.RUNNING:
        return {"started_at": moment}
    return {"finished_at": moment} if status in COMPLETED - {Status.SKIPPED} else {}


def refresh_pipeline(site: Site, pipeline: Pipeline) -> None:
    """Compute the status of a pipeline from its jobs; retried ones no longer count."""
    status = composite((job.status, job.allow_failure) for job in site.tables.jobs_of(pipeline.id))
    if status is None or status is pipeline.status:
        return
    moment = now()
    started = pipeline.started_at or (moment if status is Status.RUNNING else None)
    finished = moment if status in COMPLETED else None
    site.tables.pipelines.put(
        replace(pipeline, status=status, updated_at=moment, started_at=started, finished_at=finished)
    )


def enqueue(site: Site, job: Job, **changes: Any) -> Job:
    """Send a job on its way; one with a resource group waits for the resource first."""
    event = Event.WAIT_FOR_RESOURCE if job.spec.resource_group else Event.ENQUEUE
    return fire(site, job, event, **changes)
