"""How a release comes to production, found without any cleverness: written from the pages, and from nothing in relflow.

No two people are alike here, the whole way is one search, and nothing that somebody said is forgotten.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

LEVELS = {"reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}


@dataclass(frozen=True)
class People:
    """Who may do something: everybody with that level, and the named."""

    access: str | None
    users: tuple[str, ...]

    def have(self, name: str, level: int) -> bool:
        """Whether somebody is one of them; whom they name needs Reporter access."""
        return (self.access is not None and level >= LEVELS[self.access]) or (name in self.users and level >= 20)


@dataclass(frozen=True)
class Place:
    """What one environment asks."""

    approvals: int
    approvers: People
    four_eyes: tuple[str, ...]


@dataclass(frozen=True)
class Stand:
    """Where a release is: how many places are behind it, whose words stand for the next one, what is ticked."""

    behind: int = -1
    agreed: bool = False
    held: bool = False
    ticked: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()


def shortest(
    places: tuple[Place, ...],
    points: dict[str, People],
    team: dict[str, int],
    creator: str,
    author: str | None,
    goal: int | None = None,
) -> int | None:
    """How many commands bring the creator's release to the last place, or behind `goal` of them; None where none do."""
    wanted = len(places) if goal is None else goal
    todo, seen = deque([(Stand(), 1)]), {Stand()}
    while todo:
        stand, count = todo.popleft()
        if stand.behind == wanted:
            return count
        for name, level in team.items():
            for after in _moves(places, points, stand, creator, author, name, level):
                if after not in seen:
                    seen.add(after)
                    todo.append((after, count + 1))
    return None


def _moves(
    places: tuple[Place, ...],
    points: dict[str, People],
    here: Stand,
    creator: str,
    author: str | None,
    name: str,
    level: int,
) -> Iterator[Stand]:
    """What one person can make of it."""
    if here.held:
        if level >= 30:
            yield Stand(here.behind, here.agreed, False, here.ticked, here.yes, here.no)
        return
    if level >= 20:
        yield Stand(here.behind, here.agreed, True, here.ticked, here.yes, here.no)
    if here.behind < 0:
        for point, by in points.items():
            if by.have(name, level):
                yield Stand(-1, False, False, here.ticked | {point})
        if level >= 30 and here.ticked == frozenset(points):
            yield Stand(0)
        return
    if here.behind < len(places):
        yield from _in_a_place(places[here.behind], here, creator, author, name, level)


def _in_a_place(place: Place, here: Stand, creator: str, author: str | None, name: str, level: int) -> Iterator[Stand]:
    def stand(yes: frozenset[str], no: frozenset[str], held: bool = False) -> Stand:
        return Stand(here.behind, len(yes) >= place.approvals and not no and not held, held, here.ticked, yes, no)

    kept_apart = {"creator": creator, "author": author}
    excluded = name in [kept_apart[eyes] for eyes in place.four_eyes if eyes in kept_apart]
    if place.approvers.have(name, level):
        if not excluded and name not in here.yes:
            yield stand(here.yes | {name}, here.no - {name})
        yield stand(here.yes - {name}, here.no | {name}, held=True)
    if name in here.yes:
        fallen = stand(here.yes - {name}, here.no)
        yield fallen
    if here.agreed and level >= 30 and not ("deployer" in place.four_eyes and name in here.yes):
        yield Stand(here.behind + 1)
