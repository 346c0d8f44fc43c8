"""Opening a database for the read commands, and finding the project that is meant."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relflow.core.errors import SetupError, UsageError
from relflow.core.project import Project
from relflow.core.text import nearest
from relflow.core.workflow import Workflow
from relflow.store.book import SqlBook
from relflow.store.faults import translated
from relflow.store.opening import BUSY_TIMEOUT_MS, open_reader

if TYPE_CHECKING:
    from relflow.store.folded import FoldedBook

_PROJECTS = "SELECT log, path FROM project ORDER BY path"


@dataclass(frozen=True, slots=True)
class View:
    """One project in an open database; everything read through it is one consistent state."""

    connection: sqlite3.Connection
    #: The project's key in this database.
    key: int
    book: "SqlBook | FoldedBook"
    project: Project
    workflow: Workflow


@contextmanager
def opened(file: Path, host: str | None, path: str | None, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Iterator[View]:
    """The project of that GitLab host and path; without a path the only one there is."""
    connection = open_reader(file, busy_timeout_ms)
    try:
        with translated(file):
            connection.execute("BEGIN")
            book = SqlBook(connection, find_log(connection, host, path))
            project = book.project()
            if project is None or project.workflow is None:
                raise SetupError("this project has no policy yet", (), ("relflow policy adopt",))
            yield View(connection, book.project_id or 0, book, project, project.workflow)
    finally:
        connection.close()


def find_log(connection: sqlite3.Connection, host: str | None, path: str | None) -> str:
    """The log of the project. Raises SetupError for none, UsageError where one must be named."""
    known = [(str(log), str(log).rpartition("/")[0], str(at)) for log, at in connection.execute(_PROJECTS)]
    fits = [each for each in known if path in (None, each[2]) and host in (None, each[1])]
    if len(fits) == 1:
        return fits[0][0]
    why = (f"the database has {', '.join(f'{at} of {of}' for _, of, at in fits or known)}",)
    if not fits:
        what = f"{path or 'no project'}{f' of {host}' if host else ''} is not under relflow here"
        near = nearest(path, tuple(at for _, _, at in known)) if path else ()
        nothing = ("nothing was adopted in this database yet",)
        raise SetupError(what, why if known else nothing, (*near, "relflow policy adopt     puts one under relflow"))
    same_path = len({at for _, _, at in fits}) == 1
    step = "export RELFLOW_GITLAB_URL=…     names the GitLab" if same_path else "-R GROUP/NAME     names one"
    raise UsageError("which project?", why, (step,))
