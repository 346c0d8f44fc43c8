"""The wiring of `doctor`: where each part of what is examined is found. What is wrong with it is not judged here."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from relflow import bootstrap
from relflow.core.checkup.surroundings import DatabaseFacts, FileFacts
from relflow.store.sqlite import SqliteHome

if TYPE_CHECKING:
    from relflow.core.finding import Finding
    from relflow.core.workflow import Workflow
    from relflow.service.ports import Book, GitLabSetup, MergedCi
    from relflow.settings.place import Place
    from relflow.settings.secret import Token

_Kind = Literal["database", "folder", "token", "trust"]


@dataclass(frozen=True, slots=True)
class WiredPatient:
    """The project that options, environment and settings file name."""

    config: Path | None
    project: str | None

    def _place(self) -> "Place":
        return bootstrap.place(self.config, self.project)

    def path(self) -> str:
        """The project's path in GitLab."""
        self._place().needed_url()
        return self._place().needed_project()

    def mistakes(self) -> tuple[str, ...]:
        """Those of the settings file."""
        return bootstrap.policy_examined(self.config)[1].problems if self._place().file else ()

    def proposal(self) -> "Workflow | None":
        """The policy that the settings file proposes; of another project than the one that is asked for, none."""
        found = bootstrap.proposed(self.config) if self._place().file else None
        return found if found is not None and found.project == self.path() else None

    def files(self) -> tuple[FileFacts, ...]:
        """The database and its folder, the file that keeps the token, and the one that says where it may go."""
        from relflow.settings.trusted import trust_file

        home = bootstrap.home_at(self._place())
        wanted: list[tuple[_Kind, Path]] = [("trust", trust_file(os.environ))]
        if isinstance(home, SqliteHome):
            wanted += [("database", home.file), ("folder", home.file.absolute().parent)]
        if (kept := self._token_file()) is not None:
            wanted.append(("token", kept))
        return tuple(_facts(kind, path) for kind, path in wanted if path.exists())

    def _token_file(self) -> Path | None:
        from relflow.core.errors import SetupError

        try:
            return self._token().file
        except SetupError:
            return None  # that there is no token is told where GitLab is asked

    def database(self) -> DatabaseFacts:
        """What the database says of itself."""
        from relflow.store.health import look_at_database

        return look_at_database(bootstrap.home_at(self._place()))

    def gone(self) -> str | None:
        """What this machine has seen in the log and is no longer there."""
        return bootstrap.gone_from(*bootstrap.located(self.config, self.project))

    @contextmanager
    def reading(self) -> "Iterator[Book]":
        """The project's book."""
        with bootstrap.view(self.config, self.project) as found:
            yield found.book

    def ci_findings(self, workflow: "Workflow", merged: "MergedCi", source: str) -> "tuple[Finding, ...]":
        """What the policy has against the CI configuration, as GitLab merged it."""
        return bootstrap.judged_ci(workflow, merged, source)

    def token_source(self) -> str:
        """Where the token comes from that may go to the project's GitLab."""
        return self._token().source

    def _token(self) -> "Token":
        from relflow.settings.token import find_token

        return find_token(self._place().needed_url(), os.environ)

    def gitlab(self) -> "GitLabSetup":
        """GitLab, with that token."""
        return bootstrap.gitlab_at(self._place())


def _facts(kind: _Kind, path: Path) -> FileFacts:
    return FileFacts(
        path=str(path), kind=kind, mode=stat.S_IMODE(path.stat().st_mode), is_writable=os.access(path, os.W_OK)
    )
