"""A clock that only tests move: it goes one step with every look, and sleeping costs no time."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class SteppingClock:
    """Each `now` is one `step` after the last; `sleep` advances at once and is noted in `slept`."""

    def __init__(self, start: datetime = START, step: timedelta = timedelta(seconds=1)) -> None:
        self._next, self._step = start, step
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The time; the next look is a step later."""
        at = self._next
        self._next += self._step
        return at

    def sleep(self, seconds: float) -> None:
        """Advance by that much, at once."""
        self.slept.append(seconds)
        self._next += timedelta(seconds=seconds)

    def set(self, at: datetime) -> None:
        """The next look shows this time, be it earlier than the last."""
        self._next = at

    def jump(self, by: timedelta) -> None:
        """Move the next look, backwards too."""
        self._next += by
