"""Time one contender in this process: prints its durable transitions a second."""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.contenders.walk import TRIGGERS, walks

WARM_UP = 20


def rate(name: str, count: int, beside: Path | None = None) -> float:
    """Transitions a second over so many walks, after a warm-up, in a new database in a folder that goes away."""
    with TemporaryDirectory(dir=beside) as folder:
        ready = import_module(f"benchmarks.contenders.{name}").opened(Path(folder))
        made = [ready(walk) for walk in walks(WARM_UP + count)]
        for walk in made[:WARM_UP]:
            walk()
        began = perf_counter()
        for walk in made[WARM_UP:]:
            walk()
        return len(TRIGGERS) * count / (perf_counter() - began)


if __name__ == "__main__":
    print(rate(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
