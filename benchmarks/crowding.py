"""(e) Many long-lived writers at once: transactions a second and how long one waits, against bare `sqlite3` writers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from benchmarks.contenders import bare_sqlite, relflow_itself
from benchmarks.measuring import Result, in_turns, ratio

CROWDS = (1, 8, 32)
GOAL, GOAL_P99_S = 0.5, 3.0


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Each crowd on a database of its own; they begin together, and share so many walks."""
    walks, rounds = (32, 1) if quick else (640, 5)
    for crowd in CROWDS:
        waits: list[float] = []
        turns = {name: partial(_rate, name, crowd, walks, folder, waits) for name in ("relflow", "bare")}
        found = in_turns(turns, rounds)
        detail = f"{median(found['relflow']):.0f} : {median(found['bare']):.0f} a second"
        yield Result(f"writers at once, {crowd}: to bare `sqlite3`", ratio(*found.values()), GOAL, False, detail)
    longest = quantiles(waits, n=100)[98]
    yield Result(f"writers at once, {crowd}: p99 of a transaction", longest, GOAL_P99_S, True, "relflow alone", "s")


def _rate(name: str, crowd: int, walks: int, folder: Path, waits: list[float]) -> float:
    place = folder / f"{name}-{crowd}-{perf_counter()}"
    place.mkdir(parents=True)
    {"relflow": relflow_itself, "bare": bare_sqlite}[name].opened(place)
    each = walks // crowd
    starts = range(1, 1 + each * crowd, each)
    words = [sys.executable, "-m", "benchmarks.contenders.crowd", name, str((place / "releases.db").absolute())]
    people = [_writer([*words, str(first), str(first + each)]) for first in starts]
    for one in people:
        assert one.stdout is not None  # noqa: S101 - a pipe
        one.stdout.readline()  # it is ready
    began = perf_counter()
    for one in people:
        assert one.stdin is not None  # noqa: S101 - a pipe
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate()[0] for one in people]
    seconds = perf_counter() - began
    assert not any(one.returncode for one in people)  # noqa: S101 - nobody was shown an error
    taken = [second for text in told for second in json.loads(text)]
    if name == "relflow":
        waits[:] = [*waits, *taken]
    return len(taken) / seconds


def _writer(command: list[str]) -> "subprocess.Popen[str]":
    here = Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
