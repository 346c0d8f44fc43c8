"""What the answer to a play proves. GitLab's 200 may show a job that ended long ago, its 400 may follow an effect.

Source: GitLab's `ci/jobs.rb` and PlayBuildService; a finished job that is played again is cloned and started.
"""

from dataclasses import dataclass

from relflow.core.facts import UNDERWAY, Job

#: Statuses that GitLab sends before it touches the job: no right, not found, a moved project.
WITHOUT_EFFECT = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class PlayAnswer:
    """GitLab's answer to one play: the HTTP status (None: no answer came), the job it shows, and its words."""

    status: int | None
    job: Job | None
    text: str
    #: False where the request surely never left this machine.
    was_sent: bool = True


def classify(answer: PlayAnswer, job_id: int) -> tuple[str, str]:
    """`accepted`, `refused` or `unknown`, with a sentence. Unknown means: look at the job, and never POST again."""
    job = answer.job
    if answer.status == 200 and job is not None and job.id == job_id and job.status in UNDERWAY:  # noqa: PLR2004
        return "accepted", f"job {job.id} is {job.status}, started by {job.username or 'somebody'}"
    if not answer.was_sent:
        return "refused", f"the play of job {job_id} was never sent: {answer.text}"
    if answer.status in WITHOUT_EFFECT:
        return "refused", f"GitLab refused the play of job {job_id}: {answer.status} {answer.text}"
    if answer.status is None:
        return "unknown", f"no answer to the play of job {job_id}: {answer.text}"
    shown = f"job {job.id} {job.status}" if job else answer.text
    return "unknown", f"the answer to the play of job {job_id} proves nothing: {answer.status} {shown}"
