"""Time one contender in this process: prints its durable transitions a second."""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.contenders.kept import must_be_kept
from benchmarks.contenders.walk import TRIGGERS, walks

WARM_UP = 20


def rate(name: str, count: int, beside: Path | None = None) -> float:
    """Transitions a second over so many walks, after a warm-up, in a new database in a folder that goes away.

    Raises AssertionError where the last walk is not kept as relflow keeps it.
    """
    with TemporaryDirectory(dir=beside) as folder:
        ready = import_module(f"benchmarks.contenders.{name}").opened(Path(folder))
        to_make = walks(WARM_UP + count)
        made = [ready(walk) for walk in to_make]
        for walk in made[:WARM_UP]:
            walk()
        began = perf_counter()
        for walk in made[WARM_UP:]:
            walk()
        took = perf_counter() - began
        must_be_kept(name, Path(folder), to_make[-1])
        return len(TRIGGERS) * count / took


if __name__ == "__main__":
    print(rate(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
