"""A database moved into another home: every row as it is, in one transaction, and the logs verified there.

The bytes of the records are copied and never made anew, so that what was vouched for outside still holds.
"""

import contextlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import Boolean, LargeBinary, Table

from relflow.core.errors import UsageError
from relflow.store.checking import Report, logs, verify_log
from relflow.store.home import Connection, Home
from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome
from relflow.store.tables import METADATA


def copy(source: Home, target: Home) -> tuple[Report, ...]:
    """Copy everything into a home with nothing in it, and verify each log there; what was found comes back.

    It is the state of one moment: what is recorded in the source later is not in the copy. Raises UsageError for a
    target that has a project; an exception leaves the target as it was.
    """
    with source.reading() as there:
        if target.exists():
            with target.reading() as here:
                _must_be_empty(target, here)
        with _nothing_left_of_a_new(target):
            _copied(there, target)
        names = logs(there)
    return tuple(verify_log(target, log) for log in names)


def _copied(there: Connection, target: Home) -> None:
    upgrade(target)
    with closing(target.writer()) as writer, writer.transaction() as here:
        _must_be_empty(target, here)
        for table in METADATA.sorted_tables:
            _copy_table(table, there, here)
        target.count_on(here)


def _must_be_empty(target: Home, here: Connection) -> None:
    if found := logs(here):
        why = (f"it has the log of {', '.join(found)}",)
        steps = ("name a new file, or an empty database",)
        raise UsageError(f"{target} is not empty. Nothing was changed.", why, steps)


@contextlib.contextmanager
def _nothing_left_of_a_new(target: Home) -> Iterator[None]:
    """A file that was made for the copy goes again where the copy does not come about."""
    is_new = isinstance(target, SqliteHome) and not target.exists()
    try:
        yield
    except BaseException:
        if is_new and isinstance(target, SqliteHome):
            for end in ("", "-wal", "-shm"):
                target.file.with_name(f"{target.file.name}{end}").unlink(missing_ok=True)
        raise


def _copy_table(table: Table, there: Connection, here: Connection) -> None:
    # The cast: whoever edited a record in a file may have left text in its place.
    columns = (f"CAST({each.name} AS BLOB) AS {each.name}" if _is_bytes(each) else each.name for each in table.columns)
    key = ", ".join(each.name for each in table.primary_key)
    rows = there.each(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {key}", {})  # noqa: S608 - our tables
    names = [each.name for each in table.columns]
    truths = [each.name for each in table.columns if isinstance(each.type, Boolean)]
    values = ", ".join(f":{name}" for name in names)
    here.fill(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})",  # noqa: S608 - the same
        ({**dict(row), **{name: bool(row[name]) for name in truths}} for row in rows),
    )


def _is_bytes(column: Any) -> bool:
    return isinstance(column.type, LargeBinary)
