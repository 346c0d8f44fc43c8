"""Statements that are sent together: what is asked of a server waits here until somebody reads an answer.

Each message is waited for, wherever the server is. In one that has several statements no values can go beside them, so
psycopg writes them into the text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from psycopg import ClientCursor

from relflow.store.home import Rows
from relflow.store.postgres.speaking import NOTHING, PostgresConnection, as_found, spoken

#: So many are sent although nobody reads: a rebuild writes every row there is.
MOST = 500


class Asked:
    """What a statement finds; whoever reads it has it sent, if it was not yet."""

    def __init__(self, text: str, send: Callable[[], object]) -> None:
        self.text, self._send = text, send
        self.found: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        """The rows that were not read yet."""
        if self.found is None:
            self._send()
        assert self.found is not None  # noqa: S101 - sending raises, or finds
        return self.found

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(self), None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self)


class Together:
    """A connection whose statements are sent in their order, as late as possible. An error comes when they are."""

    def __init__(self, apart: PostgresConnection) -> None:
        self._apart, self._writer = apart, ClientCursor(apart.raw)
        self._unsent: list[Asked] = []

    def execute(self, sql: str, values: Mapping[str, Any] = NOTHING, /) -> Rows:
        """Note the statement, which must be a single one."""
        if len(self._unsent) >= MOST:  # asked before: the last one, a COMMIT say, is sent by who wants its answer
            self.send()
        asked = Asked(self._writer.mogrify(spoken(sql), values), self.send)
        self._unsent.append(asked)
        return asked

    def send(self) -> str | None:
        """Send what was not sent yet, and read all the answers; what the server calls the last one."""
        unsent, self._unsent = self._unsent, []
        if not unsent:
            return None
        cursor = self._apart.raw.cursor(row_factory=as_found)
        cursor.execute(";\n".join(asked.text for asked in unsent))
        for asked in unsent:
            asked.found = iter(() if cursor.rownumber is None else cursor.fetchall())
            cursor.nextset()
        return cursor.statusmessage

    def each(self, sql: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """The rows one after the other, after what was asked before."""
        self.send()
        return self._apart.each(sql, values)

    def fill(self, sql: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Run the statement for each of the rows, after what was asked before."""
        self.send()
        self._apart.fill(sql, rows)

    def close(self) -> None:
        """Close it; what was not sent, or not committed, is gone."""
        self._apart.close()
