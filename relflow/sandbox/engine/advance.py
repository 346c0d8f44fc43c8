"""Deciding what the jobs of a pipeline do next, stage after stage. Source: gitlab `ProcessBuildService`."""

from typing import Final

from relflow.sandbox.engine.jobs import enqueue, fire
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import COMPLETED, Status, composite
from relflow.sandbox.model.transitions import Event

# The status of all earlier stages with which a job of this kind starts; with any other it is skipped.
_STARTS_AFTER: Final = {
    "on_success": {Status.SUCCESS, Status.SKIPPED},
    "manual": {Status.SUCCESS, Status.SKIPPED},
    "on_failure": {Status.FAILED},
    "always": {Status.SUCCESS, Status.FAILED, Status.SKIPPED},
}


def advance(site: Site, pipeline_id: int) -> None:
    """Start, offer or skip every created job whose earlier stages are done."""
    for job in sorted(site.tables.jobs_of(pipeline_id), key=lambda job: (job.stage_index, job.id)):
        if job.status is not Status.CREATED:
            continue
        earlier = earlier_stages(site, job)
        if earlier in COMPLETED:
            _process(site, job, earlier)


def earlier_stages(site: Site, job: Job) -> Status:
    """Return the status of everything before the stage of a job; nothing before it is a success."""
    before = (other for other in site.tables.jobs_of(job.pipeline_id) if other.stage_index < job.stage_index)
    return composite((other.status, other.allow_failure) for other in before) or Status.SUCCESS


def _process(site: Site, job: Job, earlier: Status) -> None:
    if earlier not in _STARTS_AFTER[job.when]:
        fire(site, job, Event.SKIP)
    elif job.is_action and not job.enqueue_immediately:
        fire(site, job, Event.ACTIONIZE)
    else:
        enqueue(site, job)
