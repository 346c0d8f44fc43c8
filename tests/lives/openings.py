"""How lives begin: projects whose releases stand where the danger is. Each is made once, and every life gets a copy."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from relflow.core.workflow import Approvers
from relflow.service.playing import deploy
from relflow.service.ports import Store
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab
from tests.doubles.store import MemoryStore
from tests.doubles.team import WORKFLOW, Team, assembled, done, memory_store

_DEV, _PROD = WORKFLOW.environments
#: For prod both maintainers must agree: chris, who creates everything here, is none of them.
POLICY = replace(WORKFLOW, environments=(_DEV, replace(_PROD, approvers=Approvers("maintainer"), four_eyes=())))


@dataclass(frozen=True, slots=True)
class Opening:
    """A world, the log that led there, and what people are likely to ask for next."""

    world: FakeGitLab
    store: Store
    #: Version and environment, the likeliest first.
    wanted: tuple[tuple[str, str], ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that are wanted somewhere."""
        return tuple(dict.fromkeys(version for version, _ in self.wanted))


def _first(team: Team) -> tuple[tuple[str, str], ...]:
    """1.4.0 waits for its first attempt, 1.3.0 runs in dev."""
    _brought(team, "1.3.0", "dev")
    team.approved(team.tested("1.4.0").version)
    return (("1.4.0", "dev"), ("1.4.0", "prod"))


def _again(team: Team) -> tuple[tuple[str, str], ...]:
    """The first attempt of 1.4.0 failed."""
    wanted = _first(team)
    team.runs_at_once("failed")
    deploy(team.app("chris"), "1.4.0", "dev")
    return wanted


def _way_back(team: Team) -> tuple[tuple[str, str], ...]:
    """1.3.0 runs in prod, 1.4.0 in dev; either may go back or on."""
    _brought(team, "1.3.0", "dev")
    _brought(team, "1.3.0", "prod", by=("anna", "ben"))
    _brought(team, "1.4.0", "dev")
    team.approved("1.4.0", "prod", by=("anna", "ben"))
    return (("1.4.0", "prod"), ("1.3.0", "dev"), ("1.4.0", "dev"))


def _behind(team: Team) -> tuple[tuple[str, str], ...]:
    """Two releases want the same environment."""
    team.approved(team.tested("1.3.0").version)
    team.approved(team.tested("1.4.0").version)
    return (("1.4.0", "dev"), ("1.3.0", "dev"))


def _brought(team: Team, version: str, environment: str, by: tuple[str, ...] = ("anna",)) -> None:
    if environment == "dev":
        team.tested(version)
    team.approved(version, environment, by)
    done(deploy(team.app("dana"), version, environment))


OPENINGS: dict[str, Callable[[Team], tuple[tuple[str, str], ...]]] = {
    "first attempt": _first,
    "after a failure": _again,
    "way back": _way_back,
    "one behind the other": _behind,
}


def opened(name: str, keep: Callable[[SteppingClock], Store]) -> Opening:
    """The opening of that name, played in the store that `keep` makes."""
    clock = SteppingClock()
    team = assembled(keep(clock), clock, POLICY)
    team.runs_at_once()
    wanted = OPENINGS[name](team)
    return Opening(team.gitlab, team.store, wanted)


@cache
def in_memory(name: str) -> Opening:
    """The opening in memory, made once."""
    return opened(name, memory_store)


def memory_of(opening: Opening) -> MemoryStore:
    """The store of an opening that was made in memory."""
    assert isinstance(opening.store, MemoryStore)
    return opening.store
