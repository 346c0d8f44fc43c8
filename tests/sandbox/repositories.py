"""Repositories for tests, and jobs that do what the test says: wait, fail, or leave a mark."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from relflow.sandbox.model.records import Job, Pipeline
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox

T = TypeVar("T")

# `build` and `go` wait while a file `hold-<name>` is there and fail when there is a file `fail-<name>`.
CI_FILE = """
stages: [build, deploy]
variables:
  SWITCHES: {switches}
.script: &script
  - echo "${{CI_COMMIT_REF_NAME}} ${{NOTE:-}}" >> "$SWITCHES/ran-$CI_JOB_NAME"
  - while [[ -e "$SWITCHES/hold-$CI_JOB_NAME" ]]; do sleep 0.01; done
  - if [[ -e "$SWITCHES/fail-$CI_JOB_NAME" ]]; then exit 3; fi
build:
  stage: build
  script: *script
go:
  stage: deploy
  when: manual
  environment: prod
  script: *script
{more}
"""
_AT = {"GIT_AUTHOR_DATE": "2025-01-01T12:00:00Z", "GIT_COMMITTER_DATE": "2025-01-01T12:00:00Z"}


def new_repository(folder: Path) -> None:
    """Make one with nothing in it, as `git init` does: to start that takes longer than what it does."""
    inside = folder / ".git"
    for each in ("objects", "refs/heads"):
        (inside / each).mkdir(parents=True)
    (inside / "HEAD").write_text("ref: refs/heads/main\n")
    (inside / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")


def create_repository(folder: Path, ci_file: str | None) -> Path:
    """Make a repository with one commit on `main`."""
    new_repository(folder)
    commit(folder, {".gitlab-ci.yml": ci_file} if ci_file is not None else {"README.md": "nothing to run\n"})
    return folder


def commit(folder: Path, files: dict[str, str], message: str = "Change", author: str = "anna") -> str:
    """Commit files and return the sha."""
    for name, text in files.items():
        (folder / name).write_text(text)
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", author.title()), ("EMAIL", f"{author}@example.org"))
    }
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}", environment={**who, **_AT})
    inside = folder / ".git"
    return (inside / (inside / "HEAD").read_text().removeprefix("ref: ").strip()).read_text().strip()


def eventually(found: Callable[[], T], timeout_s: float = 10.0) -> T:
    """Return what is found once it is something. For what happens outside the tables, where nobody can tell."""
    deadline = time.monotonic() + timeout_s
    while not (result := found()):
        assert time.monotonic() < deadline, f"nothing after {timeout_s} seconds"
        time.sleep(0.005)
    return result


def is_alive(pid: int) -> bool:
    """Whether a process is there and more than a name in the table."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


class Workshop:
    """A repository whose tags have a job `build` and a manual job `go`, and a sandbox that serves it."""

    def __init__(self, folder: Path, start: Callable[..., Sandbox]) -> None:
        self.switches = folder / "switches"
        self.switches.mkdir()
        self.repo = folder / "workshop"
        self._start = start
        self._sandbox: Sandbox | None = None

    def open(self, more: str = "", state_dir: Path | None = None) -> Sandbox:
        """Serve the repository; `more` is added to its CI file."""
        if not self.repo.exists():
            text = CI_FILE.format(switches=self.switches, more=more)
            create_repository(self.repo, text)
        self._sandbox = self._start(self.repo, state_dir=state_dir)
        return self._sandbox

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that was opened last."""
        assert self._sandbox is not None
        return self._sandbox

    def switch(self, name: str, *, on: bool = True) -> None:
        """Turn a switch of the jobs on or off."""
        if on:
            (self.switches / name).touch()
        else:
            (self.switches / name).unlink()

    def runs(self, job: str = "go") -> list[str]:
        """Return the ref and the NOTE of each run of a job."""
        ran = self.switches / f"ran-{job}"
        return [line.strip() for line in ran.read_text().splitlines()] if ran.exists() else []

    def until_run(self, job: str = "go") -> None:
        """Wait until the script of a job has begun: `running` is earlier, when it is being checked out."""
        eventually(lambda: self.runs(job))

    def tag(self, name: str, message: str = "Change") -> Pipeline:
        """Commit and tag a version, and return its pipeline as soon as there is one."""
        sha = commit(self.repo, {"version": name}, message)
        git(self.repo, "tag", name)
        return self.sandbox.wait_for(
            lambda tables: next((row for row in tables.pipelines if row.ref == name and row.sha == sha), None)
        )

    def job(self, pipeline: Pipeline, name: str, *statuses: Status | str) -> Job:
        """Return the current job of a name, once it has one of these statuses."""
        return self.sandbox.wait_for(
            lambda tables: next(
                (
                    job
                    for job in tables.jobs_of(pipeline.id)
                    if job.name == name and (not statuses or job.status in statuses)
                ),
                None,
            )
        )

    def offered(self, name: str = "v1") -> Job:
        """Tag a version and return its job `go` once it waits to be played."""
        return self.job(self.tag(name), "go", Status.MANUAL)

    def until(self, job_id: int, *statuses: Status | str) -> Job:
        """Return a job once it has one of these statuses."""
        return self.sandbox.wait_for(
            lambda tables: found if (found := tables.jobs[job_id]).status in statuses else None
        )
