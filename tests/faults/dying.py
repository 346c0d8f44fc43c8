"""Commands as processes that may die at a named step.

The product knows nothing of it: its ports are wrapped where `bootstrap` wires them, in the process, before it begins.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from relflow import bootstrap
from relflow.adapters.clock import SystemClock
from relflow.core.record import digest_of
from relflow.service.ports import GitLab, Identity
from relflow.store.opening import PRAGMAS
from relflow.store.sql import SqlStore
from relflow.store.transaction import SqlTransaction
from tests.faults.recorder import record


class Hurried(SystemClock):
    """A clock that sleeps a hundredth of what is asked, and may be ahead."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        """The machine's time and the lead."""
        return super().now() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Not that long."""
        super().sleep(seconds / 100)


@dataclass
class Fate:
    """Writes down every step, and kills this process at one: by its place, or by its name."""

    trail: Path
    dies_at: int | str | None
    steps: int = 0

    def step(self, name: str) -> None:
        """One more; or the end, which no handler hears."""
        self.note("step", name)
        if self.dies_at in (self.steps, name):
            os.kill(os.getpid(), signal.SIGKILL)
        self.steps += 1

    def note(self, *words: object) -> None:
        """Keep a line of the trail."""
        with self.trail.open("a") as file:
            file.write(json.dumps(words) + "\n")


class Mortal:
    """GitLab, before each request to which the process may die, and after each that changes something there.

    After a look comes the next step, with nothing in between that could be lost. Its clock goes with the process.
    """

    def __init__(self, port: GitLab, fate: Fate, ahead_s: float) -> None:
        self._port, self._fate, self._ahead = port, fate, timedelta(seconds=ahead_s)

    def identify(self) -> Identity:
        """Who the token belongs to, and GitLab's time."""
        self._fate.step("before identify")
        found = self._port.identify()
        assert found.gitlab_at is not None
        return replace(found, gitlab_at=found.gitlab_at + self._ahead, clock_ahead=timedelta(0))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self._fate.step(f"before {name}")
            result = getattr(self._port, name)(*args)
            if name in {"play", "retry", "cancel", "run_pipeline"}:
                self._fate.step(f"after {name}")
            return result

        return call


def wrap(fate: Fate, ahead_s: float) -> None:
    """Make GitLab, the transactions and the clock of this process those of somebody mortal and hasty."""
    connect, write = bootstrap.gitlab_at, SqlStore.write
    count = 0

    @contextmanager
    def mortal_write(store: SqlStore) -> Iterator[SqlTransaction]:
        nonlocal count
        count += 1
        number = count
        fate.step(f"before T{number}")
        with write(store) as tx:
            before = tx.head().seq
            yield tx
            fate.step(f"in T{number}")
            written_since = "SELECT seq, record FROM audit WHERE seq > :before ORDER BY seq"
            new = tx._connection.execute(written_since, {"before": before})
            written = [(each["seq"], digest_of(each["record"])) for each in new]
        for seq, digest in written:
            fate.note("told", seq, digest)
        fate.step(f"after T{number}")

    SqlStore.write = mortal_write  # type: ignore[method-assign,assignment]
    bootstrap.gitlab_at = lambda where: Mortal(connect(where), fate, ahead_s)
    bootstrap.CLOCK = Hurried(ahead_s)


def fated(trail: Path, dies_at: int | str | None, ahead_s: float, records: Path | None) -> None:
    """Make this process, which becomes a command next, one that dies at that step, if at any."""
    fate = Fate(trail, dies_at)
    wrap(fate, ahead_s)
    if records:
        PRAGMAS["wal_autocheckpoint"] = ("16", 16)  # instead of 1000 pages, so that it is seen in a short story
        record(fate.note, records)
