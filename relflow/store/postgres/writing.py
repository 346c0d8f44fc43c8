"""Write transactions in PostgreSQL: one lock for each log, taken before anything is read.

The lock is the project's row. Every writer takes it first, and no writer takes a second one while it waits, so that
no two can wait for each other. Under it nobody else commits to the log or its rows: READ COMMITTED then reads what
stays true, and a statement that waited sees what the one before it committed. A project that is not registered has no
row yet: its writers take turns by the log's name, and look again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from relflow.core.errors import SetupError
from relflow.store.postgres.faults import IN_THE_WAY, is_lost, translated
from relflow.store.postgres.speaking import PostgresConnection
from relflow.store.postgres.together import Together

if TYPE_CHECKING:
    from relflow.store.postgres.home import PostgresHome

#: A play is sent once its record is committed, so a commit must be on the disk; what asks for more than that stays.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
_LOCK = "SELECT id FROM project WHERE log = :log FOR UPDATE"
_LOCK_ALL = "SELECT id FROM project ORDER BY id FOR UPDATE"
_RESERVE = "SELECT pg_advisory_xact_lock(hashtextextended(:log, 0))"
_UNKNOWN = "It is not known whether the last step was recorded"
#: How often a transaction begins anew. Nothing was read or done in it yet.
_TRIES = 3


class PostgresWriter:
    """The write transactions of one database; the last connection is kept, as opening one costs more than a write."""

    def __init__(self, home: "PostgresHome", first: PostgresConnection, busy_timeout_ms: int) -> None:
        self._home = home
        patience = f"SET LOCAL lock_timeout = {busy_timeout_ms}"
        self._begin = ("BEGIN ISOLATION LEVEL READ COMMITTED", patience, _DURABLE)
        #: With the process that opened it: after a fork a connection is nobody's.
        self._kept = [(os.getpid(), Together(first))]

    @contextmanager
    def transaction(self, log: str | None = None) -> Iterator[Together]:
        """One under the log's lock; it commits at the end, and an exception leaves nothing of it.

        Where the connection breaks while it commits, nobody knows whether it did, and the SetupError says so.
        """
        with translated(self._home):
            connection = self._begun(log)
            try:
                yield connection
                self._commit(connection)
            except BaseException:
                connection.close()  # and with it goes what was not committed
                raise
        self.close()
        self._kept.append((os.getpid(), connection))

    def close(self) -> None:
        """Close the connection that is kept."""
        while self._kept:
            self._kept.pop()[1].close()

    def _begun(self, log: str | None) -> Together:
        """A transaction that has its lock. What fails before that is tried again where another try may go well."""
        for left in reversed(range(_TRIES)):
            was_kept, connection = self._taken()
            try:
                for statement in self._begin:
                    connection.execute(statement)
                _lock(connection, log)
            except psycopg.Error as exc:
                connection.close()
                if not left or not (exc.sqlstate in IN_THE_WAY or (was_kept and is_lost(exc))):
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise AssertionError  # the last try returned or raised

    def _taken(self) -> tuple[bool, Together]:
        while self._kept:
            process, connection = self._kept.pop()
            if process == os.getpid():
                return True, connection
        return False, Together(PostgresConnection(self._home.connected()))

    def _commit(self, connection: Together) -> None:
        try:
            connection.execute("COMMIT")
            ended = connection.send()  # with what was written since something was read
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{_UNKNOWN}: relflow status") from None
        except psycopg.Error as exc:
            if not is_lost(exc):
                raise
            what = f"the connection to {self._home} was lost while it was written"
            raise SetupError(what, (_UNKNOWN,), ("relflow status     tells, when the server is back",)) from exc
        if ended != "COMMIT":
            raise SetupError(f"{self._home} took back what was written. Nothing was changed.", (str(ended),))


def _lock(connection: Together, log: str | None) -> None:
    if log is None:
        connection.execute(_LOCK_ALL).fetchall()
    elif connection.execute(_LOCK, {"log": log}).fetchone() is None:
        connection.execute(_RESERVE, {"log": log})
        connection.execute(_LOCK, {"log": log}).fetchall()
