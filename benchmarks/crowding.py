"""(e) Many long-lived writers at once: transactions a second and how long one takes, against a bare driver's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from benchmarks.contenders import relflow_itself
from benchmarks.measuring import Result, in_turns, ratio
from benchmarks.server import Server, binaries
from relflow.bootstrap import home_of

CROWDS = (1, 8, 32)
GOAL, GOAL_P99_MS = 0.5, 3000.0


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """In files of SQLite, and in databases of a PostgreSQL server of their own, where one is installed."""
    files = (f"sqlite:///{folder.absolute()}/{number}.db" for number in count())
    yield from _crowds("SQLite", "sqlite3", files, quick=quick)
    found = binaries()
    if found is None:
        what, why = "writers at once, PostgreSQL: to bare `psycopg`", "no PostgreSQL server is installed here"
        yield Result(what, None, GOAL, False, why)
        return
    server = Server(found)
    server.start()
    try:
        version = server.run("SHOW server_version")[0][0].split()[0]
        yield from _crowds(f"PostgreSQL {version}", "psycopg", _databases(server), quick=quick)
    finally:
        server.stop()


def _databases(server: Server) -> Iterator[str]:
    for number in count():
        server.run(f"CREATE DATABASE crowd_{number}")
        yield server.url(f"crowd_{number}")


def _crowds(database: str, driver: str, urls: Iterator[str], *, quick: bool) -> Iterator[Result]:
    """Each crowd on a database of its own; they begin together, and share so many walks."""
    walks, rounds = (32, 1) if quick else (640, 5)
    for crowd in CROWDS:
        what = f"writers at once, {database}, {crowd}"
        taken: dict[str, list[float]] = {"relflow": [], "bare": []}
        turns = {name: partial(_rate, name, crowd, walks, urls, kept) for name, kept in taken.items()}
        found = in_turns(turns, rounds)
        detail = f"{median(found['relflow']):.0f} : {median(found['bare']):.0f} a second"
        yield Result(f"{what}: to bare `{driver}`", ratio(*found.values()), GOAL, False, detail)
    waits = taken["relflow"]
    detail = f"of {len(waits):,} by relflow, the longest {1000 * max(waits):,.0f} ms"
    p99 = 1000 * quantiles(waits, n=100)[98]
    yield Result(f"{what}: p99 of a transaction", p99, GOAL_P99_MS, True, detail, "ms")


def _rate(name: str, crowd: int, walks: int, urls: Iterator[str], taken: list[float]) -> float:
    url, each = next(urls), walks // crowd
    relflow_itself.kept_in(home_of(url)).close()
    words = [sys.executable, "-m", "benchmarks.contenders.crowd", name, url]
    people = [_writer([*words, str(first), str(first + each)]) for first in range(1, 1 + each * crowd, each)]
    for one in people:
        _line(one)  # it is ready
    began = perf_counter()
    for one in people:
        assert one.stdin is not None  # noqa: S101 - a pipe
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [_line(one) for one in people]
    seconds = perf_counter() - began
    for one in people:
        one.communicate()
    assert not any(one.returncode for one in people)  # noqa: S101 - nobody was shown an error
    made = [second for text in told for second in json.loads(text)]
    taken += made
    return len(made) / seconds


def _writer(command: list[str]) -> "subprocess.Popen[str]":
    here = Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(one: "subprocess.Popen[str]") -> str:
    assert one.stdout is not None  # noqa: S101 - a pipe
    return one.stdout.readline()
