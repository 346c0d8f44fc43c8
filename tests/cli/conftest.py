"""The command line on a database with a known history, run in this process or as a process of its own."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.releases import approve, create, record_test
from relflow.settings.address import authority
from tests.cli.desk import Desk, desk_in
from tests.cli.running import Run, environment, run_here
from tests.contract.stub import Stub, listening
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
approvers = { access = "maintainer", users = ["emil"] }
"""
#: What a reader leaves beside the database; empty, since nobody writes any more.
COMPANIONS = shutil.ignore_patterns("*-wal", "*-shm")
EVIL = "evil \x1b[2J\u202e text"


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history, made once; for reading only."""
    return past_of("https://gitlab.example.org", tmp_path_factory.mktemp("past"))


def past_of(url: str, folder: Path, more: Callable[[Team], object] = lambda _: None) -> Path:
    """Fill the folder with settings for that GitLab, and a database with the history of its project."""
    log, clock = f"{authority(url)}/5", SteppingClock()
    store = sqlite_store(clock, folder, log)
    team = assembled(store, clock, log=log)
    history(team)
    more(team)
    store.close()
    (folder / "relflow.toml").write_text(SETTINGS.replace("https://gitlab.example.org", url))
    return folder


@pytest.fixture
def home(past: Path, tmp_path: Path) -> Path:
    """A folder with settings, and a database whose every time and id is the same in each run."""
    return Path(shutil.copytree(past, tmp_path / "home", ignore=COMPANIONS))


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with nothing in it, and nothing above it."""
    folder = tmp_path / "bare"
    folder.mkdir()
    return folder


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
    done(hold(team.app("rita"), "1.5.0", EVIL))


def on_its_way(team: Team) -> None:
    """1.4.0 is being deployed to prod, and nobody waits for it."""
    team.approved("1.4.0", "prod", by=("ben",))
    done(deploy(team.app("chris"), "1.4.0", "prod", wait=False))


@pytest.fixture(autouse=True)
def utc(tmp_path: Path) -> Iterator[None]:
    """Nothing of the machine's user, and its clock in UTC."""
    with pytest.MonkeyPatch.context() as patch:
        kept = environment(tmp_path / "user")
        for name in {*os.environ, *kept}:
            patch.delenv(name, raising=False)
        for name, value in kept.items():
            patch.setenv(name, value)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in the folder of that history, in this process."""
    return lambda *words, **more: run_here(home, *words, **more)


@pytest.fixture(scope="session")
def listener() -> Iterator[Stub]:
    """A GitLab on loopback, for the whole run: its port is in the database of `near`."""
    with listening() as found:
        yield found


@pytest.fixture
def stub(listener: Stub) -> Stub:
    """A GitLab on loopback that says what the test tells it to."""
    listener.replies.clear()
    listener.received.clear()
    listener.connected = 0
    return listener


@pytest.fixture(scope="session")
def past_near(listener: Stub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history of a project of the stub, made once; for reading only. 1.4.0 is on its way to prod."""
    return past_of(listener.url, tmp_path_factory.mktemp("near"), on_its_way)


@pytest.fixture
def near(past_near: Path, tmp_path: Path) -> Path:
    """The same folder for a project of the stub, so that commands that ask GitLab ask it."""
    return Path(shutil.copytree(past_near, tmp_path / "near", ignore=COMPANIONS))


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings, and a database in which their policy is in force and nothing else, made once."""
    folder, clock = tmp_path_factory.mktemp("fresh"), SteppingClock()
    assembled(sqlite_store(clock, folder), clock)
    (folder / "relflow.toml").write_text(SETTINGS)
    return folder


@pytest.fixture
def desk(fresh: Path, tmp_path: Path) -> Desk:
    """A team at work, in a folder like that."""
    return desk_in(tmp_path / "home", fresh)
