"""The sandbox as one object, wired together here only, and as a program that runs until it is told to stop."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from relflow.sandbox.api.routes import ROUTES
from relflow.sandbox.beginnings import end_interrupted_jobs, new_tables
from relflow.sandbox.ci.spec import CiFileError
from relflow.sandbox.engine.pipelines import CI_FILE, read_ci_file
from relflow.sandbox.engine.pushes import PushWatcher, look
from relflow.sandbox.engine.runner import Runner
from relflow.sandbox.engine.scheduler import Scheduler
from relflow.sandbox.engine.site import GROUP, PROJECT_ID, Project, Site
from relflow.sandbox.errors import SandboxError
from relflow.sandbox.model.people import PEOPLE
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.repo.git import GitError
from relflow.sandbox.repo.repository import Repository
from relflow.sandbox.sample_repository import create_sample
from relflow.sandbox.signals import wait_for_signal
from relflow.sandbox.state_folder import StateFolder
from relflow.sandbox.wire.application import Application
from relflow.sandbox.wire.received import Received
from relflow.sandbox.wire.server import Server

SAMPLE_NAME: Final = "data-provider"
T = TypeVar("T")


def to_stderr(line: str) -> None:
    """Say something to the person at the terminal."""
    print(f"sandbox: {line}", file=sys.stderr, flush=True)


class Sandbox:
    """A small GitLab, serving from `start` to `stop`; a context manager does both."""

    def __init__(
        self,
        repo: Path | None = None,
        *,
        port: int = 0,
        state_dir: Path | None = None,
        log: Callable[[str], None] = to_stderr,
    ) -> None:
        """Check everything and listen. Without a repository the bundled sample is served. Raises SandboxError."""
        self._folder = StateFolder(state_dir)
        try:
            self.site = _site(repo, self._folder, log)
            self.application = Application(self.site, ROUTES, self._save)
            self._server = _listen(self.application, port)
        except BaseException:
            self._folder.close()
            raise
        self.site.url = self.url
        self._runner = Runner(self.site)
        self._scheduler = Scheduler(self.site, self._runner, self._save)
        self._watcher = PushWatcher(self.site, self._save)

    @property
    def url(self) -> str:
        """The address without a path, as python-gitlab wants it."""
        return self._server.url

    @property
    def project(self) -> str:
        """The path of the project."""
        return self.site.project.path

    @property
    def repository(self) -> Path:
        """The git repository that is served."""
        return self.site.repository.folder

    @property
    def deployed(self) -> Path:
        """What the sample's jobs deployed: one folder for each environment."""
        return self.site.deploy_folder

    @property
    def users(self) -> list[dict[str, object]]:
        """Everybody with access level and token."""
        return [
            {"username": one.username, "access_level": one.access_level, "token": self.token(one.username)}
            for one in PEOPLE
        ]

    def token(self, username: str) -> str:
        """Return the token of a person."""
        return f"glpat-sandbox-{username}"

    def ready(self) -> dict[str, object]:
        """Return what the ready file says."""
        return {"url": self.url, "project": self.project, "repository": str(self.repository), "users": self.users}

    def fault(self, **wanted: object) -> None:
        """Plan a fault, with the words of `POST /sandbox/faults`."""
        self.application.faults.add(wanted)

    def received(self) -> list[Received]:
        """Return every request so far."""
        return self.application.received.entries()

    def wait_for(self, condition: Callable[[Tables], T | None], timeout_s: float = 10.0) -> T:
        """Wait until a condition on the tables holds and return what it returned. Raises TimeoutError.

        It is looked at whenever a table changed, and only then.
        """
        with self.site.lock:
            found = self.site.lock.wait_for(lambda: condition(self.site.tables), timeout_s)
        if not found:
            raise TimeoutError(f"nothing after {timeout_s} seconds")
        return found

    def start(self) -> Self:
        """Make the pipelines of what is there and begin to serve."""
        with self.site.lock:
            look(self.site)
            self._save()
        self._server.start()
        self._scheduler.start()
        self._watcher.start()
        return self

    def stop(self) -> None:
        """End everything: connections, threads, and the process groups of running jobs."""
        self._watcher.stop()
        self._scheduler.stop()
        self._server.stop()
        self._runner.stop()
        self._folder.close()

    def _save(self) -> None:
        self._folder.save(self.site.tables, self.site.version)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def _site(repo: Path | None, folder: StateFolder, log: Callable[[str], None]) -> Site:
    repository = _open(repo, folder.path)
    name = SAMPLE_NAME if repo is None else repository.folder.name.removesuffix(".git")
    earlier = folder.load()
    tables = earlier or new_tables(repository.default_branch)
    site = Site(Project(PROJECT_ID, GROUP, name), repository, tables, folder.path, log)
    _check_ci_file(site)
    if earlier is not None:
        _check_same_repository(site)
        with site.lock:
            end_interrupted_jobs(site)
    return site


def _open(repo: Path | None, folder: Path) -> Repository:
    where = (repo or folder / SAMPLE_NAME).resolve()
    try:
        if repo is None and not where.exists():
            create_sample(where)
        return Repository(where)
    except FileNotFoundError as exc:
        what, why = ("git", "it is not installed") if where.exists() or repo is None else (str(where), "no such folder")
        raise SandboxError(f"cannot use {what}", why, "Install git, or name another repository with --repo") from exc
    except (GitError, NotADirectoryError) as exc:
        raise SandboxError(f"cannot use {where}", str(exc), "Name a git repository with --repo") from exc


def _check_ci_file(site: Site) -> None:
    """Refuse a default branch that cannot have a pipeline, and say by name what is not understood."""
    branch = site.repository.default_branch
    sha = site.repository.resolve(branch)
    what = f"cannot serve {site.repository.folder}"
    if sha is None:
        raise SandboxError(what, f"the branch {branch} has no commit", "Commit something first")
    try:
        found = read_ci_file(site, sha)
    except CiFileError as exc:
        why = f"{CI_FILE} on {branch} says what the sandbox does not do: {exc}"
        raise SandboxError(what, why, "Take these keys out, or serve the bundled sample") from exc
    if found is None:
        raise SandboxError(what, f"there is no {CI_FILE} on {branch}", "Commit one, or serve the bundled sample")


def _check_same_repository(site: Site) -> None:
    try:
        site.repository.learn([pipeline.sha for pipeline in site.tables.pipelines])
    except GitError as exc:
        what = f"cannot continue in {site.folder}"
        why = "its pipelines are of commits that this repository does not have"
        raise SandboxError(what, why, "Choose an empty --state-dir, or the repository it was made with") from exc


def _listen(application: Application, port: int) -> Server:
    try:
        return Server(application, port)
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise SandboxError(f"cannot listen on port {port}", why, "Stop what uses it, or choose another --port") from exc


def run(repo: Path | None, port: int, ready_file: Path | None, state_dir: Path | None) -> None:
    """Serve until SIGINT or SIGTERM, then end the running jobs and return. Raises SandboxError."""
    with wait_for_signal() as wait, Sandbox(repo, port=port, state_dir=state_dir) as sandbox:
        to_stderr(f"{sandbox.project} at {sandbox.url}")
        if ready_file is not None:
            _write(ready_file, sandbox.ready())
        wait()
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)


def _write(path: Path, document: Mapping[str, object]) -> None:
    """Write a file that is whole from the first moment it can be seen."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(document, indent=2) + "\n")
    beside.replace(path)
