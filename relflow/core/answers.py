"""What GitLab's answer to the one POST proves: that the job was started, that it was not, or nothing.

Source: GitLab's `ci/jobs.rb` and PlayBuildService; a finished job that is played again is cloned and started.
"""

from dataclasses import dataclass

from relflow.core.facts import UNDERWAY, Job, Pipeline
from relflow.core.observe import is_foreign, runs_since
from relflow.core.release import Deployment
from relflow.core.starting import way_of

#: Statuses that GitLab sends before it touches the job: no right, not found, a moved project, not retryable.
WITHOUT_EFFECT = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class PlayAnswer:
    """GitLab's answer to one POST about a job: the status (None: no answer came), the job it shows, and its words."""

    status: int | None
    job: Job | None
    text: str
    #: False where the request surely never left this machine.
    was_sent: bool = True


def is_of_a_copy(answer: PlayAnswer, deployment: Deployment) -> bool:
    """Whether it is also what the second copy of a request gets that was doubled on its way.

    A job that runs again already is not retryable: the jobs have to be listed before the refusal is believed.
    """
    return answer.status == 403 and way_of(deployment) == "retry"  # noqa: PLR2004 - GitLab's word for many things


def classify(answer: PlayAnswer, deployment: Deployment, pipeline: Pipeline | None = None) -> tuple[str, str]:
    """`accepted`, `refused` or `unknown`, with a sentence. Unknown means: look at the job, and never POST again.

    `pipeline` has the jobs as they were listed after an answer that may be that of a copy.
    """
    job, what = answer.job, f"the {way_of(deployment)} of job {deployment.starts}"
    if job is not None and _shows_it_started(answer, job, deployment):
        return "accepted", f"job {job.id} is {job.status}, started by {job.username or 'somebody'}"
    if not answer.was_sent:
        return "refused", f"{what} was never sent: {answer.text}"
    if ours := [run for run in runs_since(deployment, pipeline) if not is_foreign(deployment, run)]:
        return "unknown", f"job {ours[0].id} runs, although GitLab refused {what}: {answer.status} {answer.text}"
    if answer.status in WITHOUT_EFFECT:
        return "refused", f"GitLab refused {what}: {answer.status} {answer.text}"
    if answer.status is None:
        return "unknown", f"no answer to {what}: {answer.text}"
    shown = f"job {job.id} {job.status}" if job else answer.text
    return "unknown", f"the answer to {what} proves nothing: {answer.status} {shown}"


def _shows_it_started(answer: PlayAnswer, job: Job, deployment: Deployment) -> bool:
    if deployment.base_job is None:
        shown = answer.status == 200 and job.id == deployment.job_id  # noqa: PLR2004 - GitLab's word for a play
        return shown and job.status in UNDERWAY
    is_new = job.id > deployment.base_job and job.name == deployment.job_name
    # The new job is `created` for the moment until GitLab queues it.
    on_its_way = job.status == "created" or job.status in UNDERWAY
    return answer.status == 201 and is_new and on_its_way  # noqa: PLR2004 - GitLab's word for a retry
