"""Several processes in one thread, and one time: what comes next is the earliest, so that a life is one exact run."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from greenlet import getcurrent, greenlet

#: When a life begins: the day after its opening.
MORNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
#: The most that a machine's clock is wrong by, either way.
WRONG_BY_S = 3600.0


class Schedule:
    """What is still to happen, by its time in seconds; at the same instant in the order it was asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._count = count()
        self._hub = getcurrent()

    def later(self, delay: float, act: Callable[[], object]) -> None:
        """Do that in so many seconds."""
        heappush(self._queue, (self.now + delay, next(self._count), act))

    def begin(self, delay: float, body: Callable[[], object]) -> None:
        """Let a process run in so many seconds; it may `pause`."""
        self.later(delay, greenlet(body, parent=self._hub).switch)

    def pause(self, delay: float) -> None:
        """Let others go on for so many seconds. Only for what was begun here."""
        self.later(delay, getcurrent().switch)
        self._hub.switch()

    def run(self) -> None:
        """Go on until nothing is left to happen; what a process raises ends the life."""
        while self._queue:
            self.now, _, act = heappop(self._queue)
            act()


class TrueClock:
    """The time as GitLab has it. `ahead` is what is added for a machine whose clock is wrong."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self.ahead = 0.0

    def now(self) -> datetime:
        """The time, aware."""
        return MORNING + timedelta(seconds=self._schedule.now + self.ahead)

    def sleep(self, seconds: float) -> None:
        """Nobody sleeps on this clock."""
        raise NotImplementedError
