"""A connection to PostgreSQL that is spoken to as one to SQLite: the store's statements are written once."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from psycopg import Connection, Cursor

from relflow.store.home import Rows
from relflow.store.ordering import NUMBERS, NUMBERS_IN_POSTGRESQL

#: What SQLite says otherwise, or needs to be told and PostgreSQL finds out by itself.
_SAID = (
    (r" INDEXED BY \w+", ""),
    (r"(?<=[\s(])\+(?=[a-z])", ""),
    (r"\bAS BLOB\b", "AS bytea"),
    (r"\bchar\(0x10FFFF\)", "chr(1114111)"),
    ("%", "%%"),
)
#: A text, which stays as it is, or the name of a value.
_TEXT_OR_NAME = re.compile(r"('[^']*')|(?<!:):(\w+)")
NOTHING: Mapping[str, Any] = {}


class Found(dict[str, Any]):
    """A row by the names of its columns, and by their places too, as SQLite's rows are."""

    def __missing__(self, place: int) -> Any:
        """What stands at that place."""
        return list(self.values())[place]


def as_found(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], Found]:
    """What makes the cursor's rows, as psycopg wants it."""
    result = cursor.pgresult  # psycopg's `description` tells more than names, and takes its time
    names = [(result.fname(at) or b"").decode() for at in range(result.nfields)] if result else []
    return lambda values: Found(zip(names, values, strict=True))


@lru_cache(maxsize=256)
def spoken(sql: str) -> str:
    """The statement as PostgreSQL and psycopg want it."""
    sql = sql.replace(NUMBERS, NUMBERS_IN_POSTGRESQL)
    for theirs, ours in _SAID:
        sql = re.sub(theirs, ours, sql)
    return _TEXT_OR_NAME.sub(lambda found: found[1] or f"%({found[2]})s", sql)


class PostgresConnection:
    """Statements with values as `:name`, rows as mappings."""

    def __init__(self, raw: "Connection[Any]") -> None:
        self.raw, self._count = raw, 0

    def execute(self, sql: str, values: Mapping[str, Any] = NOTHING, /) -> Rows:
        """Run the statement; all that it finds is in memory."""
        return self.raw.cursor(row_factory=as_found).execute(spoken(sql), values)

    def each(self, sql: str, values: Mapping[str, Any], /) -> Iterator[Found]:
        """The rows one after the other, fetched by the thousand from the server."""
        self._count += 1
        with self.raw.cursor(f"each_{self._count}", row_factory=as_found) as cursor:
            cursor.itersize = 1000
            yield from cursor.execute(spoken(sql), values)

    def fill(self, sql: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Run the statement for each of the rows, without waiting for the answer to one before sending the next."""
        self.raw.cursor().executemany(spoken(sql), rows)

    def close(self) -> None:
        """Close it; the server rolls back what was not committed."""
        self.raw.close()
