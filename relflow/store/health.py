"""Whether the database as a whole is sound: its own checks, and every log in it."""

from relflow.store.checking import Report, logs, verify_log
from relflow.store.home import Home


def check_database(home: Home) -> tuple[tuple[str, ...], tuple[Report, ...]]:
    """What the database finds wrong with itself, in sentences, and a report for each log."""
    with home.reading() as connection:
        problems = tuple(home.damage(connection))
        names = logs(connection)
    return problems, tuple(verify_log(home, log) for log in names)
