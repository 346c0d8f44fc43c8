"""One team on the store in memory, and one on SQLite: the use cases cannot tell them apart."""

from pathlib import Path

import pytest

from tests.doubles.clock import SteppingClock
from tests.doubles.team import Team, assembled, memory_store, sqlite_store


@pytest.fixture(params=["memory", "sqlite"])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Team:
    """A team whose policy is in force: dev takes one approval, prod two maintainers'."""
    clock = SteppingClock()
    store = memory_store(clock) if request.param == "memory" else sqlite_store(clock, tmp_path)
    return assembled(store, clock)
