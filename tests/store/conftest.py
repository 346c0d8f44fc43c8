"""A database with a little history in it."""

from pathlib import Path

import pytest

from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.releases import approve
from relflow.store.sqlite import SqliteStore
from tests.doubles.clock import SteppingClock
from tests.doubles.team import Team, assembled, done, sqlite_store


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team on SQLite: 1.4.0 runs in dev, 1.5.0 is held, one command was refused."""
    clock = SteppingClock()
    made = assembled(sqlite_store(clock, tmp_path), clock)
    made.approved(made.tested("1.4.0").version)
    made.runs_at_once()
    done(deploy(made.app("chris"), "1.4.0", "dev"))
    made.tested("1.5.0")
    approve(made.app("chris"), "1.5.0", "dev")
    done(hold(made.app("rita"), "1.5.0", "wait"))
    return made


@pytest.fixture
def file(team: Team, tmp_path: Path) -> Path:
    """The team's database."""
    assert isinstance(team.store, SqliteStore)
    return tmp_path / "releases.db"
