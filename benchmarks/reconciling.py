"""(f) `reconcile` of many open deployments: seconds and requests, against the sandbox over real HTTP.

An environment has at most one open deployment, so a hundred of them are in five projects of twenty environments. In
each they are opened, end in GitLab, and are settled by one command.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Self

from benchmarks.measuring import Ran, Result, relflow, run
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

SECONDS, REQUESTS = 60, 3
TOKEN = "RELFLOW_TOKEN"  # noqa: S105 - a variable's name
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


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """A hundred open deployments of twenty environments."""
    environments, projects = (5, 1) if quick else (20, 5)
    ran = [_settled(folder / str(number), environments) for number in range(projects)]
    number = environments * projects
    what = f"reconciling {number} open deployments of {environments} environments"
    detail = f"{environments} by each of {projects} commands"
    yield Result(what, sum(seconds for seconds, _ in ran), SECONDS, True, detail, "s")
    asked = sum(requests for _, requests in ran)
    yield Result(f"{what}: requests each", asked / number, REQUESTS, True, f"{asked} to GitLab")


def _settled(folder: Path, environments: int) -> tuple[float, int]:
    with _Project(folder, environments) as project:
        return project.reconciled()


class _Project:
    """A repository that is served, a policy in force, and releases that go past approval to an environment each."""

    def __init__(self, folder: Path, environments: int) -> None:
        self._folder, self._held = folder, folder / "held"
        self._names = [f"e{number:02d}" for number in range(environments)]
        self._numbers = count(1)
        self._repository = folder / "data-provider"
        self._repository.mkdir(parents=True)
        git(self._repository, "init", "--quiet", "--initial-branch=main", "--template=")
        jobs = "".join(_JOB.format(name=each, script=_WAITS.format(held=self._held)) for each in self._names)
        (self._repository / ".gitlab-ci.yml").write_text(_CI_FILE.format(jobs=jobs))
        git(self._repository, "add", ".gitlab-ci.yml")
        self._tree = git(self._repository, "write-tree").strip()
        git(self._repository, "update-ref", "refs/heads/main", self._commit("Begin"))
        self._sandbox = Sandbox(self._repository)

    def __enter__(self) -> Self:
        self._sandbox.start()
        told = {"url": self._sandbox.url, "project": self._sandbox.project}
        settings = _SETTINGS.format(**told) + "".join(_PLACE.format(name=each) for each in self._names)
        (self._folder / "relflow.toml").write_text(settings)
        for words in (("db", "upgrade"), ("policy", "adopt", "--yes")):
            self._types(*words)
        log = f"{self._sandbox.url.removeprefix('http://')}/42"
        store = SqlStore(SqliteHome(self._folder / "releases.db"), log, SystemClock(), "benchmark")
        gitlab = connect(self._sandbox.url, self._sandbox.token("anna"))
        self._app = App(store, gitlab, SystemClock(), _Nobody(), None)
        return self

    def __exit__(self, *error: object) -> None:
        self._sandbox.stop()

    def reconciled(self) -> tuple[float, int]:
        """Open a deployment to each environment, let the jobs end, and reconcile: seconds, and requests."""
        versions = {self._tested(): name for name in self._names}
        self._held.touch()
        for version, name in versions.items():
            _done(break_glass(self._app, version, name, "a benchmark", wait=False))
        self._held.unlink()
        self._sandbox.wait_for(_nothing_runs, timeout_s=60)
        before = len(self._sandbox.received())
        seconds = self._types("reconcile").seconds
        with self._app.store.read() as book:
            assert not list(book.open_deployments())  # noqa: S101 - or it was quick for having done nothing
        return seconds, len(self._sandbox.received()) - before

    def _tested(self) -> str:
        version = f"1.{next(self._numbers)}.0"
        sha = self._commit(f"Make {version}")
        git(self._repository, "tag", f"v{version}", sha)
        self._sandbox.wait_for(lambda tables: _is_tested(tables, sha))
        _done(create(self._app, version, None, None))
        _done(record_test(self._app, version))
        return version

    def _types(self, *words: str) -> Ran:
        return run(relflow(*words), self._folder, **{TOKEN: self._sandbox.token("anna")})

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
    return pipeline is not None and not {"created", "pending", "running"} & {
        job.status for job in tables.jobs_of(pipeline.id)
    }


def _nothing_runs(tables: Tables) -> bool:
    return all(job.status in {"success", "manual"} for job in tables.jobs)


def _done(outcome: Outcome) -> None:
    assert isinstance(outcome, Done), outcome  # noqa: S101 - the way is free
    assert outcome.trouble is None, outcome  # noqa: S101
