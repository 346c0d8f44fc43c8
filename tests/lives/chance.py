"""All chance of a life, drawn from its seed: the same draws on every machine and every Python."""

import random  # noqa: TID251 - one seed is one exact run
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws in a row. Only `random()` of the standard generator is used: Python promises that one to stay."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random  # noqa: S311 - no secret

    def happens(self, probability: float) -> bool:
        """Whether what has that probability happens this time."""
        return self._draw() < probability

    def between(self, least: float, most: float) -> float:
        """Some number of seconds, say, from `least` up to `most`."""
        return least + (most - least) * self._draw()

    def count(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self._draw() * (most - least + 1))

    def pick(self, several: Sequence[T]) -> T:
        """One of them, each as likely as the others."""
        return several[int(self._draw() * len(several))]

    def weighed(self, table: Mapping[T, float]) -> T:
        """One key, each as often as its weight says."""
        left = self._draw() * sum(table.values())
        for key, weight in table.items():
            left -= weight
            if left < 0:
                return key
        return key
