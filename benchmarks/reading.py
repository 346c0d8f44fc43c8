"""(c) Reading with a million records, against a thousand."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.grow import Grown
from benchmarks.life import version_of
from benchmarks.measuring import Result, in_turns, ratio, relflow, run
from benchmarks.places import grown

FEW = 1000


def results(folder: Path, many: Path, size: Grown, *, quick: bool) -> Iterator[Result]:
    """`many` is the folder with the large database."""
    few = grown(folder, records=FEW)
    rounds = 3 if quick else 15
    for verb in ("log", "show", "status"):
        words = [(relflow(verb) if verb == "status" else relflow(verb, _middle(each))) for each in (size, few)]
        turns = {
            "many": partial(_seconds, words[0], many),
            "few": partial(_seconds, words[1], folder),
        }
        in_turns(turns, 1)
        found = in_turns(turns, rounds)
        detail = " : ".join(f"{1000 * median(times):.0f}" for times in found.values()) + " ms"
        what = f"reading: `{verb}`, {size.records:,} records to {few.records:,}"
        yield Result(what, ratio(found["many"], found["few"]), 1.3, True, detail)


def _middle(size: Grown) -> str:
    return version_of(size.releases // 2)


def _seconds(command: list[str], folder: Path) -> float:
    return run(command, folder).seconds
