"""A project with its log, as its records leave it."""

from dataclasses import dataclass

from relflow.core.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Project:
    """A GitLab project with its log: the path it is known by, and the policy in force."""

    log: str
    path: str
    url: str
    project_id: int
    workflow: Workflow | None = None
    digest: str | None = None
