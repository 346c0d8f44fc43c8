"""One team on the store in memory, one on SQLite, one on PostgreSQL: the use cases cannot tell them apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relflow.store.sql import SqlStore
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, Team, assembled, memory_store
from tests.homes import empty_home


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Team]:
    """A team whose policy is in force: dev takes one approval, prod two maintainers'."""
    clock = SteppingClock()
    if request.param == "memory":
        yield assembled(memory_store(clock), clock)
        return
    with empty_home(request.param, tmp_path) as home:
        yield assembled(SqlStore(home, LOG, clock, TOOL), clock)
