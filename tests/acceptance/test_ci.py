"""A project whose pipeline is what `ci init` wrote: it runs in GitLab, and a release goes to production in it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from relflow.adapters.ci.drafting import PART
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox
from tests.acceptance.person import Person, Shell
from tests.acceptance.team import settings

WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Emil"), ("EMAIL", "emil@example.org"))
}
PLACES = {"dev": 1, "prod": 2}
NOWHERE = "http://127.0.0.1:9"
#: What gitlab-ci-local needs.
NODE = 22


def begun(folder: Path) -> tuple[Shell, Path]:
    """A repository with scripts and settings in which `ci init` was typed; and what its deployments write."""
    repository, brought = folder / "data-provider", folder / "brought"
    repository.mkdir()
    git(repository, "init", "--quiet", "--initial-branch=main", "--template=")
    for name, text in (("test.sh", "true"), ("deploy.sh", f'echo "$1 $CI_COMMIT_TAG" >> {brought}')):
        (repository / name).write_text(f"#!/bin/bash\n{text}\n")
        (repository / name).chmod(0o755)
    shell = Shell(repository)
    set_up(shell, NOWHERE)
    Person("emil", shell, None).types("ci", "init", "--yes").ends(0).says("wrote .gitlab-ci.yml")
    git(repository, "add", ".gitlab-ci.yml", PART, "test.sh", "deploy.sh")
    git(repository, "commit", "--quiet", "-m", "Begin", environment=WHO)
    git(repository, "tag", "v1.0.0")
    return shell, brought


def set_up(shell: Shell, url: str) -> None:
    """The settings, for GitLab at that address; the environment of prod has another name there."""
    text = settings(url, PLACES, f"sqlite:///{shell.home.parent / 'releases.db'}")
    more = text.replace('job = "deploy-prod"', 'job = "deploy-prod"\ngitlab_environment = "production"')
    (shell.home / "relflow.toml").write_text(more)


def waits(tables: Tables) -> bool:
    """The pipeline of the tag is over, and both of its deploy jobs can be played."""
    found = next((each for each in tables.pipelines if each.ref == "v1.0.0"), None)
    jobs = {job.name: job.status for job in tables.jobs_of(found.id)} if found else {}
    # Waiting jobs do not block: whoever asks for the pipeline of a merge request is not kept waiting.
    return (
        jobs == {"test": "success", "deploy-dev": "manual", "deploy-prod": "manual"}
        and str(found and found.status) == "success"
    )


@pytest.mark.slow
def test_a_release_in_a_pipeline_that_ci_init_wrote(tmp_path: Path) -> None:
    """Its tests run, its deploy jobs wait without blocking, and what was approved is brought where it belongs."""
    shell, brought = begun(tmp_path)
    logged: list[str] = []
    with Sandbox(shell.home, log=logged.append) as sandbox:
        sandbox.wait_for(waits)
        set_up(shell, sandbox.url)
        people = ("anna", "ben", "chris", "dana")
        anna, ben, chris, dana = (Person(name, shell, sandbox.token(name)) for name in people)
        chris.types("ci", "lint").ends(0).says(".gitlab-ci.yml: nothing found")
        chris.types("ci", "lint", "--ref", "v1.0.0").ends(0).says("v1.0.0 in GitLab: nothing found")
        anna.types("db", "upgrade").ends(0)
        anna.types("policy", "adopt", "--yes").ends(0)
        chris.types("create", "1.0.0").ends(0)
        chris.types("test", "1.0.0").ends(0).says("test in pipeline")
        dana.types("approve", "1.0.0", "dev").ends(0)
        chris.types("deploy", "1.0.0", "dev").ends(0).says("1.0.0 is live in dev")
        for each in (anna, ben):
            each.types("approve", "1.0.0", "prod").ends(0)
        anna.types("deploy", "1.0.0", "prod", "--yes").ends(0).says("1.0.0 is live in prod")
        anna.types("reconcile").ends(0)
        anna.types("drift").ends(0).says("no run that nobody asked for is known")
        assert [each.name for each in sandbox.site.tables.environments] == ["dev", "production"]
        assert {each.key for each in sandbox.site.tables.resource_groups} == {"dev", "production"}
    assert brought.read_text().splitlines() == ["dev v1.0.0", "prod v1.0.0"]
    assert logged == []


@pytest.mark.node
def test_another_runner_takes_it(tmp_path: Path) -> None:
    """gitlab-ci-local, which nobody here wrote, reads the file, runs the tests, and lets the manual jobs wait.

    Installs from npm, and runs only when asked for: `-m node`.
    """
    programs = _installed(tmp_path / "npm")
    shell, brought = begun(tmp_path)
    listed = _runs(programs, shell.home, "--list-csv")
    assert {line.partition(";")[0] for line in listed.splitlines()[1:]} == {"test", "deploy-dev", "deploy-prod"}
    if shutil.which("rsync") is None:
        pytest.skip("the file was read; to run jobs, gitlab-ci-local needs rsync")
    _runs(programs, shell.home)
    assert not brought.exists()
    _runs(programs, shell.home, "deploy-dev")
    assert brought.read_text().split() == ["dev"]


def _installed(folder: Path) -> Path:
    """The folder of gitlab-ci-local and of a Node that is new enough for it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"node@{NODE}", "gitlab-ci-local"]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    return folder / "node_modules" / ".bin"


def _runs(programs: Path, folder: Path, *words: str) -> str:
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    environment, command = os.environ | WHO | {"PATH": path}, [str(programs / "gitlab-ci-local"), *words]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended
    return ended.stdout
