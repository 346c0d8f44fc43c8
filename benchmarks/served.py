"""A project that the sandbox serves over HTTP, with a policy in force and releases that are tested."""

from itertools import count
from pathlib import Path
from typing import Self

from benchmarks.measuring import Ran, relflow, run
from relflow.adapters.clock import SystemClock
from relflow.adapters.gitlab import connect
from relflow.core.facts import Job
from relflow.core.people import Member
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox
from relflow.service.app import App, Done, Outcome
from relflow.service.playing import break_glass
from relflow.service.releases import create, record_test
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome

WHO = "anna"
_CI_FILE = "stages: [test, deploy]\nunit: {{stage: test, script: ['true']}}\n{jobs}"
_JOB = "deploy-{name}: {{stage: deploy, when: manual, environment: {name}, script: [{script}]}}\n"
_WAITS = "'while [ -e {held} ]; do sleep 0.1; done'"
_SETTINGS = '[gitlab]\nurl = "{url}"\nproject = "{project}"\n\n[database]\nurl = "sqlite:///releases.db"\n'
_PLACE = '\n[[environments]]\nname = "{name}"\njob = "deploy-{name}"\nbreak_glass = true\n'
_EMIL = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Emil"), ("EMAIL", "emil@example.org"), ("DATE", "2026-01-05T12:00:00Z"))
}


class Served:
    """So many environments in one project; `with` serves it."""

    app: App

    def __init__(self, folder: Path, environments: int) -> None:
        self._folder, self._held = folder, folder / "held"
        self.environments = [f"e{number:02d}" for number in range(environments)]
        self._numbers = count(1)
        self._repository = folder / "data-provider"
        self._repository.mkdir(parents=True)
        git(self._repository, "init", "--quiet", "--initial-branch=main", "--template=")
        jobs = "".join(_JOB.format(name=each, script=_WAITS.format(held=self._held)) for each in self.environments)
        (self._repository / ".gitlab-ci.yml").write_text(_CI_FILE.format(jobs=jobs))
        git(self._repository, "add", ".gitlab-ci.yml")
        self._tree = git(self._repository, "write-tree").strip()
        git(self._repository, "update-ref", "refs/heads/main", self._commit("Begin"))
        self._sandbox = Sandbox(self._repository)

    def __enter__(self) -> Self:
        self._sandbox.start()
        told = {"url": self._sandbox.url, "project": self._sandbox.project}
        settings = _SETTINGS.format(**told) + "".join(_PLACE.format(name=each) for each in self.environments)
        (self._folder / "relflow.toml").write_text(settings)
        self.types("db", "upgrade")
        self.types("policy", "adopt", "--yes")
        log = f"{self._sandbox.url.removeprefix('http://')}/42"
        store = SqlStore(SqliteHome(self._folder / "releases.db"), log, SystemClock(), "benchmark")
        self.app = App(store, connect(self._sandbox.url, self._sandbox.token(WHO)), SystemClock(), _Nobody(), None)
        return self

    def __exit__(self, *error: object) -> None:
        self._sandbox.stop()

    def types(self, *words: str) -> Ran:
        """Run the installed command."""
        return run(relflow(*words), self._folder, RELFLOW_TOKEN=self._sandbox.token(WHO))

    def tested(self) -> str:
        """The version of a new release, in the state tested."""
        version = f"1.{next(self._numbers)}.0"
        sha = self._commit(f"Make {version}")
        git(self._repository, "tag", f"v{version}", sha)
        self._sandbox.wait_for(lambda tables: _is_tested(tables, sha))
        _done(create(self.app, version, None, None))
        _done(record_test(self.app, version))
        return version

    def leaves_open(self) -> None:
        """Bring a release to each environment, past approval; all of their jobs end, and nobody looks."""
        versions = {self.tested(): name for name in self.environments}
        self._held.touch()
        for version, name in versions.items():
            _done(break_glass(self.app, version, name, "a benchmark", wait=False))
        self._held.unlink()
        self._sandbox.wait_for(_nothing_runs, timeout_s=60)

    def open_count(self) -> int:
        """How many deployments are open."""
        with self.app.store.read() as book:
            return len(list(book.open_deployments()))

    def request_count(self) -> int:
        """How many requests arrived so far."""
        return len(self._sandbox.received())

    def _commit(self, message: str) -> str:
        return git(self._repository, "commit-tree", self._tree, "-m", message, environment=_EMIL).strip()


class _Nobody:
    """A listener who does not listen."""

    def note(self, text: str) -> None:
        """Nobody reads it."""

    def proven(self, log: str, member: Member | None) -> None:
        """Nobody sits at this machine."""

    def watching(self, job: Job) -> None:
        """Nobody watches."""


def _is_tested(tables: Tables, sha: str) -> bool:
    pipeline = next((row for row in tables.pipelines if row.sha == sha), None)
    if pipeline is None:
        return False
    return {job.status for job in tables.jobs_of(pipeline.id)} <= {"success", "manual"}


def _nothing_runs(tables: Tables) -> bool:
    return all(job.status in {"success", "manual"} for job in tables.jobs)


def _done(outcome: Outcome) -> None:
    assert isinstance(outcome, Done), outcome  # noqa: S101 - the way is free
    assert outcome.trouble is None, outcome  # noqa: S101
