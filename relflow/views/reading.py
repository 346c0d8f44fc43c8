"""Opening a project in a database for the read commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relflow.core.errors import SetupError
from relflow.core.project import Project
from relflow.core.workflow import Workflow
from relflow.store.book import SqlBook
from relflow.store.home import BUSY_TIMEOUT_MS, Connection, Home
from relflow.views.finding import find_project

if TYPE_CHECKING:
    from relflow.store.folded import FoldedBook


@dataclass(frozen=True, slots=True)
class View:
    """One project in an open database; everything read through it is one consistent state."""

    connection: Connection
    #: The project's key in this database.
    key: int
    book: "SqlBook | FoldedBook"
    project: Project
    workflow: Workflow


@contextmanager
def opened(home: Home, host: str | None, path: str | None, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Iterator[View]:
    """The project of that GitLab host and path; without a path the only one there is."""
    with home.reading(busy_timeout_ms) as connection:
        book = SqlBook(connection, find_project(connection, host, path).log)
        project = book.project()
        if project is None or project.workflow is None:
            raise SetupError("this project has no policy yet", (), ("relflow policy adopt",))
        yield View(connection, book.project_id or 0, book, project, project.workflow)
