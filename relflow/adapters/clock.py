"""The machine's clock: the only place that reads the time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall-clock time of this machine."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock adapter

    def sleep(self, seconds: float) -> None:
        """Block for that many seconds."""
        time.sleep(seconds)
