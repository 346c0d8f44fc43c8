"""(a) Cold start: what a person waits for, and what Tab costs, against the smallest Typer program."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.life import version_of
from benchmarks.measuring import Result, in_turns, ratio, relflow, run
from benchmarks.places import grown

SMALLEST = [sys.executable, str(Path(__file__).with_name("smallest.py")), "world"]


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """A thousand releases; each command takes turns with the smallest program."""
    lives = 10 if quick else 1000
    grown(folder, releases=lives)
    middle = version_of(lives // 2)
    goals = {"--version": 1.2, "status": 1.5, "list": 1.5, f"show {middle}": 1.5, f"log {middle}": 1.5}
    rounds = 3 if quick else 15
    for words, goal in goals.items():
        yield _compared(folder, f"start: `relflow {words}`", words, {}, goal, rounds)
    typed = {"_RELFLOW_COMPLETE": "complete_bash", "COMP_WORDS": "relflow show 1.5", "COMP_CWORD": "2"}
    yield _compared(folder, "start: completion of a version", "", typed, 1.1, rounds)


def _compared(folder: Path, what: str, words: str, more: dict[str, str], goal: float, rounds: int) -> Result:
    ours = partial(run, relflow(*words.split()), folder, **more)
    turns = {"relflow": lambda: ours().seconds, "smallest": lambda: run(SMALLEST, folder).seconds}
    in_turns(turns, 1)  # what is on disk and compiled is so for both
    found = in_turns(turns, rounds)
    detail = " : ".join(f"{1000 * median(times):.0f}" for times in found.values()) + " ms"
    return Result(what, ratio(found["relflow"], found["smallest"]), goal, True, detail)
