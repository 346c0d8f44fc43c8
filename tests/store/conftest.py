"""A database with a little history in it, in a file and in either home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.releases import approve
from relflow.store.home import Home
from relflow.store.sql import SqlStore
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, Team, assembled, done, sqlite_store
from tests.homes import HOMES, empty_home


def with_history(made: Team) -> Team:
    """1.4.0 runs in dev, 1.5.0 is held, one command was refused."""
    made.approved(made.tested("1.4.0").version)
    made.runs_at_once()
    done(deploy(made.app("chris"), "1.4.0", "dev"))
    made.tested("1.5.0")
    approve(made.app("chris"), "1.5.0", "dev")
    done(hold(made.app("rita"), "1.5.0", "wait"))
    return made


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team with that history on SQLite."""
    clock = SteppingClock()
    return with_history(assembled(sqlite_store(clock, tmp_path), clock))


@pytest.fixture
def file(team: Team, tmp_path: Path) -> Path:
    """The team's database."""
    assert isinstance(team.store, SqlStore)
    return tmp_path / "releases.db"


@pytest.fixture(params=HOMES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Either home, with nothing in it."""
    with empty_home(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def crew(empty: Home) -> Iterator[Team]:
    """A team with that history in either home."""
    clock = SteppingClock()
    store = SqlStore(empty, LOG, clock, TOOL)
    yield with_history(assembled(store, clock))
    store.close()


@pytest.fixture
def home(empty: Home, crew: Team) -> Home:
    """The crew's database."""
    assert isinstance(crew.store, SqlStore)
    return empty
