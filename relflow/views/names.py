"""Names of releases for a half-typed or mistyped one: some that may be meant, however many there are."""

from relflow.core.errors import UsageError
from relflow.core.text import nearest_release
from relflow.store.home import Connection

#: Enough to choose from; the nearest of all would cost a look at each.
SOME = 200

# The + keeps SQLite from sorting all that begin so, where the newest few are wanted.
_BEGINNING = """
    SELECT version FROM release
    WHERE project_id = :project AND +version >= :name AND +version < :name || char(0x10FFFF)
    ORDER BY created_at DESC, version LIMIT :some"""
_AROUND = """
    SELECT version FROM (SELECT version FROM release
        WHERE project_id = :project AND version < :name ORDER BY version DESC LIMIT :some) AS before
    UNION ALL
    SELECT version FROM (SELECT version FROM release
        WHERE project_id = :project AND version > :name ORDER BY version LIMIT :some) AS after"""


def versions_beginning(connection: Connection, key: int, begin: str) -> tuple[str, ...]:
    """The newest releases of the project whose version begins so, newest first."""
    return _versions(connection, key, _BEGINNING, begin)


def no_release(connection: Connection, key: int, version: str) -> UsageError:
    """What to say of a release that is not there: the nearest among the newest, and among its neighbours by name."""
    names = (*_versions(connection, key, _BEGINNING, ""), *_versions(connection, key, _AROUND, version))
    return UsageError(f"there is no release {version}", (), nearest_release(version, tuple(dict.fromkeys(names))))


def _versions(connection: Connection, key: int, sql: str, name: str) -> tuple[str, ...]:
    rows = connection.execute(sql, {"project": key, "name": name, "some": SOME})
    return tuple(row["version"] for row in rows)
