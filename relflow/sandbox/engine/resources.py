"""Resource groups: who holds the one resource, and who gets it next."""

from relflow.sandbox.engine.jobs import fire
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job, ResourceGroup
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.model.transitions import Event

_HOLDS = {Status.PREPARING, Status.PENDING, Status.RUNNING, Status.CANCELING}


def jobs_of_group(site: Site, key: str) -> list[Job]:
    """Return all jobs of a group, oldest pipeline first."""
    jobs = [job for job in site.tables.jobs if job.spec.resource_group == key]
    return sorted(jobs, key=lambda job: (job.pipeline_id, job.id))


def current_job(site: Site, key: str) -> Job | None:
    """Return the job that holds the resource. It is let go by every finished status."""
    return next((job for job in jobs_of_group(site, key) if job.status in _HOLDS), None)


def upcoming_jobs(site: Site, group: ResourceGroup) -> list[Job]:
    """Return who comes next, in the order of the group's mode.

    oldest_first and newest_first count jobs that are not even ready: a forgotten pipeline holds all others.
    """
    ordered = group.process_mode in ("oldest_first", "newest_first")
    waiting = {Status.WAITING_FOR_RESOURCE, *((Status.CREATED, Status.SCHEDULED) if ordered else ())}
    jobs = [job for job in jobs_of_group(site, group.key) if job.status in waiting]
    return jobs[::-1] if group.process_mode.startswith("newest") else jobs


def assign_resources(site: Site) -> None:
    """Give every free resource to the job that comes next, if that one is ready."""
    for group in site.tables.resource_groups:
        upcoming = upcoming_jobs(site, group)
        if upcoming and upcoming[0].status is Status.WAITING_FOR_RESOURCE and not current_job(site, group.key):
            fire(site, upcoming[0], Event.TAKE_RESOURCE)
