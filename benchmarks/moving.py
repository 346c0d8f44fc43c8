"""(b) Durable transitions a second in one process, against the floor and against what one would pick instead."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measuring import Result, in_turns, ratio

OURS = "relflow_itself"
GOALS = {"bare_sqlite": 0.4, "event_sourced": 1.0, "django_fsm": 2.0, "sqlmodel_session": 2.0}
NAMES = {
    "bare_sqlite": "bare `sqlite3`, the same rows",
    "event_sourced": "`eventsourcing`",
    "django_fsm": "django-fsm-2 with django-fsm-log",
    "sqlmodel_session": "a SQLModel session with `transitions`",
}


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """Each contender in a process of its own, on the same disk."""
    folder.mkdir(parents=True)
    walks, rounds = (10, 1) if quick else (200, 9)
    turns = {name: partial(_rate, name, walks, folder) for name in (OURS, *GOALS)}
    found = in_turns(turns, rounds)
    for name, goal in GOALS.items():
        detail = f"{median(found[OURS]):.0f} : {median(found[name]):.0f} a second"
        yield Result(f"transitions: to {NAMES[name]}", ratio(found[OURS], found[name]), goal, False, detail)


def _rate(name: str, walks: int, folder: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.contenders", name, str(walks), str(folder.absolute())]
    told = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)
