"""Drift: a run in GitLab that no deployment of relflow's accounts for, from when it was found until it is accepted."""

from dataclasses import dataclass
from datetime import datetime

from relflow.core.people import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One such run, named by its job; one that somebody only recorded through the API has none."""

    id: int
    environment: str
    #: The release that the commit belongs to, if any does.
    version: str | None
    commit: str
    #: GitLab's number of the deployment; None where only the job was seen.
    gitlab_deployment_id: int | None
    job_id: int | None
    job_name: str | None
    job_url: str | None
    pipeline_id: int | None
    #: Who started or recorded it: `gitlab:ben`.
    played_by: str | None
    #: The job's status, else the deployment's, when it was found; since it was accepted, as it was then.
    status: str
    finished_at: datetime | None
    found_at: datetime
    #: The attempt that the run was seen beside, or whose job it is.
    deployment_id: int | None = None
    accepted_by: Actor | None = None
    accepted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted it yet."""
        return self.accepted_at is None

    @property
    def what(self) -> str:
        """How it is spoken of: `job 73 (deploy-prod) by ben`, or `deployment 12, recorded by ben`."""
        who = (self.played_by or "somebody").partition(":")[2] or "somebody"
        if self.job_id is None:
            return f"deployment {self.gitlab_deployment_id}, only recorded through the API by {who}"
        return f"job {self.job_id} ({self.job_name}) by {who}"


def accept_line(drift: Drift) -> str:
    """The command that accepts the drift."""
    return f"relflow drift accept {drift.environment} {drift.id} -m REASON"
