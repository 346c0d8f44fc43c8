"""Whether the database file as a whole is sound: SQLite's own checks, and every log in it."""

import sqlite3
from pathlib import Path

from relflow.store.checking import Report, logs, verify_log
from relflow.store.faults import translated
from relflow.store.missing import missing
from relflow.store.opening import open_reader


def check_file(file: Path) -> tuple[tuple[str, ...], tuple[Report, ...]]:
    """What SQLite finds wrong, in sentences, and a report for each log."""
    connection = open_reader(file)
    try:
        with translated(file):
            problems = (*(f"{name} is not there" for name in missing(connection)), *_integrity(connection))
            names = logs(connection)
    finally:
        connection.close()
    return problems, tuple(verify_log(file, log) for log in names)


def _integrity(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    found += [f"a row of {row[0]} has no {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")]
    return found
