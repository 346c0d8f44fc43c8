"""What of this version's schema a database lacks: half a migration, or an object that somebody dropped."""

from pathlib import Path

from relflow.core.errors import SetupError
from relflow.store.guards import GUARDS
from relflow.store.home import Connection
from relflow.store.tables import METADATA

_NAMES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'index', 'trigger')"


def missing(connection: Connection) -> list[str]:
    """The names of the tables, indexes and triggers that are not there; of changed ones `db check` tells."""
    there = {row[0] for row in connection.execute(_NAMES)}
    tables = METADATA.sorted_tables
    indexes = sorted(str(index.name) for table in tables for index in table.indexes)
    return [name for name in (*(table.name for table in tables), *indexes, *GUARDS) if name not in there]


def must_be_complete(file: Path, connection: Connection) -> None:
    """Raise SetupError where something is not there."""
    if names := missing(connection):
        why = (f"not there: {', '.join(names)}", "a migration was cut short, or somebody dropped it")
        steps = ("restore it from a backup", "relflow db check     says what else is wrong")
        raise SetupError(f"the schema of {file} is not complete. Nothing was changed.", why, steps)
