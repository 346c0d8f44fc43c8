"""The double keeps the store's promises; that it agrees with SQLite is proven in properties/test_store_agreement.py."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from relflow.core.errors import SetupError, StoreBusy
from relflow.core.events import ClockAnomaly, DeploymentRequested, Event, ProjectRegistered, ReleaseCreated
from relflow.core.people import user
from relflow.core.record import Break, parsed, verified
from tests.doubles.clock import START, SteppingClock
from tests.doubles.store import MemoryStore

LOG = "gitlab.example.org/5"
ANNA = user("anna", 11)


def registered() -> ProjectRegistered:
    """The first event of a log."""
    return ProjectRegistered(at=START, actor=ANNA, path="group/app", url="https://gitlab.example.org/a", project_id=5)


def created(version: str) -> ReleaseCreated:
    """A release comes under the workflow."""
    return ReleaseCreated(at=START, actor=ANNA, release=version, commit="c0ffee", target="draft", ref=version)


def requested(version: str, deployment_id: int, environment: str = "dev") -> DeploymentRequested:
    """A deployment is asked for."""
    return DeploymentRequested(
        at=START,
        actor=ANNA,
        release=version,
        revision=1,
        environment=environment,
        commit="c0ffee",
        deployment_id=deployment_id,
        kind="deploy",
        attempt=1,
        pipeline_id=7,
        job_id=70 + deployment_id,
        job_name="deploy-dev",
        job_url="",
    )


@pytest.fixture
def clock() -> SteppingClock:
    """A clock at START."""
    return SteppingClock()


@pytest.fixture
def store(clock: SteppingClock) -> MemoryStore:
    """A store with a registered project."""
    made = MemoryStore(LOG, clock, "test", busy_timeout_s=0.01)
    write(made, registered())
    return made


def write(store: MemoryStore, *events: Event) -> None:
    """One transaction."""
    with store.write() as tx:
        tx.record(events)


def test_a_write_is_seen_after_it(store: MemoryStore) -> None:
    """Records are numbered from 1, chained, and folded into what a book reads."""
    write(store, created("1.0.0"), created("1.1.0"))
    assert [parsed(raw)["seq"] for raw in store.records] == [1, 2, 3]
    assert not any(isinstance(step, Break) for step in verified(LOG, store.records))
    with store.read() as book:
        assert book.versions() == ("1.0.0", "1.1.0")
        assert book.release("1.0.0") == store.releases["1.0.0"]
        assert book.release("9") is None


def test_an_exception_leaves_nothing(store: MemoryStore) -> None:
    """Neither record nor release of a transaction that raised is there, and the lock is free again."""
    before = (store.records, store.releases)

    def failing() -> Iterator[Event]:
        yield created("1.0.0")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.record(failing())
    assert (store.records, store.releases) == before
    write(store, created("1.0.0"))


def test_a_look_does_not_change_under_the_reader(store: MemoryStore) -> None:
    """What a book shows stays what was committed when it was opened; a transaction sees its own writes."""
    with store.read() as book, store.write() as tx:
        tx.record([created("1.0.0")])
        assert tx.release("1.0.0") is not None
        assert book.release("1.0.0") is None
    assert book.release("1.0.0") is None


def test_a_second_writer_waits_and_then_gives_up(store: MemoryStore) -> None:
    """The write lock is one; who cannot have it in time gets StoreBusy and nothing is changed."""
    with store.write(), pytest.raises(StoreBusy), store.write():
        raise AssertionError("two writers at once")


def test_writers_take_turns(clock: SteppingClock) -> None:
    """Eight threads that write at once leave eight releases and a sound chain."""
    store = MemoryStore(LOG, clock, "test")
    write(store, registered())
    threads = [threading.Thread(target=write, args=(store, created(f"1.0.{number}"))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.releases) == 8
    assert not any(isinstance(step, Break) for step in verified(LOG, store.records))


def test_nothing_is_written_before_the_project_is_registered(clock: SteppingClock) -> None:
    """A log begins with its project."""
    store = MemoryStore(LOG, clock, "test")
    with pytest.raises(LookupError):
        write(store, created("1.0.0"))
    assert store.records == ()


def test_what_the_database_refuses_is_refused(store: MemoryStore) -> None:
    """Two open deployments in one environment, and two of one id, do not get in: a kind double hides defects."""
    write(store, created("1.0.0"), created("1.1.0"), requested("1.0.0", 1))
    with pytest.raises(SetupError, match="one environment"):
        write(store, requested("1.1.0", 2))
    with pytest.raises(SetupError, match="one id"):
        write(store, requested("1.1.0", 1, "prod"))
    write(store, requested("1.1.0", 2, "prod"))


@pytest.mark.parametrize(("back", "noted"), [(0.0, False), (0.999, False), (1.0, True), (3600.0, True)])
def test_a_clock_that_ran_back(store: MemoryStore, clock: SteppingClock, back: float, noted: bool) -> None:
    """No record is earlier than the one before; a second or more is noted once, with what the clock said."""
    before = parsed(store.records[-1])["at"]
    clock.set(START - timedelta(seconds=back))
    with store.write() as tx:
        assert tx.at == START
        first = tx.record([created("1.0.0")])
        second = tx.record([created("1.1.0")])
    kinds = [type(each.event) for each in (*first, *second)]
    assert kinds == [*([ClockAnomaly] if noted else []), ReleaseCreated, ReleaseCreated]
    if noted:
        assert isinstance(first[0].event, ClockAnomaly)
        assert first[0].event.clock == START - timedelta(seconds=back)
    assert all(parsed(raw)["at"] == before for raw in store.records)
