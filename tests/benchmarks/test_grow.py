"""What the benchmarks stand on is a history like any other: it verifies, and it is the same each time."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.grow import Grown, grow
from benchmarks.life import PROJECT
from relflow.core.events import EVENTS
from relflow.core.record import digest_of
from relflow.store.health import check_database
from relflow.store.sqlite import SqliteHome


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Grown]:
    """A database of six hundred records: one of each kind of life."""
    file = tmp_path_factory.mktemp("grown") / "releases.db"
    return file, grow(file, records=600)


def test_a_grown_database_is_sound(grown: tuple[Path, Grown]) -> None:
    """`db check` and `audit verify` find nothing, and the records are as many as was said."""
    file, size = grown
    problems, (report,) = check_database(SqliteHome(file))
    assert problems == ()
    assert report.ok, report
    assert (report.log, report.records) == (PROJECT.log, size.records)
    assert size.records >= 600


def test_every_release_came_to_an_end(grown: tuple[Path, Grown]) -> None:
    """Most run in production, the others are held, closed, or stand where their job failed; some were refused."""
    file, size = grown
    with closing(sqlite3.connect(file)) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM release GROUP BY state"))
        events = {row[0] for row in connection.execute("SELECT DISTINCT event FROM audit")}
        outcomes = {row[0] for row in connection.execute("SELECT DISTINCT outcome FROM deployment")}
    assert sum(states.values()) == size.releases
    assert states["deployed-prod"] > size.releases * 0.8
    assert states.keys() == {"deployed-prod", "approved-dev", "held"}
    assert {"command_refused", "release_held", "release_closed", "release_deployed"} < events <= EVENTS.keys()
    assert outcomes == {"success", "failed"}


def test_the_same_numbers_give_the_same_log(grown: tuple[Path, Grown], tmp_path: Path) -> None:
    """The head's hash tells: it depends on every byte before it."""
    file, _ = grown
    grow(tmp_path / "again.db", records=600)
    heads = []
    for each in (file, tmp_path / "again.db"):
        with closing(sqlite3.connect(each)) as connection:
            heads.append(connection.execute("SELECT record, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone())
    assert heads[0] == heads[1]
    assert heads[0][1] == digest_of(heads[0][0])
