"""The gates about the place a release goes to: its job, who else is there, and what runs there now."""

from relflow.core.case import Case, command_line
from relflow.core.facts import UNDERWAY, Job
from relflow.core.gates_of_pipeline import how
from relflow.core.verdict import GateResult, blocked, final, passed, unknown
from relflow.core.versions import is_newer


def job_playable(case: Case) -> GateResult:
    """The pipeline has exactly one current job of the configured name, at the release's commit, and it waits."""
    name, release, pipeline = "job_playable", case.release, case.facts.pipeline
    if release.pipeline is None:
        why = f"no pipeline is bound to {release.version} yet"
        return blocked(name, why, next=f"relflow test {release.version}")
    if pipeline is None or pipeline.jobs is None or pipeline.id != release.pipeline.id:
        return unknown(name, "whether the job waits to be played")
    current = pipeline.current(case.environment.job)
    if len(current) != 1:
        count = "no job" if not current else f"{len(current)} jobs"
        return final(name, f"pipeline {pipeline.id} has {count} named {case.environment.job}")
    return _playable(name, current[0], case)


def _playable(name: str, job: Job, case: Case) -> GateResult:
    who = f" by {job.username}" if job.username else ""
    if job.commit != case.release.commit:
        return final(name, f"job {job.id} is of commit {job.commit[:12]}, not {case.release.commit[:12]}")
    if job.status == "manual":
        return passed(name, f"job {job.id} is manual")
    if job.status in {"success", *UNDERWAY}:
        return final(name, f"{job.name} was started{who} already: job {job.id} is {job.status}")
    if job.status in {"failed", "canceled"}:
        why = f"job {job.id} {how(job.status)}, and this version of relflow makes no second attempt with one pipeline"
        return final(name, why)
    why = f"job {job.id} is {job.status}, not manual: something before it is not done"
    return blocked(name, why, next=command_line(case))


def environment_free(case: Case) -> GateResult:
    """No deployment to the environment is open."""
    name, environment = "environment_free", case.facts.environment
    if environment is None:
        return unknown(name, "what runs there")
    if (deployment := environment.open_deployment) is not None:
        whose = f"deployment {deployment.id} of {environment.open_version} to {deployment.environment}"
        return blocked(name, f"{whose} is open: {deployment.phase}", next="relflow reconcile")
    return passed(name)


def not_older(case: Case) -> GateResult:
    """What is live in the environment is not newer: by version, else by pipeline."""
    name, facts, release = "not_older", case.facts, case.release
    if facts.environment is None:
        return unknown(name, "what is live there")
    live = facts.environment.live
    if live is None or live.version == release.version:
        return passed(name)
    newer = is_newer(live.version, than=release.version)
    if newer is None:
        newer = release.pipeline is not None and live.pipeline_id > release.pipeline.id
    if newer:
        return final(name, f"{live.version} is live in {case.environment.name}, and it is newer than {release.version}")
    return passed(name, f"{live.version} is live")
