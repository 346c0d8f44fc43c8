"""One of many long-lived writers: gets ready, waits for the word, and prints the seconds that each transaction took."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contenders import bare_sqlite
from benchmarks.contenders.relflow_itself import StoredLife
from benchmarks.contenders.walk import PRAGMAS, Recorder, steps
from benchmarks.keeping import TOOL
from benchmarks.life import PROJECT, KeptLife, World
from relflow.adapters.clock import SystemClock
from relflow.core.commands import Command
from relflow.core.people import Actor
from relflow.core.record import Head
from relflow.service.app import App
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome

Timed = Iterator[float]
_LAST = "SELECT coalesce(max(seq), 0) FROM audit WHERE project_id = 1"


def relflow_itself(file: Path, numbers: range) -> Callable[[], Timed]:
    """Decide, record, chain and rows under the lock, for releases of these numbers."""
    nobody: Any = None
    app = App(SqlStore(SqliteHome(file), PROJECT.log, SystemClock(), TOOL), nobody, SystemClock(), nobody, None)
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


def bare(file: Path, numbers: range) -> Callable[[], Timed]:
    """The same rows through `sqlite3`: the number of the record is asked for under the lock, and nothing else."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    for pragma in ("journal_mode = WAL", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")
    moves = []
    for number in numbers:
        recorder = Recorder(Head(PROJECT.log))
        steps(KeptLife(number, World(), recorder))
        moves += recorder.moves

    def go() -> Timed:
        for move in moves:
            began = perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute(_LAST).fetchone()[0]
            for at, row in enumerate(move.audit, start=last + 1):
                row["seq"] = at
            for sql, values in bare_sqlite.statements(move):
                connection.execute(sql, values)
            connection.execute("COMMIT")
            yield perf_counter() - began

    return go


if __name__ == "__main__":
    ready = {"relflow": relflow_itself, "bare": bare}[sys.argv[1]]
    go = ready(Path(sys.argv[2]), range(int(sys.argv[3]), int(sys.argv[4])))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(list(go())))
