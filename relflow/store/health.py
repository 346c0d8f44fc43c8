"""Whether the database as a whole is sound: its own checks, and every log in it."""

from relflow.core.checkup.surroundings import DatabaseFacts
from relflow.store.checking import Report, logs, verify_log
from relflow.store.home import Home


def check_database(home: Home) -> tuple[tuple[str, ...], tuple[Report, ...]]:
    """What the database finds wrong with itself, in sentences, and a report for each log."""
    with home.reading() as connection:
        problems = tuple(home.damage(connection))
        names = logs(connection)
    return problems, tuple(verify_log(home, log) for log in names)


def look_at_database(home: Home) -> DatabaseFacts:
    """The same quickly and without the logs, and whether it keeps what is committed. Nothing is changed."""
    with home.reading() as connection:
        lost = tuple(home.lost_guards(connection))
        # A guard that is not there is told once.
        damage = [each for each in home.damage(connection, is_quick=True) if not each.startswith(lost)]
    return DatabaseFacts(damage=tuple(damage), unsafe_settings=tuple(home.unsafe_settings()), lost_guards=lost)
