"""The table of attacks in "What the log proves": each is made, and is seen by the layers that the page names."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from relflow.core.record import NO_RECORD, canonical, digest_of
from relflow.store.checking import verify_log
from relflow.store.guards import GUARDS
from relflow.store.rebuilding import rebuild
from relflow.store.sqlite import SqliteHome
from relflow.store.transaction import record_columns
from tests.docs.pages import PAGES
from tests.doubles.team import LOG

TABLE = PAGES["docs/explanation/what-the-log-proves.md"].partition("| seen by |")[2].partition("\n\n")[0]
SEEN: dict[str, str] = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE))
LAST = "(SELECT max(seq) FROM audit)"


@contextmanager
def past_the_triggers(file: Path) -> Iterator[sqlite3.Connection]:
    """The file as its owner can write it: the triggers are dropped, and put back at the end."""
    with closing(sqlite3.connect(file)) as connection:
        drop(connection)
        yield connection
        for trigger in GUARDS.values():
            connection.execute(trigger)
        connection.commit()


def drop(connection: sqlite3.Connection) -> None:
    """Take the triggers away."""
    for name in GUARDS:
        connection.execute(f"DROP TRIGGER {name}")
    connection.commit()


def rows(connection: sqlite3.Connection) -> list[tuple[int, int | None, dict[str, Any]]]:
    """The records with what else their rows have: the project's key and the row version."""
    found = connection.execute("SELECT project_id, row_version, record FROM audit ORDER BY seq")
    return [(project, version, json.loads(record)) for project, version, record in found]


def put(connection: sqlite3.Connection, project: int, row_version: int | None, record: dict[str, Any]) -> str:
    """Write a record with all its columns in order; its hash."""
    raw = canonical(record)
    columns = {"project_id": project, "row_version": row_version, **record_columns(record, raw)}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    connection.execute(f"REPLACE INTO audit ({names}) VALUES ({values})", columns)  # noqa: S608 - our own names
    return digest_of(raw)


def edit(file: Path, seq: int, *, honest_columns: bool) -> None:
    """Put another person in a record, counted from the end where it is negative."""
    with past_the_triggers(file) as connection:
        project, version, record = rows(connection)[seq]
        record["actor"]["id"] = "user:mallory"
        if honest_columns:
            put(connection, project, version, record)
        else:
            connection.execute("UPDATE audit SET record = ? WHERE seq = ?", (canonical(record), record["seq"]))


def updated_deleted_or_replaced(file: Path) -> None:
    """All three are refused."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in (
            "UPDATE audit SET actor = 'user:mallory' WHERE seq = 3",
            "DELETE FROM audit WHERE seq = 3",
            "REPLACE INTO audit SELECT * FROM audit WHERE seq = 3",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="audit log"):
                connection.execute(statement)


def edited_row(file: Path) -> None:
    """A release is moved by hand."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE release SET state = 'deployed-prod' WHERE version = '1.4.0'")
        connection.commit()


def edited_column(file: Path) -> None:
    """The log is searched by another name."""
    with past_the_triggers(file) as connection:
        connection.execute("UPDATE audit SET actor = 'user:mallory' WHERE seq = 3")


def dropped(file: Path) -> None:
    """The triggers are gone."""
    with closing(sqlite3.connect(file)) as connection:
        drop(connection)


def cut(file: Path) -> None:
    """The last three records are gone."""
    with past_the_triggers(file) as connection:
        connection.execute(f"DELETE FROM audit WHERE seq > {LAST} - 3")  # noqa: S608 - a constant


def cut_and_rebuilt(file: Path) -> None:
    """The last records are gone, and so is what they led to."""
    cut(file)
    rebuild(SqliteHome(file))


def forged(file: Path) -> None:
    """The last record once more, as if anna had done it."""
    with closing(sqlite3.connect(file)) as connection:
        project, _, record = rows(connection)[-1]
        before = connection.execute(f"SELECT hash FROM audit WHERE seq = {LAST}").fetchone()[0]  # noqa: S608
        actor = {**record["actor"], "id": "user:anna"}
        put(connection, project, None, {**record, "seq": record["seq"] + 1, "prev": before, "actor": actor})
        connection.commit()
    rebuild(SqliteHome(file))


def written_anew(file: Path) -> None:
    """Chris never did anything: it was mallory, from the first record on."""
    with past_the_triggers(file) as connection:
        before = NO_RECORD
        for project, version, record in rows(connection):
            text = json.dumps(record).replace("user:chris", "user:mallory")
            before = put(connection, project, version, {**json.loads(text), "prev": before})
    rebuild(SqliteHome(file))


def older_copy(file: Path) -> None:
    """What happened after the copy was made is gone."""
    copy = file.with_name("copy.db")
    with closing(sqlite3.connect(file)) as connection, closing(sqlite3.connect(copy)) as older:
        connection.backup(older)
    forged(file)
    with closing(sqlite3.connect(copy)) as older, closing(sqlite3.connect(file)) as connection:
        older.backup(connection)


ATTACKS: dict[str, Callable[[Path], None]] = {
    "a record is updated, deleted or replaced": updated_deleted_or_replaced,
    "a row of a release is edited": edited_row,
    "what `relflow log` searches by is edited, past the triggers": edited_column,
    "the triggers are dropped": dropped,
    "a record is edited, past the triggers": lambda file: edit(file, 3, honest_columns=False),
    "a record is edited, its hash as well": lambda file: edit(file, 3, honest_columns=True),
    "the last record is edited, its hash as well": lambda file: edit(file, -1, honest_columns=True),
    "the last records are cut off": cut,
    "the last records are cut off, and the rows are made anew": cut_and_rebuilt,
    "a record is added in somebody else's name, and the rows are made anew": forged,
    "all records are written anew, one after the other": written_anew,
    "an older copy is put in the file's place": older_copy,
}


def test_the_page_names_every_attack() -> None:
    """No row of the table is left untried."""
    assert set(SEEN) == set(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_seen_as_the_page_says(file: Path, attack: str) -> None:
    """By these layers and by no other; what the page says nothing sees is seen by nothing."""
    ATTACKS[attack](file)
    broken = {layer.layer for layer in verify_log(SqliteHome(file), LOG).layers if layer.ok is False}
    assert broken == set(re.findall(r"`(\w+)`", SEEN[attack]))
