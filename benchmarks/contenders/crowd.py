"""One of many long-lived writers: gets ready, waits for the word, and prints the seconds that each transaction took."""

import json
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.contenders.bare_sqlite import connected, statements
from benchmarks.contenders.relflow_itself import StoredLife
from benchmarks.contenders.walk import Recorder, steps
from benchmarks.keeping import TOOL
from benchmarks.life import PROJECT, KeptLife, World
from relflow.adapters.clock import SystemClock
from relflow.bootstrap import home_of
from relflow.core.commands import Command
from relflow.core.people import Actor
from relflow.core.record import Head
from relflow.service.app import App
from relflow.store.postgres.speaking import spoken
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome

Timed = Iterator[float]
_LAST = "SELECT coalesce(max(seq), 0) FROM audit WHERE project_id = 1"
_TURN = "BEGIN; SELECT 1 FROM project WHERE id = 1 FOR UPDATE"


def relflow_itself(url: str, numbers: range) -> Callable[[], Timed]:
    """Decide, record, chain and rows under the lock, for releases of these numbers."""
    nobody: Any = None
    app = App(SqlStore(home_of(url), PROJECT.log, SystemClock(), TOOL), nobody, SystemClock(), nobody, None)
    taken: list[float] = []

    class Watched(StoredLife):
        def ask(self, who: Actor, command: Command, **known: Any) -> None:
            began = perf_counter()
            super().ask(who, command, **known)
            taken.append(perf_counter() - began)

    lives = [Watched(number, World(), app) for number in numbers]

    def go() -> Timed:
        for life in lives:
            steps(life)
        yield from taken

    return go


def bare(url: str, numbers: range) -> Callable[[], Timed]:
    """The same rows by the driver: the number of the record is asked for under the lock, and nothing else."""
    connection, begin, said = _driver(url)
    moves = []
    for number in numbers:
        recorder = Recorder(Head(PROJECT.log))
        steps(KeptLife(number, World(), recorder))
        moves += [(move.audit, [(said(sql), row) for sql, row in statements(move)]) for move in recorder.moves]

    def go() -> Timed:
        for audit, rows in moves:
            began = perf_counter()
            connection.execute(begin)
            last = connection.execute(_LAST).fetchone()[0]
            for at, row in enumerate(audit, start=last + 1):
                row["seq"] = at
            for sql, values in rows:
                connection.execute(sql, values)
            connection.execute("COMMIT")
            yield perf_counter() - began

    return go


def _driver(url: str) -> tuple[Any, str, Callable[[str], str]]:
    """A connection, what takes the write lock in one step, and how a statement is written."""
    home = home_of(url)
    if isinstance(home, SqliteHome):
        return connected(home.file), "BEGIN IMMEDIATE", str
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True), _TURN, spoken


if __name__ == "__main__":
    ready = {"relflow": relflow_itself, "bare": bare}[sys.argv[1]]
    go = ready(sys.argv[2], range(int(sys.argv[3]), int(sys.argv[4])))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(list(go())))
