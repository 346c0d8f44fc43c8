"""The patient of a checkup in memory: a team's store and GitLab, and a machine that a test may spoil part by part."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from relflow.core.checkup.surroundings import DatabaseFacts, FileFacts
from relflow.core.errors import RelflowError
from relflow.core.finding import Finding
from relflow.core.workflow import Workflow
from relflow.service.ports import Book, GitLabSetup, MergedCi
from tests.doubles.gitlab_world import PROJECT
from tests.doubles.team import Team


@dataclass
class FakePatient:
    """Whatever is in `broken` raises that when it is asked for."""

    team: Team
    who: str = "anna"
    proposed: Workflow | None = None
    wrong: tuple[str, ...] = ()
    found_files: tuple[FileFacts, ...] = ()
    says: DatabaseFacts = field(default_factory=DatabaseFacts)
    lost: str | None = None
    found_in_ci: tuple[Finding, ...] = ()
    broken: dict[str, RelflowError] = field(default_factory=dict)

    def _asked(self, part: str) -> None:
        if part in self.broken:
            raise self.broken[part]

    def path(self) -> str:
        """The project's path."""
        self._asked("path")
        return PROJECT.path

    def mistakes(self) -> tuple[str, ...]:
        """Those of the settings file."""
        self._asked("mistakes")
        return self.wrong

    def proposal(self) -> Workflow | None:
        """What the settings file proposes."""
        self._asked("proposal")
        return self.proposed

    def files(self) -> tuple[FileFacts, ...]:
        """The files."""
        self._asked("files")
        return self.found_files

    def database(self) -> DatabaseFacts:
        """What the database says."""
        self._asked("database")
        return self.says

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """The team's book."""
        self._asked("reading")
        with self.team.store.read() as book:
            yield book

    def gone(self) -> str | None:
        """What is no longer there."""
        self._asked("gone")
        return self.lost

    def ci_findings(self, workflow: Workflow, merged: MergedCi, source: str) -> tuple[Finding, ...]:
        """What the test says that is wrong with it."""
        self._asked("ci_findings")
        assert source == "main in GitLab"
        return self.found_in_ci

    def token_source(self) -> str:
        """Where the token comes from."""
        self._asked("token_source")
        return "RELFLOW_TOKEN"

    def gitlab(self) -> GitLabSetup:
        """GitLab with that person's token."""
        self._asked("gitlab")
        return self.team.gitlab.connect(self.who)
