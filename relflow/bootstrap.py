"""Wiring: settings to ports. The only place that knows which adapter serves what.

What is dear to import is imported where it is needed: the read commands shall start as fast as the smallest program.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import relflow
from relflow.adapters.clock import SystemClock
from relflow.core.errors import SetupError
from relflow.core.people import Member
from relflow.core.workflow import Workflow
from relflow.settings.address import authority
from relflow.settings.place import Place, find_place
from relflow.store.opening import BUSY_TIMEOUT_MS
from relflow.views.reading import View, find_log, opened

if TYPE_CHECKING:
    from relflow.service.app import App, Listener
    from relflow.service.ports import GitLab, RemoteProject

CLOCK = SystemClock()


def now() -> datetime:
    """The time on this machine, aware."""
    return CLOCK.now()


def place(config: Path | None, project: str | None) -> Place:
    """Where the project and its database are, by options, environment and settings file."""
    try:
        here = Path.cwd()
    except FileNotFoundError as exc:
        raise SetupError("the folder you are in is gone", (), ("cd to one that is there",)) from exc
    return find_place(config, project, os.environ, here)


def view(
    config: Path | None, project: str | None, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> AbstractContextManager[View]:
    """The project's read model."""
    where = place(config, project)
    return opened(where.database, _host(where.url), where.project, busy_timeout_ms)


def database(config: Path | None, project: str | None) -> Path:
    """The database file; it need not exist."""
    return place(config, project).database


def creatable_database(config: Path | None, project: str | None) -> Path:
    """The database file, which may be created where it is. Raises SetupError inside a git work tree."""
    from relflow.adapters.worktree import owning_worktree

    file = database(config, project)
    tree = None if file.exists() else owning_worktree(file)
    if tree is not None:
        why = ("every clone would have a history of its own",)
        steps = ("name a path outside under [database] url, or leave it out", f"or ignore it: {tree / '.gitignore'}")
        raise SetupError(f"{file} would be inside the git work tree {tree}", why, steps)
    return file


def located(config: Path | None, project: str | None) -> tuple[Path, str]:
    """The database file and the project's log in it."""
    with view(config, project) as found:
        return place(config, project).database, found.project.log


def _host(url: str | None) -> str | None:
    return authority(url) if url else None


def proposed(config: Path | None) -> Workflow:
    """The policy that the settings file proposes. Raises SetupError where there is none, or it has mistakes."""
    from relflow.settings.policy import load_policy

    return load_policy(place(config, None).needed_file())


def policy_problems(config: Path | None) -> tuple[Path, tuple[str, ...]]:
    """The settings file, and every mistake in it; SetupError where it cannot be read at all."""
    from relflow.settings.policy import problems_of

    file = place(config, None).needed_file()
    return file, problems_of(file)


def workflow_at_hand(config: Path | None, project: str | None) -> Workflow:
    """The workflow in force, or the settings file's where no database has one yet."""
    where = place(config, project)
    if where.file is not None and not where.database.exists():
        return proposed(config)
    with view(config, project) as found:
        return found.workflow


def wired(config: Path | None, project: str | None, listener: "Listener") -> "App":
    """The app for a command that changes something: database, GitLab with the user's token, clock."""
    from relflow.service.app import App
    from relflow.settings.policy import load_policy
    from relflow.store.opening import open_reader
    from relflow.store.sqlite import SqliteStore

    where = place(config, project)
    connection = open_reader(where.database)
    try:
        log = find_log(connection, _host(where.url), where.project)
    finally:
        connection.close()
    store = SqliteStore(where.database, log, CLOCK, relflow.__version__)
    proposal = load_policy(where.file) if where.file else None
    return App(store, gitlab_at(where), CLOCK, listener, proposal)


def gitlab_at(where: Place) -> "GitLab":
    """GitLab at the project's URL, with the token that may go there."""
    from relflow.adapters.gitlab import connect
    from relflow.settings.token import find_token

    url = where.needed_url()
    return connect(url, find_token(url, os.environ).value)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What `policy adopt` is about to do."""

    app: "App"
    remote: "RemoteProject"
    log: str
    workflow: Workflow
    in_force: Workflow | None


def adoption(config: Path | None, project: str | None, listener: "Listener") -> Adoption:
    """The app for adopting: the project need not be registered yet. One request."""
    from relflow.service.app import App
    from relflow.settings.policy import load_policy
    from relflow.store.sqlite import SqliteStore

    where = place(config, project)
    workflow = load_policy(where.needed_file())
    if where.needed_project() != workflow.project:
        why = (f"the file's policy is for {workflow.project}, and {where.project} was asked for",)
        raise SetupError("this policy is another project's. Nothing was changed.", why)
    gitlab = gitlab_at(where)
    remote = gitlab.project(workflow.project)
    log = f"{authority(where.needed_url())}/{remote.id}"
    store = SqliteStore(where.database, log, CLOCK, relflow.__version__)
    with store.read() as book:
        known = book.project()
    in_force = known.workflow if known else None
    return Adoption(App(store, gitlab, CLOCK, listener, workflow), remote, log, workflow, in_force)


def remember(log: str, member: Member | None) -> None:
    """Keep who was proven on this machine, for `status`."""
    from relflow.adapters import proven

    if member is not None:
        proven.remember(log, member, os.environ)


def last_proven(log: str) -> Member | None:
    """Who was last proven for the log on this machine."""
    from relflow.adapters import proven

    return proven.recall(log, os.environ)
