"""What a look at a played job proves about its deployment. The answer to the play itself proves nothing."""

from dataclasses import dataclass

from relflow.core.facts import UNDERWAY, UNSTARTED, Job, Pipeline
from relflow.core.release import Deployment

#: In place of a status: the job of a retry that GitLab does not show.
NOT_MADE = "not made yet"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job has not started, as far as GitLab shows; or it has a status of a GitLab to come, which proves nothing."""

    status: str

    @property
    def in_words(self) -> str:
        """What there is to say of the job: `manual, not started`."""
        return f"{self.status}, not started" if self.status in {*UNSTARTED, NOT_MADE} else self.status


@dataclass(frozen=True, slots=True)
class Running:
    """The job is under way."""

    job: Job


@dataclass(frozen=True, slots=True)
class Ended:
    """The job ended at the release's commit; `foreign` when relflow started it for none of those who asked."""

    job: Job
    outcome: str
    foreign: bool


@dataclass(frozen=True, slots=True)
class Odd:
    """What GitLab shows cannot be this deployment's normal end; a person has to decide."""

    why: str
    runs: tuple[Job, ...] = ()


Observation = Waiting | Running | Ended | Odd


def observe(deployment: Deployment, job: Job | None, pipeline: Pipeline | None) -> Observation:
    """What the job, and the other runs of its name in the pipeline, say of the deployment.

    `job` is the one of the deployment's `job_id`; while that is unknown the pipeline must have been listed.
    """
    runs = runs_since(deployment, pipeline)
    if deployment.job_id is None:
        if pipeline is None:
            return Odd(f"pipeline {deployment.pipeline_id} is gone from GitLab")
        if not runs:
            return Waiting(NOT_MADE)
        if len(runs) > 1:  # which of them is ours cannot be told
            return _ran_again(deployment, runs)
        job = runs[0]
    if job is None:
        return Odd(f"job {deployment.job_id} is gone from GitLab")
    if deployment.job_id not in {None, job.id}:
        return Odd(f"job {job.id} is not this deployment's, which is job {deployment.job_id}")
    if job.commit != deployment.commit:
        return Odd(f"job {job.id} belongs to commit {job.commit[:12]}, not {deployment.commit[:12]}")
    return _course(deployment, job, tuple(run for run in runs if run.id != job.id))


def _course(deployment: Deployment, job: Job, others: tuple[Job, ...]) -> Observation:
    if job.status in UNDERWAY:
        return Running(job)
    if others:
        return _ran_again(deployment, others)
    if job.status in {"success", "failed", "canceled"}:
        return Ended(job, job.status, foreign=is_foreign(deployment, job))
    if job.status == "manual" and deployment.phase == "accepted":
        return Odd(f"job {job.id} is manual again although GitLab accepted the play")
    return Waiting(job.status)


def _ran_again(deployment: Deployment, runs: tuple[Job, ...]) -> Odd:
    also = ", ".join(f"job {run.id} by {run.username or 'somebody'}: {run.status}" for run in runs)
    return Odd(f"{deployment.job_name} ran again outside this deployment ({also})", runs)


def runs_since(deployment: Deployment, pipeline: Pipeline | None) -> tuple[Job, ...]:
    """The runs of its job's name that are younger than what it plays or retries, oldest first."""
    runs = pipeline.named(deployment.job_name) if pipeline else ()
    # A clone is `created` before it is queued; nothing but a play or a retry makes a younger job of that name. A status
    # that nobody knows may be a running one.
    rest = UNSTARTED - {"created"}
    return tuple(run for run in runs if run.id > deployment.starts and run.status not in rest)


def is_foreign(deployment: Deployment, job: Job) -> bool:
    """Whether somebody else than the deployment's own people started the job."""
    # Before it was armed relflow has sent nothing: whoever started the job then, it was not this deployment.
    ours = {each.gitlab_user_id for each in deployment.starters}
    return deployment.phase == "intended" or job.user_id not in ours
