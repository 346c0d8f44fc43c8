"""Opening a project in a database for the read commands."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relflow.core.errors import SetupError
from relflow.core.project import Project
from relflow.core.workflow import Workflow
from relflow.store.book import SqlBook
from relflow.store.faults import translated
from relflow.store.opening import BUSY_TIMEOUT_MS, open_reader
from relflow.views.finding import find_project

if TYPE_CHECKING:
    from relflow.store.folded import FoldedBook


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
            book = SqlBook(connection, find_project(connection, host, path).log)
            project = book.project()
            if project is None or project.workflow is None:
                raise SetupError("this project has no policy yet", (), ("relflow policy adopt",))
            yield View(connection, book.project_id or 0, book, project, project.workflow)
    finally:
        connection.close()
