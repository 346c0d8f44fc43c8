"""Which jobs of a pipeline must have succeeded before a release counts as tested."""

from relflow.core.facts import Job, Pipeline
from relflow.core.workflow import Workflow


def required_jobs(workflow: Workflow, pipeline: Pipeline) -> tuple[str, ...]:
    """The configured jobs; by default every job of the stages before the deploy jobs.

    Manual jobs and those allowed to fail are not required by default. GitLab's REST answer tells no order of
    stages; jobs get their ids stage by stage when a pipeline is made, so the first run of each name tells it.
    """
    if workflow.required_jobs is not None:
        return workflow.required_jobs
    begins = _first_id_by_stage(pipeline)
    deploy_stages = [begins[job.stage] for name in workflow.deploy_jobs for job in pipeline.named(name)]
    end = min(deploy_stages, default=None)
    return tuple(
        dict.fromkeys(
            job.name
            for job in pipeline.jobs or ()
            if (end is None or begins[job.stage] < end) and not job.retried and _counts_by_default(job)
        )
    )


def _first_id_by_stage(pipeline: Pipeline) -> dict[str, int]:
    firsts: dict[str, int] = {}
    for job in pipeline.jobs or ():
        firsts[job.stage] = min(job.id, firsts.get(job.stage, job.id))
    return firsts


def _counts_by_default(job: Job) -> bool:
    return not job.allow_failure and job.status != "manual"


def unmet(pipeline: Pipeline, names: tuple[str, ...]) -> dict[str, str | None]:
    """The required jobs that have not succeeded, by name, with their status; None for one that is not there."""
    found: dict[str, str | None] = {}
    for name in names:
        current = pipeline.current(name)
        if not current:
            found[name] = None
        elif any(job.status != "success" for job in current):
            found[name] = next(job.status for job in current if job.status != "success")
    return found
