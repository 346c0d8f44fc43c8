"""What the suite of the GitLab port runs on: something with people, a project, and releases to deploy."""

from typing import Protocol

from relflow.core.facts import Job
from relflow.service.ports import GitLab
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab


class Site(Protocol):
    """A GitLab with one project: anna and ben maintain it, chris develops, rita reports, otto is a stranger."""

    path: str

    def connect(self, username: str) -> GitLab:
        """The port with that person's token."""

    def connect_with(self, token: str) -> GitLab:
        """The port with that token, which may be nobody's."""

    def tag(self, name: str) -> str:
        """A new commit of that tag, its pipeline run so far that deploy-dev and deploy-prod wait; its id."""

    def until_ended(self, gitlab: GitLab, job: Job) -> Job:
        """The job once it has ended."""


class DoubleSite:
    """The double of the use cases' tests."""

    def __init__(self) -> None:
        self.world = FakeGitLab(SteppingClock())
        self.path = self.world.project.path

    def connect(self, username: str) -> GitLab:
        """The port with that person's token."""
        return self.world.connect(username)

    def connect_with(self, token: str) -> GitLab:
        """The port with that token."""
        return self.world.connect_with(token)

    def tag(self, name: str) -> str:
        """A pipeline of the usual plan."""
        return self.world.push(name).commit

    def until_ended(self, gitlab: GitLab, job: Job) -> Job:
        """It ends at once."""
        self.world.change(job.id, "running")
        return self.world.finish(job.id)
