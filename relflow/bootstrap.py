"""Wiring: settings to ports. It knows which adapter serves what; `patient` wires beside it what `doctor` examines.

What is dear to import is imported where it is needed: the read commands shall start as fast as the smallest program.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import relflow
from relflow.adapters.clock import SystemClock
from relflow.core.errors import SetupError, UsageError
from relflow.settings.address import authority, normal_url
from relflow.settings.place import Place, find_place
from relflow.store.home import BUSY_TIMEOUT_MS, Connection, Home
from relflow.store.sqlite import SqliteHome
from relflow.views.finding import find_project

if TYPE_CHECKING:
    from relflow.adapters.ci.drafting import Drafts
    from relflow.adapters.ci.reading import Reading
    from relflow.core.finding import Finding
    from relflow.core.people import Member
    from relflow.core.record import Head
    from relflow.core.workflow import Workflow
    from relflow.service.app import App, Listener, No
    from relflow.service.policies import Adopted
    from relflow.service.ports import GitLab, GitLabSetup, MergedCi, RemoteProject
    from relflow.settings.first import Answers
    from relflow.settings.policy import Examined
    from relflow.store.sql import SqlStore
    from relflow.views.reading import View

CLOCK = SystemClock()
_SECRETS: set[str] = set()


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
) -> "AbstractContextManager[View]":
    """The project's read model."""
    from relflow.views.reading import opened

    where = place(config, project)
    return opened(home_at(where), _host(where.url), where.project, busy_timeout_ms)


@contextmanager
def rows(
    config: Path | None, project: str | None, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> Iterator[tuple[Connection, int]]:
    """The open database and the project's key in it, for who wants a name or two and no read model."""
    where = place(config, project)
    with home_at(where).reading(busy_timeout_ms) as connection:
        yield connection, find_project(connection, _host(where.url), where.project).key


def home_at(where: Place) -> Home:
    """The database of that place; it need not exist. Raises SetupError where its driver is not installed."""
    return SqliteHome(where.database) if where.postgresql is None else _in_postgresql(where.postgresql)


def home_of(url: str) -> Home:
    """The database of that URL, given as a word of a command: a file's path is relative to this folder.

    Raises UsageError for none, or for one with a password, as everybody on the machine sees the words of a command.
    """
    from relflow.settings.place import POSTGRESQL, SQLITE, written_database_problem

    if problem := written_database_problem(url):
        raise UsageError("this is no database", (problem,))
    return _in_postgresql(url) if url.startswith(POSTGRESQL) else SqliteHome(Path.cwd() / url.removeprefix(SQLITE))


def grant(config: Path | None, project: str | None, role: str) -> Home:
    """Let the role record and read in the database, which comes back. Raises UsageError for a file."""
    home = database(config, project)
    if isinstance(home, SqliteHome):
        why = ("it is a file, and has no roles: who may write it is told by its group",)
        raise UsageError(f"nothing can be granted in {home}", why, ("relflow init --shared DIR     shares a file",))
    from relflow.store.postgres.granting import grant
    from relflow.store.postgres.home import PostgresHome

    assert isinstance(home, PostgresHome)  # noqa: S101 - there are two kinds of homes
    grant(home, role)
    return home


def _in_postgresql(url: str) -> Home:
    try:
        from relflow.store.postgres.home import PostgresHome
    except ImportError as exc:
        why = (f"PostgreSQL is spoken to by psycopg: {exc}",)
        step = "pip install 'gitlab-relflow[postgres]'"
        raise SetupError("this installation knows SQLite only", why, (step,)) from exc
    return PostgresHome(url)


def database(config: Path | None, project: str | None) -> Home:
    """The database; it need not exist."""
    return home_at(place(config, project))


def database_file(config: Path | None, project: str | None) -> Path:
    """The database's file. Raises UsageError for one in PostgreSQL."""
    home = database(config, project)
    if not isinstance(home, SqliteHome):
        why = ("it is in PostgreSQL, which has tools for that",)
        raise UsageError(f"{home} is no file", why, ("pg_dump --format=custom --file=FILE DATABASE",))
    return home.file


def creatable_database(config: Path | None, project: str | None) -> Home:
    """The database, which may be created where it is. Raises SetupError for a file inside a git work tree."""
    return _creatable(database(config, project))


def _creatable(home: Home) -> Home:
    if isinstance(home, SqliteHome) and not home.exists():
        _must_be_no_clones(home.file)
    return home


def _must_be_no_clones(file: Path) -> None:
    from relflow.adapters.worktree import owning_worktree

    tree = owning_worktree(file)
    if tree is not None:
        why = ("every clone would have a history of its own",)
        steps = ("name a path outside under [database] url, or leave it out", f"or ignore it: {tree / '.gitignore'}")
        raise SetupError(f"{file} would be inside the git work tree {tree}", why, steps)


def located(config: Path | None, project: str | None) -> tuple[Home, str]:
    """The database and the project's log in it."""
    with view(config, project) as found:
        return database(config, project), found.project.log


def _host(url: str | None) -> str | None:
    return authority(url) if url else None


def proposed(config: Path | None) -> "Workflow":
    """The policy that the settings file proposes. Raises SetupError where there is none, or it has mistakes."""
    from relflow.settings.policy import load_policy

    return load_policy(place(config, None).needed_file())


def policy_examined(config: Path | None) -> "tuple[Path, Examined]":
    """The settings file, and what a check of it finds; SetupError where it cannot be read at all."""
    from relflow.settings.policy import examined

    file = place(config, None).needed_file()
    return file, examined(file)


def workflow_at_hand(config: Path | None, project: str | None) -> "Workflow":
    """The workflow in force, or the settings file's where no database has one yet."""
    where = place(config, project)
    if where.file is not None and not home_at(where).exists():
        return proposed(config)
    with view(config, project) as found:
        return found.workflow


def wired(config: Path | None, project: str | None, listener: "Listener") -> "App":
    """The app for a command that changes something: database, GitLab with the user's token, clock."""
    from relflow.service.app import App
    from relflow.settings.policy import load_policy

    where = place(config, project)
    home = home_at(where)
    with home.reading() as connection:
        log = find_project(connection, _host(where.url), where.project).log
    _must_be_as_seen(home, log)
    store = _store(home, log)
    proposal = load_policy(where.file) if where.file else None
    return App(store, gitlab_at(where), CLOCK, listener, proposal)


def _store(home: Home, log: str) -> "SqlStore":
    from relflow.adapters import seen
    from relflow.store.sql import SqlStore

    def witness(head: "Head") -> None:
        seen.remember(_name_of(home), head, os.environ)

    return SqlStore(home, log, CLOCK, relflow.__version__, witness=witness)


def _name_of(home: Home) -> str:
    """By which this machine remembers the database, from whatever folder it was named."""
    return str(home.file.resolve()) if isinstance(home, SqliteHome) else str(home)


def gone_from(home: Home, log: str) -> str | None:
    """What this machine has seen in the log and is no longer there, as a sentence; None where nothing is gone."""
    from relflow.adapters import seen
    from relflow.store.older import what_is_gone

    last = seen.recall(_name_of(home), log, os.environ)
    with home.reading() as connection:
        return what_is_gone(connection, log, last)


def _must_be_as_seen(home: Home, log: str) -> None:
    from relflow.adapters import seen

    if (gone := gone_from(home, log)) is not None:
        why = (gone, "an older copy was put in its place, or it was copied without the -wal file beside it")
        steps = (
            f"put the newer one back, with its -wal file: {home}",
            f"rm {seen.file_in(os.environ)}     where the older one is to stand, and what is missing is known",
        )
        raise SetupError(f"{home} is older than it was. Nothing was changed.", why, steps)


def gitlab_at(where: Place) -> "GitLabSetup":
    """GitLab at the project's URL, with the token that may go there."""
    from relflow.adapters.gitlab import connect
    from relflow.settings.token import find_token

    url = where.needed_url()
    token = find_token(url, os.environ).value
    _SECRETS.add(token)
    return connect(url, token)


def without_secrets(text: str) -> str:
    """The text with the token that this process uses taken out: an exception's own words may have it."""
    for secret in _SECRETS:
        text = text.replace(secret, "[token]")
    return text


@dataclass(frozen=True, slots=True)
class Adoption:
    """What `policy adopt` is about to do."""

    app: "App"
    remote: "RemoteProject"
    log: str
    workflow: "Workflow"
    in_force: "Workflow | None"


def adoption(config: Path | None, project: str | None, listener: "Listener") -> Adoption:
    """The app for adopting: the project need not be registered yet. One request."""
    from relflow.service.app import App
    from relflow.settings.policy import adoptable

    where = place(config, project)
    workflow = adoptable(where.needed_file())
    if where.needed_project() != workflow.project:
        why = (f"the file's policy is for {workflow.project}, and {where.project} was asked for",)
        raise SetupError("this policy is another project's. Nothing was changed.", why)
    gitlab = gitlab_at(where)
    remote = gitlab.project(workflow.project)
    log = f"{authority(where.needed_url())}/{remote.id}"
    store = _store(home_at(where), log)
    with store.read() as book:
        known = book.project()
    in_force = known.workflow if known else None
    return Adoption(App(store, gitlab, CLOCK, listener, workflow), remote, log, workflow, in_force)


def remember(log: str, member: "Member | None") -> None:
    """Keep who was proven on this machine, for `status`."""
    from relflow.adapters import proven

    if member is not None:
        proven.remember(log, member, os.environ)


def last_proven(log: str) -> "Member | None":
    """Who was last proven for the log on this machine."""
    from relflow.adapters import proven

    return proven.recall(log, os.environ)


def settings_to_write(config: Path | None) -> Path:
    """Where the first settings go: the file that is named, else the one of this folder. UsageError where one is."""
    from relflow.settings.source import NAME

    file = Path.cwd() / (config or os.environ.get("RELFLOW_CONFIG") or NAME)
    if os.path.lexists(file):
        why = ("an existing file is never written over",)
        steps = ("relflow policy adopt     puts its policy in force", f"rm {file}     if it is to go")
        raise UsageError(f"{file} is there already", why, steps)
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", (), (f"mkdir -p {file.parent}",))
    return file


def guessed() -> tuple[str | None, str | None]:
    """GitLab's address and the project as the clone in this folder says them, to be offered as an answer."""
    from relflow.adapters.remote import remote_of

    return remote_of(Path.cwd()) or (None, None)


def token_for(url: str) -> str:
    """Where the token for that GitLab comes from. Raises SetupError where there is none that may go there."""
    from relflow.settings.token import find_token

    return find_token(normal_url(url), os.environ).source


@dataclass(slots=True)
class Beginning:
    """What `init` is about to write, checked; `written` says what of it is there."""

    file: Path
    text: str
    database: Home
    shared: Path | None
    gitlab: "GitLab"
    remote: "RemoteProject"
    log: str
    workflow: "Workflow"
    written: list[str]


def beginning(answers: "Answers", file: Path, shared: Path | None) -> Beginning:
    """Check all that can be checked before anything is written. One request."""
    from relflow.settings.first import first_settings
    from relflow.settings.folders import data_folder
    from relflow.settings.place import SQLITE
    from relflow.store.sharing import must_be_shared

    named = os.environ.get("RELFLOW_DATABASE_URL") or None
    folder = shared.absolute() if shared else None
    if folder and named:
        why = ("RELFLOW_DATABASE_URL names another database, and would be heeded instead",)
        raise UsageError("the database cannot be in two places", why, ("unset RELFLOW_DATABASE_URL",))
    if folder and folder.exists():
        must_be_shared(folder)
    url = f"{SQLITE}{folder / answers.project.replace('/', '__')}.db" if folder else None
    text, workflow = first_settings(replace(answers, database_url=url))
    where = Place(file, normal_url(answers.url), answers.project, url or named, file.parent, data_folder(os.environ))
    database = _creatable(home_at(where))
    gitlab = gitlab_at(where)
    remote = gitlab.project(workflow.project)
    log = f"{authority(where.needed_url())}/{remote.id}"
    if database.exists():
        _refuse_second_policy(database, log, workflow)
    return Beginning(file, text, database, folder, gitlab, remote, log, workflow, [])


def _refuse_second_policy(database: Home, log: str, workflow: "Workflow") -> None:
    from relflow.store.book import SqlBook

    with database.reading() as connection:
        known = SqlBook(connection, log).project()
    if known is not None:
        why = (f"{database} has a policy of {known.path} in force already",)
        steps = ("take the relflow.toml that your team has", f"relflow policy show -R {workflow.project}     shows it")
        raise SetupError(f"{known.path} is under relflow already. Nothing was changed.", why, steps)


def begin(plan: Beginning, listener: "Listener") -> "Adopted | No":
    """Write the folder, the database and the settings, and adopt the policy; `plan.written` grows with each.

    It need not be explored: what answers can say makes no wall (tests/settings/test_first.py), whatever they are, and
    an approval that today's members cannot give is refused as it is adopted.
    """
    from relflow.service.app import App
    from relflow.service.policies import adopt
    from relflow.settings.first import write_first
    from relflow.store.schema import upgrade
    from relflow.store.sharing import FILE_MODE, share

    if plan.shared and share(plan.shared):
        plan.written.append(str(plan.shared))
    if upgrade(plan.database, FILE_MODE if plan.shared else 0o600):
        plan.written.append(str(plan.database))
    write_first(plan.file, plan.text)
    plan.written.append(str(plan.file))
    store = _store(plan.database, plan.log)
    app = App(store, plan.gitlab, CLOCK, listener, plan.workflow)
    return adopt(app, plan.remote, plan.log, plan.workflow)


def ci_here(config: Path | None, file: Path | None) -> "tuple[Workflow, Reading]":
    """The policy that the settings propose, and the CI files of this work tree. No request."""
    reading = _ci("reading").read_here(*_ci_place(file))
    return proposed(config), reading


def ci_of_ref(config: Path | None, project: str | None, ref: str) -> "tuple[Workflow, Reading]":
    """The policy that the settings propose, and what GitLab makes of the ref's CI files. Two requests."""
    where, read_merged = place(config, project), _ci("reading").read_merged
    workflow, gitlab = proposed(config), gitlab_at(where)
    merged = gitlab.merged_ci(gitlab.project(where.needed_project()).id, ref)
    if merged is None:
        raise UsageError(f"GitLab has no {ref}", ("neither a branch nor a tag nor a commit is called so",))
    return workflow, read_merged(merged, f"{ref} in GitLab")


def judged_ci(workflow: "Workflow", merged: "MergedCi", source: str) -> "tuple[Finding, ...]":
    """What the policy has against a CI configuration, as GitLab merged it. No request."""
    found: tuple[Finding, ...] = _ci("reading").read_merged(merged, source).judged(workflow)
    return found


def ci_drafts(config: Path | None, file: Path | None) -> "Drafts":
    """What the CI files of this work tree lack of what the settings ask for. No request."""
    found: Drafts = _ci("drafting").drafts(*_ci_place(file), proposed(config))
    return found


def save_ci(drafts: "Drafts") -> None:
    """Write the CI files."""
    _ci("saving").save(drafts)


def _ci(module: str) -> Any:
    """That module of the adapter. Raises SetupError where what it needs is not installed."""
    try:
        return import_module(f"relflow.adapters.ci.{module}")
    except ImportError as exc:
        why = (f"YAML and GitLab's schema of its CI files come with an extra: {exc}",)
        raise SetupError("this installation reads no CI files", why, ("pip install 'gitlab-relflow[ci]'",)) from exc


def _ci_place(file: Path | None) -> tuple[Path, str]:
    """The root of the work tree, and its CI file as GitLab names it. Raises UsageError for one outside of it."""
    from relflow.adapters.worktree import top_of

    here = Path.cwd()
    root = (top_of(here) or here).resolve()
    named = (here / file).resolve() if file else root / ".gitlab-ci.yml"
    if not named.is_relative_to(root):
        raise UsageError(f"{file} is outside of {root}", ("GitLab reads no file outside of the repository",))
    return root, str(named.relative_to(root))
