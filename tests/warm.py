"""Commands as processes of their own, forked from a warm one that imported before what they import.

A command is mostly imports: forked it takes a tenth of the time. All else is as at a shell: it has its own folder,
environment, files and signals, and ends or is killed like any. Each test process has one warm process.
"""

import gc
import io
import multiprocessing
import os
import pkgutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import relflow
from relflow.cli.main import main

#: Run as what they are: by name, or by alembic.
_NOT_IMPORTED = ("relflow.__main__", "relflow.store.migrations")


def nothing() -> None:
    """What is to be done in most commands before they begin."""


@cache
def _warm() -> ForkServerContext:
    names = [each.name for each in pkgutil.walk_packages(relflow.__path__, "relflow.")]
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([name for name in names if not name.startswith(_NOT_IMPORTED)])
    return found


def begin(
    words: Sequence[str],
    home: Path,
    environment: Mapping[str, str],
    ends: Sequence[str | Path],
    *,
    is_cold: bool = False,
    before: Callable[[], None] = nothing,
) -> BaseProcess:
    """Start `relflow WORDS` in that folder and environment; `ends` are its stdin, stdout and stderr.

    A cold one is the installed command, started from nothing. `before` is run in the process first; it is pickled.
    Its `exitcode` is minus its signal where one ended it.
    """
    order = (tuple(words), home, dict(environment), tuple(map(str, ends)), is_cold, before)
    process = _warm().Process(target=_become, args=order)
    process.start()
    return process


def _become(
    words: tuple[str, ...],
    home: Path,
    environment: dict[str, str],
    ends: tuple[str, str, str],
    is_cold: bool,
    before: Callable[[], None],
) -> None:
    """Turn this fresh child into the command; what it raises ends the process, as it would the command's own."""
    gc.freeze()
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    _take(ends)
    # A shell that starts the tests in the background lets them ignore Ctrl-C, and their children too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if is_cold:
        os.execv(sys.executable, [sys.executable, "-m", "relflow", *words])  # noqa: S606 - no shell is meant
    sys.argv = ["relflow", *words]
    before()
    main()


def _take(ends: tuple[str, str, str]) -> None:
    """Let the three ends of the process be these files, as Python opens them at its start."""
    for number, name in enumerate(ends):
        file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    sys.stdout, sys.stderr = _written(1), _written(2, errors="backslashreplace", line_buffering=True)


def _written(number: int, errors: str = "strict", *, line_buffering: bool = False) -> io.TextIOWrapper:
    file = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(file, "utf-8", errors, line_buffering=line_buffering or os.isatty(number))
