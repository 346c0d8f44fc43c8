"""A person's computer: its clock, its database, and how its processes fare between any two steps."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from relflow.core.errors import StoreBusy
from relflow.core.events import Event
from relflow.service.ports import Book, Recorded, Store, Transaction
from tests.lives.broken import Killed
from tests.lives.chance import Chance
from tests.lives.schedule import WRONG_BY_S, Schedule, TrueClock
from tests.lives.story import Story
from tests.lives.weather import Weather
from tests.lives.witness import Process, Witness

PROCESS_FAULTS = {"killed": 5, "Ctrl-C": 3, "slept": 2, "clock": 2}


class Machine:
    """One person's computer: its clock, and how its processes fare."""

    def __init__(self, who: str, schedule: Schedule, chance: Chance, story: Story, weather: Weather) -> None:
        self.who, self.schedule, self.chance, self.story, self.weather = who, schedule, chance, story, weather
        self.clock = TrueClock(schedule)
        #: For comparison: its clock is never wrong, and all else is as it was.
        self.is_right = False

    def set_clock(self) -> None:
        """The clock is wrong from now on, or otherwise wrong."""
        ahead = self.chance.between(-WRONG_BY_S, WRONG_BY_S)
        self.clock.ahead = 0.0 if self.is_right else ahead
        self.story.tell(self.who, "this clock is %.0f s ahead", self.clock.ahead)

    def pause(self, process: Process, delay: float) -> None:
        """Others go on meanwhile; or the process ends here, or the machine sleeps, or its clock is set."""
        if self.chance.happens(self.weather.processes):
            delay += self._trouble(process)
        self.schedule.pause(delay)

    def _trouble(self, process: Process) -> float:
        what = self.chance.weighed(PROCESS_FAULTS)
        self.story.counts[f"fault {what}"] += 1
        self.story.tell(self.who, "%s: %s", process.command, what)
        if what == "killed":
            raise Killed
        if what == "Ctrl-C":
            process.interrupted = True
            raise KeyboardInterrupt
        if what == "slept":
            return self.chance.pick((1200.0, 3600.0)) + self.chance.between(0, 600)
        process.jumped = True
        self.set_clock()
        return 0.0

    def fails(self, probability: float) -> bool:
        """Whether that goes wrong now."""
        return self.chance.happens(probability)


class Watch:
    """The clock as a process reads it; sleeping lets others go on."""

    def __init__(self, machine: Machine, process: Process) -> None:
        self._machine, self._process = machine, process
        self.now = machine.clock.now

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        self._machine.pause(self._process, seconds)


class Noted:
    """A transaction whose records are noted; they count once it is committed."""

    def __init__(self, tx: Transaction, notes: list[Recorded]) -> None:
        self._tx, self._notes = tx, notes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def record(self, events: Iterable[Event]) -> tuple[Recorded, ...]:
        """Append the events to the log."""
        recorded = self._tx.record(events)
        self._notes.extend(recorded)
        return recorded


class Desk:
    """The store as one process uses it: locked by others, and cut off by the process's end."""

    def __init__(self, machine: Machine, process: Process, store: Store, clock: TrueClock, witness: Witness) -> None:
        self._machine, self._process, self._store, self._witness = machine, process, store, witness
        self._clock = clock

    def read(self) -> AbstractContextManager[Book]:
        """A consistent look."""
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[Noted]:
        """One transaction: all of it or nothing, and nobody else's in between."""
        machine = self._machine
        machine.pause(self._process, machine.chance.between(0.001, 0.05))
        trouble = machine.fails(machine.weather.store)
        if trouble and machine.chance.happens(0.5):
            machine.story.counts["fault store busy"] += 1
            machine.story.tell(self._process.who, "the database stays locked")
            raise StoreBusy("the database is locked by somebody else")
        notes: list[Recorded] = []
        self._clock.ahead = machine.clock.ahead
        with self._store.write() as tx:
            yield Noted(tx, notes)
            if trouble:
                machine.story.counts["fault killed before commit"] += 1
                machine.story.tell(self._process.who, "killed before its transaction commits")
                raise Killed
        self._witness.committed(self._process, notes)
        machine.pause(self._process, machine.chance.between(0.001, 0.05))
