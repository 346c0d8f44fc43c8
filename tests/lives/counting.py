"""Many lives: a range of seeds over the cores, counted together. The same digest, however the range is cut."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.lives.broken import Broken
from tests.lives.life import Life
from tests.lives.stores import InMemory

#: Lives that a process takes at a time.
CHUNK = 100


@dataclass(slots=True)
class Result:
    """What became of lives in the order of their seeds."""

    counts: Counter[str] = field(default_factory=Counter)
    #: One for each seed, in order.
    digests: list[bytes] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    #: Processor time, in seconds.
    spent_s: float = 0.0

    def add(self, other: "Result") -> None:
        """The lives that follow."""
        self.counts += other.counts
        self.digests += other.digests
        self.broken += other.broken
        self.spent_s += other.spent_s

    def digest(self) -> str:
        """The sha-256 over the digests of the lives."""
        return digest_of(self.digests)


def digest_of(lives: Iterable[bytes]) -> str:
    """The sha-256 over digests of lives in the order of their seeds, in hex."""
    return hashlib.sha256(b"".join(lives)).hexdigest()


def lived(seed: int, *, is_told: bool = False) -> tuple[Life, Broken | None]:
    """A life in memory from beginning to end, and what broke in it."""
    life = Life(seed, InMemory(), is_told=is_told)
    try:
        life.run()
    except Broken as exc:
        return life, exc
    return life, None


def count(seeds: range) -> Result:
    """The lives of a few seeds in this process."""
    result, begun = Result(), time.process_time()
    for seed in seeds:
        life, problem = lived(seed)
        result.counts += life.story.counts
        result.digests.append(life.digest())
        if problem:
            result.broken.append((seed, str(problem)))
    result.spent_s = time.process_time() - begun
    return result


def count_all(seeds: range, processes: int | None = None) -> Iterator[Result]:
    """The results of the chunks in the order of the seeds, made by as many processes as there are cores."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    wanted = processes or os.cpu_count() or 1
    if wanted == 1 or len(chunks) == 1:
        yield from map(count, chunks)
        return
    with ProcessPoolExecutor(wanted) as pool:
        yield from pool.map(count, chunks)
