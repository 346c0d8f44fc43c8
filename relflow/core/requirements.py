"""What a pipeline must show before a release counts as tested: which of its jobs, and its numbers."""

import re
from decimal import Decimal

from relflow.core.evidence import Numbers, PassedJob
from relflow.core.facts import Facts, Job, Pipeline
from relflow.core.workflow import Workflow

_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,15})?", re.ASCII)


def required_jobs(workflow: Workflow, pipeline: Pipeline) -> tuple[str, ...]:
    """The names of the configured jobs; by default every job of the stages before the deploy jobs.

    A pattern stands for every job that it fits but the deploy jobs, and for itself where it fits none. Manual jobs and
    those allowed to fail are not required by default. GitLab's REST answer tells no order of stages; jobs get their
    ids stage by stage when a pipeline is made, so the first run of each name tells it.
    """
    if workflow.required_jobs is not None:
        found = (each for name in workflow.required_jobs for each in _meant(name, workflow, pipeline))
        return tuple(dict.fromkeys(found))
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


def is_pattern(name: str) -> bool:
    """Whether the name stands for several: `*` for any text, `?` for one character, and nothing else is special."""
    return "*" in name or "?" in name


def _meant(name: str, workflow: Workflow, pipeline: Pipeline) -> tuple[str, ...]:
    if not is_pattern(name):
        return (name,)
    names = (job.name for job in pipeline.jobs or () if not job.retried)
    return tuple(each for each in names if each not in workflow.deploy_jobs and fits(name, each)) or (name,)


def fits(pattern: str, name: str) -> bool:
    """Whether the whole name fits the pattern, in time that no pattern makes long: GitLab's names have [ : and /."""
    at, here, star, behind = 0, 0, -1, 0
    while here < len(name):
        if pattern[at : at + 1] == "*":
            star, behind, at = at, here, at + 1
        elif pattern[at : at + 1] in ("?", name[here]):
            at, here = at + 1, here + 1
        elif star >= 0:  # the star takes one more
            behind += 1
            at, here = star + 1, behind
        else:
            return False
    return not pattern[at:].strip("*")


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


def percent(text: str) -> Decimal | None:
    """The number of a coverage; None where it is none."""
    return Decimal(text) if _PERCENT.fullmatch(text) else None


def numbers_of(workflow: Workflow, facts: Facts) -> Numbers | None:
    """What the policy asks to be counted, and the jobs that it was counted in; None where it asks for no number."""
    pipeline, report = facts.pipeline, facts.report if workflow.counts_tests else None
    asks_coverage = workflow.coverage_at_least is not None
    if pipeline is None or not (asks_coverage or workflow.counts_tests):
        return None
    jobs = [job for name in required_jobs(workflow, pipeline) for job in pipeline.current(name)]
    return Numbers(
        coverage=pipeline.coverage if asks_coverage else None,
        tests=report.ran if report else None,
        failed=report.failed if report else None,
        skipped=report.skipped if report else None,
        jobs=tuple(PassedJob(each.id, each.name, each.url) for each in jobs),
        report_digest=report.digest if report else None,
    )
