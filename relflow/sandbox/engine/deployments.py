"""Environments and deployments, kept in step with the jobs that own them."""

import re
from dataclasses import replace
from typing import Final

from relflow.sandbox.ci.variables import expand
from relflow.sandbox.clock import now
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.permissions import is_outdated
from relflow.sandbox.model.records import Deployment, Environment, Job, Pipeline

# Waiting for a resource, pending and canceling have no word of their own: the deployment keeps its last one.
_STATUS_OF_JOB: Final = {
    "manual": "blocked",
    "created": "created",
    "running": "running",
    "success": "success",
    "failed": "failed",
    "canceled": "canceled",
    "skipped": "skipped",
}
_FINISHED: Final = ("success", "failed", "canceled")
# Source: gitlab `app/models/environment.rb`, in this order.
_TIERS: Final = (
    (r"dev|review|trunk", "development"),
    (r"test|tst|int|ac(ce|)pt|qa|qc|control|quality", "testing"),
    (r"st(a|)g|mod(e|)l|pre|demo|non", "staging"),
    (r"pr(o|)d|live", "production"),
)


def environment_named(site: Site, name: str, tier: str | None = None, url: str = "") -> Environment:
    """Return the environment, making it when nobody named it before; `url` may refer to its name and slug."""
    known = next((row for row in site.tables.environments if row.name == name), None)
    moment = now()
    if known is None:
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24]
        known = site.tables.environments.insert(
            lambda row_id: Environment(row_id, name, slug, tier or guess_tier(name), None, moment, moment)
        )
    address = expand(url, {"CI_ENVIRONMENT_NAME": name, "CI_ENVIRONMENT_SLUG": known.slug})
    if address and address != known.external_url:
        return site.tables.environments.put(replace(known, external_url=address, updated_at=moment))
    return known


def guess_tier(name: str) -> str:
    """Guess the tier from the name as GitLab does."""
    return next((tier for pattern, tier in _TIERS if re.search(pattern, name, re.IGNORECASE)), "other")


def create_deployment(site: Site, job: Job, pipeline: Pipeline) -> Job:
    """Give a deploy job its deployment, long before anybody plays it.

    Its user is whose the job is now, which is who made the pipeline or the clone; playing does not change it.
    """
    if job.environment is None or job.spec.environment is None or job.spec.environment.action != "start":
        return job
    environment = environment_named(site, job.environment)
    deployment = record_deployment(
        site, environment, (pipeline.ref, pipeline.tag, pipeline.sha), job.user_id, "created", job.id
    )
    return site.tables.jobs.put(replace(job, deployment_id=deployment.id))


def record_deployment(
    site: Site,
    environment: Environment,
    what: tuple[str, bool, str],
    user_id: int,
    status: str,
    job_id: int | None = None,
) -> Deployment:
    """Keep a new deployment of a ref, which may be a tag, at a sha. The iid is one more than the last one's."""
    moment = now()
    ref, tag, sha = what
    table = site.tables.deployments
    return table.insert(
        lambda row_id: Deployment(
            id=row_id,
            iid=max((row.iid for row in table), default=0) + 1,
            environment_id=environment.id,
            ref=ref,
            tag=tag,
            sha=sha,
            user_id=user_id,
            status=status,
            created_at=moment,
            updated_at=moment,
            finished_at=moment if status in _FINISHED else None,
            job_id=job_id,
        )
    )


def follow_job(site: Site, job: Job) -> None:
    """Copy the status of a job to its deployment."""
    deployment = site.tables.deployments.get(job.deployment_id)
    status = _STATUS_OF_JOB.get(job.status)
    if deployment is None or status is None or status == deployment.status:
        return
    moment = now()
    finished = moment if status in _FINISHED else deployment.finished_at
    site.tables.deployments.put(replace(deployment, status=status, updated_at=moment, finished_at=finished))


def last_deployment(site: Site, environment_id: int) -> Deployment | None:
    """Return what is live: the last successful deployment by id, not by commit."""
    live = (row for row in site.tables.deployments if row.environment_id == environment_id and row.status == "success")
    return max(live, key=lambda row: row.id, default=None)


def job_is_outdated(site: Site, job: Job) -> bool:
    """Tell whether a newer deployment took the place of this job's one."""
    mine = site.tables.deployments.get(job.deployment_id)
    last = None if mine is None else last_deployment(site, mine.environment_id)
    return is_outdated(job, mine, last, site.tables.settings)
