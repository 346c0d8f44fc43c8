"""Where the project is: its settings file, its GitLab, its path there, its database.

Every command needs this, the ones that only read fifty times a day: so this imports little, and judges no policy.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relflow.core.errors import SetupError, UsageError
from relflow.core.text import escaped, shortened
from relflow.settings.address import authority, normal_url, url_problem
from relflow.settings.folders import data_folder
from relflow.settings.source import NAME, find_file, parsed, read_text

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg://"
_ALMOST = ("postgresql:", "postgresql+", "postgres:")
_PROJECT = re.compile(r"(?!.*/\.{1,2}(?:/|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+")
_MAX_PROJECT = 255


@dataclass(frozen=True, slots=True)
class Place:
    """What options, environment and file say together, in this order of precedence; None is what nobody said.

    What a command does not need may be missing or wrong: it is a mistake only when it is asked for.
    """

    file: Path | None
    url: str | None
    project: str | None
    #: The database as somebody wrote it; None: the user's own file for the project.
    database_url: str | None
    #: Where relative paths begin, and where the user's data is.
    folder: Path
    data: Path
    problems: tuple[str, ...] = ()

    def needed_file(self) -> Path:
        """The settings file. Raises SetupError where there is none."""
        if self.file is None:
            why = (f"there is no {NAME} in {self.folder} or above it",)
            steps = (
                "relflow init     writes one, and asks what has to stand in it",
                "relflow … --config FILE     names another file",
                "relflow demo     shows it all without one",
            )
            raise SetupError("no settings", why, steps)
        return self.file

    def needed_url(self) -> str:
        """GitLab's address in its one form. Raises SetupError where nobody said it, or it is none."""
        self._must_be_sound()
        return self.url or _unsaid(self.needed_file(), "which GitLab", "url", "RELFLOW_GITLAB_URL")

    def needed_project(self) -> str:
        """The project's path in GitLab. Raises SetupError where nobody said it, or it is none."""
        self._must_be_sound()
        return self.project or _unsaid(self.needed_file(), "which project", "project", "RELFLOW_PROJECT")

    @property
    def postgresql(self) -> str | None:
        """The database's URL, where it is in PostgreSQL. It may hold a password."""
        self._must_be_sound()
        is_there = self.database_url is not None and self.database_url.startswith(POSTGRESQL)
        return self.database_url if is_there else None

    @property
    def database(self) -> Path:
        """The database file, where it is one; it need not exist. Raises SetupError where it cannot be told."""
        self._must_be_sound()
        if self.database_url is not None:
            return self.folder / self.database_url.removeprefix(SQLITE)
        host = authority(self.needed_url()).replace(":", "_")
        # Two paths may share a file (`a__b/c`, `a/b__c`): a database holds many projects and tells them apart.
        return self.data / "relflow" / host / f"{self.needed_project().replace('/', '__')}.db"

    def _must_be_sound(self) -> None:
        if self.problems:
            raise SetupError("the settings cannot be used", self.problems)


def _unsaid(file: Path, what: str, key: str, variable: str) -> str:
    next_step = (f"write {key} = … under [gitlab] in {file.name}", f"export {variable}=…")
    raise SetupError(f"{file} does not say {what}", (), next_step)


def find_place(config: Path | None, project: str | None, env: Mapping[str, str], cwd: Path) -> Place:
    """The place that is meant here. Raises SetupError for a file that cannot be read at all."""
    file = find_file(config, env, cwd)
    written = parsed(read_text(file), file) if file else {}
    url = _said(env, "RELFLOW_GITLAB_URL", written, "gitlab", "url")
    path = _said(env, "RELFLOW_PROJECT", written, "gitlab", "project")
    if project and (problem := project_problem(project)):
        raise UsageError(f"{shortened(project)} cannot be a project", (problem,))
    if project:
        path = "-R/--project", project
    database = _said(env, "RELFLOW_DATABASE_URL", written, "database", "url")
    problems = [
        *_problem(*url, url_problem),
        *_problem(*path, project_problem),
        *_problem(*database, written_database_problem if database[0].startswith("[") else database_problem),
    ]
    folder, data = file.parent if file else cwd, data_folder(env)
    if problems:
        return Place(file, None, None, None, folder, data, tuple(problems))
    return Place(file, normal_url(url[1]) if url[1] else None, path[1], database[1], folder, data)


def _said(env: Mapping[str, str], variable: str, written: dict[str, Any], table: str, key: str) -> tuple[str, Any]:
    """Who says it, the environment or else the file, and what they say."""
    if env.get(variable):
        return variable, env[variable]
    section = written.get(table)
    return f"[{table}] {key}", section.get(key) if isinstance(section, dict) else section


def _problem(who: str, value: Any, problem_of: Callable[[str], str | None]) -> Iterator[str]:
    problem = "it must be text" if not isinstance(value, str) else problem_of(value)
    if value is not None and problem:
        yield f"{who}: {problem}"


def project_problem(path: str) -> str | None:
    """Why this cannot be a project's path in GitLab, or None."""
    if len(path) > _MAX_PROJECT or not _PROJECT.fullmatch(path):
        return "a project is written group/name, as in its address"
    return None


def database_problem(url: str) -> str | None:
    """Why no database can be there, or None. Never repeats the address: it may hold a password."""
    if url.startswith(POSTGRESQL):
        return _postgresql_problem(url.removeprefix(POSTGRESQL))
    if url.startswith(_ALMOST):
        return f"a database in PostgreSQL is written {POSTGRESQL}USER@HOST/NAME"
    if not url.startswith(SQLITE):
        return (
            f"a database is written sqlite:///FILE, four slashes begin an absolute path, or {POSTGRESQL}USER@HOST/NAME"
        )
    file = url.removeprefix(SQLITE)
    if file in ("", ":memory:") or file.endswith("/") or "?" in file or escaped(file) != file:
        return "after sqlite:/// comes the path of a file, and no more"
    if file.startswith("~"):
        return "~ is not replaced here: write the whole path"
    return None


def written_database_problem(url: str) -> str | None:
    """The same for a file that others see: it holds no password either."""
    who = url.removeprefix(POSTGRESQL).partition("?")[0].rpartition("@")[0]
    if url.startswith(POSTGRESQL) and (":" in who or "password=" in url):
        return "it must not hold a password: that stands in ~/.pgpass, or in the file that PGPASSFILE names"
    return database_problem(url)


def _postgresql_problem(rest: str) -> str | None:
    where, _, parameters = rest.partition("?")
    if escaped(rest) != rest or " " in rest:
        return "it has characters that cannot be seen, or blanks"
    name = where.rpartition("@")[2].partition("/")[2]
    if not name and not re.search(r"(?:^|&)(?:service|dbname)=", parameters):
        return f"the database's name is missing: {POSTGRESQL}USER@HOST/NAME"
    return None
