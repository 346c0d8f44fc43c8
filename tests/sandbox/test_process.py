"""The sandbox as a program: the ready file, its signals, and what it leaves behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.repositories import commit, create_repository, eventually, is_alive

RUN = "import sys; from pathlib import Path; from relflow.sandbox.server import run; run(*eval(sys.argv[1]))"
CHILDREN = """
linger:
  script:
    - sleep 300 & echo $! > {pids}
    - echo $$ >> {pids}
    - wait
"""


class Program:
    """A sandbox in a process of its own."""

    def __init__(self, folder: Path, repo: Path | None = None, state_dir: Path | None = None) -> None:
        self.ready_file = folder / "ready.json"
        arguments = (repo, 0, self.ready_file, state_dir)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", RUN, repr(arguments).replace("PosixPath", "Path")],
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> Any:
        """Return what the ready file says, as soon as there is one."""
        return json.loads(eventually(lambda: self.ready_file.read_text() if self.ready_file.exists() else ""))

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal and return the exit code and what was said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=10)
        return self.process.returncode, said


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """The programs of a test, ended whatever happens."""
    started: list[Program] = []
    yield started
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.communicate()


def test_the_ready_file_says_all_a_client_needs(tmp_path: Path, programs: list[Program]) -> None:
    """Address, project, repository, and everybody with level and token; it is gone after the end."""
    programs.append(program := Program(tmp_path))
    ready = program.ready()
    assert set(ready) == {"url", "project", "repository", "users"}
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["project"] == "demo/data-provider"
    assert (Path(ready["repository"]) / ".gitlab-ci.yml").is_file()
    assert [(one["username"], one["access_level"]) for one in ready["users"]] == [
        *[("anna", 40), ("ben", 40), ("chris", 30), ("dana", 30), ("emil", 30), ("rita", 20), ("otto", 0)]
    ]
    headers = {"PRIVATE-TOKEN": ready["users"][0]["token"]}
    answer = requests.get(f"{ready['url']}/api/v4/projects/demo%2Fdata-provider", headers=headers, timeout=10)
    assert answer.json()["permissions"]["project_access"]["access_level"] == 40
    code, said = program.end(signal.SIGTERM)
    assert (code, program.ready_file.exists()) == (0, False)
    assert said == f"sandbox: demo/data-provider at {ready['url']}\n"
    assert not Path(ready["repository"]).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_jobs_with_all_their_children(
    tmp_path: Path, programs: list[Program], number: signal.Signals
) -> None:
    """The script and what it put in the background: nothing outlives the sandbox, and it ends with 0."""
    pids = tmp_path / "pids"
    repo = create_repository(tmp_path / "repo", CHILDREN.format(pids=pids))
    programs.append(program := Program(tmp_path, repo))
    program.ready()
    eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    found = [int(pid) for pid in pids.read_text().split()]
    assert all(is_alive(pid) for pid in found)
    assert program.end(number)[0] == 0
    assert eventually(lambda: not any(is_alive(pid) for pid in found))


def test_killed_without_warning_it_goes_on_in_the_next_life(tmp_path: Path, programs: list[Program]) -> None:
    """Kill -9, then the same --state-dir: what was answered is known, what ran has failed, pushes were noticed."""
    pids = tmp_path / "pids"
    repo = create_repository(tmp_path / "repo", CHILDREN.format(pids=pids))
    programs.append(first := Program(tmp_path, repo, tmp_path / "state"))
    url = first.ready()["url"]
    eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    headers = {"PRIVATE-TOKEN": "glpat-sandbox-anna"}
    body = {"ref": "main"}
    made = requests.post(f"{url}/api/v4/projects/42/pipeline", json=body, headers=headers, timeout=10).json()
    first.end(signal.SIGKILL)
    os.killpg(int(pids.read_text().split()[1]), signal.SIGKILL)  # nobody was left to do it
    first.ready_file.unlink()
    sha = commit(repo, {"a": "a"})

    programs.append(second := Program(tmp_path, repo, tmp_path / "state"))
    url = second.ready()["url"]
    found = requests.get(f"{url}/api/v4/projects/42/pipelines", headers=headers, timeout=10).json()
    assert [one["id"] for one in found] == [1003, made["id"], 1001]
    assert found[0]["sha"] == sha
    job = requests.get(f"{url}/api/v4/projects/42/jobs/5001", headers=headers, timeout=10).json()
    assert (job["status"], job["failure_reason"]) == ("failed", "runner_system_failure")


def test_it_is_up_in_less_than_a_second(tmp_path: Path) -> None:
    """What is imported is little: no GitLab client, no web framework, no database."""
    code = "import sys, relflow.sandbox.server; print(*sys.modules)"
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"gitlab", "requests", "sqlalchemy", "pydantic", "typer"}.isdisjoint(listed)
    assert [name for name in listed if name.startswith("relflow.") and not name.startswith("relflow.sandbox")] == []
