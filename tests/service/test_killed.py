"""A process that dies between any two steps: what it leaves can be ended by looking, and no job runs twice for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core.errors import StoreBusy
from relflow.core.record import parsed
from relflow.core.starting import QUIET
from relflow.service.app import App
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.ports import Book, Store, Transaction
from relflow.service.reconciling import abandon, reconcile
from relflow.service.replaying import replay
from relflow.service.watching import watch
from tests.doubles.clock import SteppingClock
from tests.doubles.store import MemoryStore
from tests.doubles.team import Team, assembled, done, memory_store
from tests.service.test_playing import Killed, dev_job, troubled
from tests.service.test_trying_again import brought


@dataclass
class Fate:
    """How many steps are left to the process."""

    left: int

    def step(self) -> None:
        """One less; or the end."""
        if self.left == 0:
            raise Killed
        self.left -= 1


@dataclass(frozen=True)
class Mortal:
    """A port whose process may die before and after each call."""

    port: Any
    fate: Fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.fate.step()
            result = getattr(self.port, name)(*args)
            self.fate.step()
            return result

        return call


@dataclass(frozen=True)
class MortalStore:
    """A store whose process may die before a transaction, and after it committed."""

    store: Store
    fate: Fate

    @contextmanager
    def read(self) -> Iterator[Book]:
        """A look; to die there is to die before the next step."""
        with self.store.read() as book:
            yield book

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction: all of it or nothing."""
        self.fate.step()
        with self.store.write() as tx:
            yield tx
        self.fate.step()


def mortal(app: App, fate: Fate) -> App:
    """The app of a process that has so many steps to live."""
    return replace(app, store=MortalStore(app.store, fate), gitlab=Mortal(app.gitlab, fate))


def fresh() -> Team:
    """A team of its own, whose jobs succeed at the first look after they began to run."""
    clock = SteppingClock()
    team = assembled(memory_store(clock), clock)
    team.runs_at_once()
    return team


def approved() -> Team:
    """1.4.0 waits for its first attempt."""
    team = fresh()
    team.approved(team.tested("1.4.0").version)
    return team


def tried() -> Team:
    """Its first attempt failed."""
    team = approved()
    team.runs_at_once("failed")
    troubled(deploy(team.app("chris"), "1.4.0", "dev"), "failed")
    team.runs_at_once()
    return team


def twice() -> Team:
    """1.3.0 ran in dev, 1.4.0 does."""
    team = fresh()
    brought(team, "1.3.0", "dev")
    brought(team, "1.4.0", "dev")
    return team


def flying() -> Team:
    """The job that deploys 1.4.0 to dev runs, and nobody looks."""
    team = approved()
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    team.gitlab.change(dev_job(team).id, "running")
    return team


def died(phase: str) -> Team:
    """Chris's process died when 1.4.0 to dev was that far, nothing was sent, and nobody came for ten minutes."""
    for steps in range(100):
        team = approved()
        with suppress(Killed):
            deploy(mortal(team.app("chris"), Fate(steps)), "1.4.0", "dev")
        if [each.phase for each in team.release("1.4.0").deployments] == [phase] and not team.gitlab.plays():
            team.clock.jump(QUIET)
            return team
    raise AssertionError(f"it is never {phase}")


LIVES: dict[str, tuple[Callable[[], Team], Callable[[App], object]]] = {
    "deploy": (approved, lambda app: deploy(app, "1.4.0", "dev")),
    "retry": (tried, lambda app: deploy(app, "1.4.0", "dev")),
    "rollback": (twice, lambda app: rollback(app, "1.3.0", "dev", "rounding")),
    "replay": (lambda: died("armed"), lambda app: replay(app, 1, "its process is gone")),
    "replay of what was only intended": (lambda: died("intended"), lambda app: replay(app, 1, "its process is gone")),
    "hold": (flying, lambda app: hold(app, "1.4.0", "wrong totals", cancel_job=True)),
    "watch": (flying, lambda app: list(watch(app))),
}


def count(team: Team, event: str) -> int:
    """How many records of that event there are."""
    assert isinstance(team.store, MemoryStore)
    return sum(parsed(raw)["event"] == event for raw in team.store.records)


def end(team: Team) -> None:
    """Whoever comes next: a look, and after the quiet period a person's word on what a look cannot end."""
    reconcile(team.app("dana"))
    team.clock.jump(timedelta(minutes=11))
    with team.store.read() as book:
        left = book.open_deployments()
    for _, deployment in left:
        done(abandon(team.app("dana"), deployment.id, "its process is gone"))


def holds_true(team: Team, posts: int) -> None:
    """Every POST was announced, none was repeated, and what is said to run is what GitLab's job says."""
    assert posts <= len(team.gitlab.plays()) <= count(team, "play_requested")
    for version in ("1.3.0", "1.4.0"):
        with team.store.read() as book:
            release = book.release(version)
        for each in release.deployments if release else ():
            assert not each.is_open
            runs = [job for job in team.gitlab.jobs.values() if job.id == each.job_id]
            assert each.outcome == "abandoned" or [job.status for job in runs] == [each.outcome]
        if release and release.stands_in == "deployed-dev":
            assert release.brought_to("dev") is not None
    jobs = [job for job in team.gitlab.jobs.values() if job.name == "deploy-dev" and job.is_started]
    assert len(jobs) == len(team.gitlab.plays())


@pytest.mark.parametrize("life", LIVES)
def test_whoever_dies_anywhere_leaves_what_a_look_can_end(life: str) -> None:
    """At every call and every commit: afterwards no deployment is open, and each run is recorded as what it was."""
    arrange, act = LIVES[life]
    for steps in range(100):
        team, fate = arrange(), Fate(steps)
        posts = len(team.gitlab.plays())
        try:
            act(mortal(team.app("chris"), fate))
        except Killed:
            end(team)
            holds_true(team, posts)
        else:
            holds_true(team, posts)
            assert steps > 8, "it must have died often before it lived"
            return
    raise AssertionError("it never came to its end")


def test_a_hold_that_died_before_it_canceled_can_be_asked_again() -> None:
    """Between the record and the POST: the release waits, the job runs, and the same words cancel it."""
    team = flying()
    team.gitlab.before("cancel", _die)
    with pytest.raises(Killed):
        hold(team.app("chris"), "1.4.0", "wrong totals", cancel_job=True)
    assert team.release("1.4.0").state == "held"
    assert dev_job(team).status == "running"
    again = done(hold(team.app("chris"), "1.4.0", "wrong totals", cancel_job=True))
    assert again.deployment is not None
    assert again.deployment.outcome == "canceled"


def _die() -> None:
    raise Killed


@dataclass
class LockedAfter:
    """A store that others keep locked once so many transactions went well."""

    store: Store
    writes: int

    @contextmanager
    def read(self) -> Iterator[Book]:
        """Reading needs no lock."""
        with self.store.read() as book:
            yield book

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Raises StoreBusy where the lock does not come free."""
        if self.writes == 0:
            raise StoreBusy("the database is locked by somebody else")
        self.writes -= 1
        with self.store.write() as tx:
            yield tx


@pytest.mark.parametrize("arrange", [approved, tried])
@pytest.mark.parametrize(("writes", "phase"), [(1, "intended"), (2, "armed"), (3, "accepted")])
def test_a_database_that_stays_locked_hides_no_open_deployment(
    arrange: Callable[[], Team], writes: int, phase: str
) -> None:
    """Once it was requested every end says that it is open and what to do, and whoever comes next can end it."""
    team = arrange()
    app = replace(team.app("chris"), store=LockedAfter(team.store, writes))
    result = troubled(deploy(app, "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    assert result.deployment.phase == phase
    assert result.trouble is not None
    closes = f"relflow reconcile --abandon {result.deployment.id} -m REASON"
    assert result.trouble.next_step == ((closes,) if phase == "intended" else ("relflow reconcile",))
    end(team)
    assert (team.release("1.4.0").state == "deployed-dev") == (phase != "intended")


def test_a_database_that_is_locked_from_the_start_leaves_nothing() -> None:
    """Nothing was requested: the error says so by itself."""
    team = approved()
    with pytest.raises(StoreBusy):
        deploy(replace(team.app("chris"), store=LockedAfter(team.store, 0)), "1.4.0", "dev")
    assert team.release("1.4.0").deployments == ()
