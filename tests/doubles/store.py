"""The store in memory: the same log bytes, the same fold and the same refusals as the one in SQLite, and no file.

Not here: anything about durability, processes or schema. Those are facts of a database, tested on it.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from relflow.core.codec import instant
from relflow.core.errors import SetupError, StoreBusy
from relflow.core.events import ClockAnomaly, Event, from_record, to_record
from relflow.core.evolve import History
from relflow.core.facts import Look
from relflow.core.people import itself
from relflow.core.record import Head, canonical, digest_of
from relflow.core.release import Release
from relflow.service.ports import Clock, Recorded
from relflow.store.folded import FoldedBook

#: Clocks of two machines differ by less than this without anybody minding.
NOTICED = timedelta(seconds=1)


@dataclass(slots=True)
class _Log:
    """What is committed: the records' bytes, their end, and what they fold into."""

    head: Head
    history: History
    records: list[bytes] = field(default_factory=list)
    #: By environment: how far GitLab was read.
    looks: dict[str, Look] = field(default_factory=dict)


class MemoryTransaction(FoldedBook):
    """A book under the write lock, which can be written. What it holds is its own until it commits."""

    def __init__(self, base: _Log, now: datetime, tool: str) -> None:
        known = base.history
        super().__init__(replace(known, releases=dict(known.releases)), base.looks)
        self._tool, self.now, self._head = tool, now, base.head
        self._written: list[bytes] = []
        last = instant(base.head.at) if base.head.at else now
        self.at = max(now, last)
        self._clock_is_behind = last - now >= NOTICED

    def record(self, events: Iterable[Event]) -> tuple[Recorded, ...]:
        """Append the events to the log, after a `clock_anomaly` where the clock ran back, and fold them in.

        Raises SetupError for what the database's own constraints refuse, LookupError before registration.
        """
        return tuple(self._append(event) for event in self._with_anomaly(tuple(events)))

    def outcome(self, base: _Log) -> _Log:
        """What is committed when this transaction is."""
        return _Log(self._head, self._history, base.records + self._written, self._looks)

    def keep_look(self, environment: str, look: Look) -> None:
        """Remember how far GitLab was read."""
        self._looks[environment] = look

    def _with_anomaly(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        if not (events and self._clock_is_behind):  # where nothing is recorded, no time is
            return events
        self._clock_is_behind = False
        return (ClockAnomaly(at=self.at, actor=itself("clock"), clock=self.now), *events)

    def _append(self, wanted: Event) -> Recorded:
        record = to_record(wanted, self._head, self._tool)
        raw, event = canonical(record), from_record(record)
        self._history.apply(event)
        if self._history.project is None:
            raise LookupError(f"{self._head.log} is not registered")
        self._refuse_as_the_database_does()
        self._written.append(raw)
        self._head = Head(self._head.log, record["seq"], digest_of(raw), record["at"])
        return Recorded(self._head.seq, event)

    def _refuse_as_the_database_does(self) -> None:
        """A double that lets through what the real store stops would hide the defect that tried."""
        every = self._deployments()
        open_in = [each.environment for _, each in every if each.is_open]
        if len(set(open_in)) < len(open_in):
            raise SetupError("two deployments would be open in one environment")
        if len({each.id for _, each in every}) < len(every):
            raise SetupError("two deployments would have one id")
        runs = [each.job_id for each in self._history.drifts.values() if each.job_id is not None]
        if len(set(runs)) < len(runs):
            raise SetupError("two drifts would name one job")


class MemoryStore:
    """One project's log and what it folds into, shared by the threads of one test.

    `records` is the log as it would be exported. A write that raises leaves nothing of itself.
    """

    def __init__(self, log: str, clock: Clock, tool: str, busy_timeout_s: float = 5) -> None:
        self.log, self._clock, self._tool, self._patience = log, clock, tool, busy_timeout_s
        self._lock = threading.Lock()
        self._state = _Log(Head(log), History(log))

    def copy(self, clock: Clock) -> "MemoryStore":
        """Another store that begins with what is committed here; neither sees what comes to the other."""
        other = MemoryStore(self.log, clock, self._tool, self._patience)
        other._state = self._state
        return other

    @property
    def records(self) -> tuple[bytes, ...]:
        """The committed log, oldest record first."""
        return tuple(self._state.records)

    @property
    def releases(self) -> dict[str, Release]:
        """The committed releases by version."""
        return dict(self._state.history.releases)

    @contextmanager
    def read(self) -> Iterator[FoldedBook]:
        """A consistent look, without a lock: what is committed now, however long the look lasts."""
        yield FoldedBook(self._state.history, self._state.looks)

    @contextmanager
    def write(self) -> Iterator[MemoryTransaction]:
        """One transaction under the write lock; it commits at the end, and an exception leaves nothing of it.

        Raises StoreBusy when the lock does not come free in time, as for a second write inside the first.
        """
        if not self._lock.acquire(timeout=self._patience):
            raise StoreBusy(f"{self.log} is locked by somebody else", next_step=("try again. Nothing was changed.",))
        try:
            # The clock is read under the lock: a record's time is never before one that was waited for.
            transaction = MemoryTransaction(self._state, self._clock.now(), self._tool)
            yield transaction
            self._state = transaction.outcome(self._state)
        finally:
            self._lock.release()
