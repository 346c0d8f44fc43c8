"""The stores in memory, in SQLite and in PostgreSQL are one: the same steps leave the same bytes and the same facts."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from relflow.core.people import Level
from relflow.core.record import parsed
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.service.ports import Book
from relflow.store.book import SqlBook
from relflow.store.checking import records, verify_log
from relflow.store.home import Home
from relflow.store.rebuilding import rebuild
from relflow.store.sql import SqlStore
from tests import postgres
from tests.doubles.clock import SteppingClock
from tests.empty import empty_database
from tests.homes import HOMES, empty_home
from tests.properties.lifecycle import Lifecycle
from tests.properties.scene import LOG, TOOL, Kept, Scene
from tests.strategies.scenes import scenes

Fresh = Callable[[], AbstractContextManager[Home]]
PLACE = Environment("dev", "deploy-dev", "dev", 1, Approvers(), ())


def in_sqlite(folder: Path) -> Callable[[SteppingClock], Kept]:
    """How to keep a life in a file of that folder."""
    return lambda clock: kept_in(empty_database(folder / "releases.db"), clock)


def kept_in(home: Home, clock: SteppingClock) -> Kept:
    """How to keep a life there."""
    return Kept(SqlStore(home, LOG, clock, TOOL), lambda: _records(home))


def _records(home: Home) -> tuple[bytes, ...]:
    with home.reading() as connection:
        return tuple(records(connection, SqlBook(connection, LOG)))


@pytest.fixture(scope="module", params=HOMES)
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """How to get an empty home, anew for each example."""

    @contextmanager
    def made() -> Iterator[Home]:
        with tempfile.TemporaryDirectory() as folder, empty_home(request.param, Path(folder)) as home:
            yield home

    return made


def replayed(scene: Scene, keep: Callable[[SteppingClock], Kept]) -> Kept:
    """The scene's events, recorded in another store transaction by transaction, each at the same time of its clock."""
    clock = SteppingClock()
    kept = keep(clock)
    for at, events in scene.written:
        clock.set(at)
        with kept.store.write() as tx:
            tx.record(events)
    return kept


def facts_of(book: Book, scene: Scene) -> dict[str, object]:
    """All that a book can be asked about what the scene did."""
    versions = book.versions()
    pipelines = {each.id: book.release_of_pipeline(each.id) for each in scene.world.pipelines.values()}
    return {
        "project": book.project(),
        "versions": versions,
        "releases": [book.release(version) for version in (*versions, "nothing")],
        "environments": [book.environment(name) for name in (*scene.workflow.names, "nowhere")],
        "open": book.open_deployments(),
        "next": book.next_deployment_id(),
        "drifts": [book.find_drift(number) for number in range(book.next_drift_id() + 1)],
        "open drifts": book.drifts(),
        "freezes": [book.find_freeze(number) for number in range(book.next_freeze_id() + 1)],
        "freezes now": book.freezes(scene.clock.shown),
        "locks": [book.last_lock(name) for name in (*scene.workflow.names, "nowhere")],
        "of jobs": {each: book.drift_of(gitlab_deployment_id=None, job_id=each) for each in scene.world.jobs},
        "accounting": {
            each.id: [book.accounting(name, each) for name in scene.workflow.names]
            for each in scene.world.jobs.values()
        },
        "of commits": {each: book.release_of_commit(each, 101) for each in scene.world.commits},
        "found": [book.find_deployment(number) for number in range(book.next_deployment_id() + 1)],
        "pipelines": pipelines,
    }


@settings(max_examples=settings().max_examples // 3)
@given(scene=scenes())
def test_the_same_steps_leave_the_same_bytes_and_facts(fresh: Fresh, scene: Scene) -> None:
    """Every record byte for byte, every answer of a book; the chain holds and a rebuild changes nothing."""
    with fresh() as home:
        kept = replayed(scene, lambda clock: kept_in(home, clock))
        assert kept.records() == scene.kept.records()
        with scene.store.read() as ours, kept.store.read() as theirs:
            assert facts_of(ours, scene) == facts_of(theirs, scene)
        assert verify_log(home, LOG).ok
        rebuild(home)
        with scene.store.read() as ours, kept.store.read() as theirs:
            assert facts_of(ours, scene) == facts_of(theirs, scene)


def test_what_is_live_is_what_came_last(fresh: Fresh) -> None:
    """Two versions brought to one environment in turn: every store says the same of it."""
    scene = Scene(Workflow("group/data-provider", (PLACE,)), {"anna": Level.OWNER})
    for version in ("1.0.0", "1.1.0"):
        scene.create(version, "anna")
        scene.test(version, "anna")
        scene.approve(version, "dev", "anna")
        scene.bring(version, "dev", "anna")
    with fresh() as home:
        kept = replayed(scene, lambda clock: kept_in(home, clock))
        with scene.store.read() as ours, kept.store.read() as theirs:
            live = ours.environment("dev").live
            assert facts_of(ours, scene) == facts_of(theirs, scene)
    assert live is not None
    assert live.version == "1.1.0"


@pytest.mark.parametrize("back", [0.5, 0.999, 1.0, 3600.0])
def test_clocks_that_differ_leave_the_same_bytes(fresh: Fresh, back: float) -> None:
    """What is noted of a clock that ran back, and what is passed over, is one rule in every store."""
    scene = Scene(Workflow("group/data-provider", (PLACE,)), {"anna": Level.OWNER})
    scene.create("1.0.0", "anna")
    scene.wait(timedelta(seconds=-1 - back))
    scene.test("1.0.0", "anna")
    with fresh() as home:
        written = replayed(scene, lambda clock: kept_in(home, clock)).records()
    assert written == scene.kept.records()
    noted = [parsed(raw)["event"] for raw in written].count("clock_anomaly")
    assert noted == (1 if back >= 1 else 0)


class LifecycleInSqlite(Lifecycle):
    """The same lives on a database file: every step is committed to disk and read back."""

    folder: tempfile.TemporaryDirectory[str] | None = None

    def keep(self, clock: SteppingClock) -> Kept:
        """A new database for each life."""
        self.folder = tempfile.TemporaryDirectory()
        return in_sqlite(Path(self.folder.name))(clock)

    def teardown(self) -> None:
        """The file is gone after each life."""
        if self.folder is not None:
            self.folder.cleanup()


TestLifecycleInSqlite = LifecycleInSqlite.TestCase
TestLifecycleInSqlite.settings = settings(max_examples=max(4, settings().max_examples // 12), stateful_step_count=25)


class LifecycleInPostgreSQL(Lifecycle):
    """And in PostgreSQL."""

    home: AbstractContextManager[Home] | None = None

    def keep(self, clock: SteppingClock) -> Kept:
        """A database with nothing in it for each life."""
        self.home = postgres.running().home()
        return kept_in(self.home.__enter__(), clock)

    def teardown(self) -> None:
        """The next life finds nothing of it."""
        if self.home is not None:
            self.home.__exit__(None, None, None)


TestLifecycleInPostgreSQL = pytest.mark.slow(LifecycleInPostgreSQL.TestCase)
TestLifecycleInPostgreSQL.settings = TestLifecycleInSqlite.settings
