"""The table of what was measured: each line says whether its goal is met."""

import os
import platform
import sqlite3
from pathlib import Path

from benchmarks.measuring import Result
from relflow.adapters.clock import SystemClock

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def line(result: Result) -> str:
    """The result as a row of the table."""
    found = "not measured" if result.value is None else f"{result.value:,.{0 if result.unit else 2}f} {result.unit}"
    goal = f"{'≤' if result.at_most else '≥'} {result.goal:,g}"
    end = {True: "met", False: "**missed**", None: ""}[result.is_met]
    return f"| {result.what} | {found.strip()} | {goal} | {end} | {result.detail} |"


def table(results: list[Result]) -> str:
    """The page's table, with date and machine."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {memory_gb:.0f} GB, {platform.system()}, {python}"
    head = "| what | measured | goal | | relflow : the other |\n|---|---|---|---|---|"
    return "\n".join([f"{SystemClock().now():%Y-%m-%d}, {machine}:", "", head, *map(line, results)])


def write(page: Path, results: list[Result]) -> None:
    """Put the table into the page, between its marks."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", "utf-8")
