"""The walk that every contender makes: five transitions of one release, each in a transaction of its own.

The others are handed what relflow decides and writes, made beforehand, so that all of them keep the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.keeping import audit_rows
from benchmarks.life import DANA, PROJECT, KeptLife, Life, World
from relflow.core.events import Event
from relflow.core.record import Head
from relflow.core.release import Release
from relflow.store.rows import approval_row, evidence_row, release_row

#: Set on every contender's connection, besides WAL; relflow reads its own back.
PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON", "trusted_schema = OFF")
TRIGGERS = ("create", "test", "approve", "hold", "resume")
STATES = ("draft", "tested", "approved-dev", "held")
#: From where each trigger but the first leads, and to where.
WAYS = {
    "test": ("draft", "tested"),
    "approve": ("tested", "approved-dev"),
    "hold": ("approved-dev", "held"),
    "resume": ("held", "approved-dev"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """One transition as relflow keeps it: its audit rows, and the release before and after."""

    trigger: str
    audit: list[dict[str, Any]]
    before: Release | None
    after: Release

    @property
    def records(self) -> str:
        """What is told of it: the text of its records."""
        return "\n".join(row["record"].decode() for row in self.audit)

    @property
    def release(self) -> dict[str, Any]:
        """The release's row after the move."""
        return {**release_row(self.after), **evidence_row(self.after)}

    @property
    def approvals(self) -> list[dict[str, Any]]:
        """The rows of the approvals that the move adds."""
        had = len(self.before.approvals) if self.before else 0
        added = enumerate(self.after.approvals[had:], had)
        return [{"version": self.after.version, "place": place, **approval_row(word)} for place, word in added]


@dataclass(frozen=True, slots=True)
class Walk:
    """One release's moves, in order."""

    number: int
    version: str
    moves: tuple[Move, ...]


def changed(move: Move) -> dict[str, Any]:
    """The release's columns besides its state, which is the contender's own machine's business."""
    return {name: value for name, value in move.release.items() if name != "state"}


#: Gets ready for a walk; what it gives back makes the walk, and that alone is timed.
Walker = Callable[[Walk], Callable[[], None]]


def steps(life: Life) -> None:
    """What is done to the release."""
    life.create()
    life.test()
    life.approve("dev", DANA)
    life.hold()
    life.resume()


@dataclass(slots=True)
class Recorder:
    """Keeps nothing on disk: it notes what would be written, beginning after the head."""

    head: Head
    moves: list[Move] = field(default_factory=list)

    def keep(self, release: Release | None, events: Iterable[Event]) -> Release:
        """Note the move."""
        self.head, after, audit = audit_rows(self.head, release, events)
        trigger = TRIGGERS[len(self.moves)]
        self.moves.append(Move(trigger, audit, release, after))
        return after


def walks(count: int) -> list[Walk]:
    """So many walks of releases of one log."""
    world, made, head = World(), [], Head(PROJECT.log)
    for number in range(1, count + 1):
        recorder = Recorder(head)
        life = KeptLife(number, world, recorder)
        steps(life)
        head = recorder.head
        made.append(Walk(number, life.version, tuple(recorder.moves)))
    return made
