"""The command line on a database with a known history, run in this process or as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from relflow.service.playing import deploy
from relflow.service.releases import approve, create, hold, record_test
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import Planned
from tests.doubles.team import Team, assembled, done, sqlite_store

SETTINGS = """\
[gitlab]
url = "https://gitlab.example.org"
project = "group/data-provider"

[database]
url = "sqlite:///releases.db"

[[environments]]
name = "dev"
job = "deploy-dev"

[[environments]]
name = "prod"
job = "deploy-prod"
gitlab_environment = "production"
approvals = 2
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be one JSON value."""
        return json.loads(self.out)


Run = Callable[..., Ended]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of the machine's user in it, in UTC."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RELFLOW_", "GITLAB_", "CI"))}
    state = {"XDG_STATE_HOME": str(home / "state"), "XDG_DATA_HOME": str(home / "data"), "HOME": str(home)}
    return {**kept, **state, "TZ": "UTC", "COLUMNS": "100", "TERM": "dumb", **more}


def run_in(folder: Path, *words: str, **more: str) -> Ended:
    """Run the command in the folder, as a process."""
    command = [sys.executable, "-m", "relflow", *words]
    process = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(process.returncode, process.stdout, process.stderr)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings, and a database whose every time and id is the same in each run."""
    clock = SteppingClock()
    team = assembled(sqlite_store(clock, tmp_path), clock)
    history(team)
    (tmp_path / "relflow.toml").write_text(SETTINGS)
    return tmp_path


def history(team: Team) -> None:
    """1.3.0 fails its tests, 1.4.0 runs in dev and waits for prod, 1.5.0 is held, and some were refused."""
    team.gitlab.push("v1.3.0", Planned("unit", status="failed"), Planned("deploy-dev", "deploy", "manual", "dev"))
    done(create(team.app("chris"), "1.3.0", None, None))
    record_test(team.app("chris"), "1.3.0")
    team.tested("1.4.0")
    approve(team.app("chris"), "1.4.0", "dev")
    team.approved("1.4.0", "dev", by=("dana",))
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.4.0", "dev"))
    done(approve(team.app("anna"), "1.4.0", "prod", "numbers checked"))
    team.tested("1.5.0")
    done(hold(team.app("rita"), "1.5.0", "evil \x1b[2J\u202e text"))


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in the folder of that history."""
    return lambda *words, **more: run_in(home, *words, **more)
