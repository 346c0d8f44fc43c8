"""Creating and migrating lead to one schema, and nothing is half-done."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.store.engine import sqlite_engine
from relflow.store.guards import GUARDS
from relflow.store.home import SCHEMA_VERSION
from relflow.store.opening import APPLICATION_ID, open_reader
from relflow.store.schema import migrate, upgrade
from relflow.store.sqlite import SqliteHome


def schema(file: Path) -> dict[str, tuple[str, ...]]:
    """The statement of each object, its clauses sorted: their order in CREATE TABLE means nothing."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    connection.close()
    # SQLite quotes the name of a table that a migration made anew.
    plain = {name: " ".join(sql.split()).replace(f'"{name}"', name) for name, sql in found}
    return {name: tuple(sorted(sql.split(", CONSTRAINT"))) for name, sql in plain.items()}


def normal(parts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same with the closing parenthesis, which sticks to whichever clause is last, taken away."""
    return {name: tuple(sorted(part.rstrip(" )") for part in each)) for name, each in parts.items()}


def test_creating_and_migrating_give_one_schema(tmp_path: Path) -> None:
    """The fast way for a new file and the migrations agree, triggers included."""
    created, migrated = tmp_path / "created.db", tmp_path / "migrated.db"
    upgrade(SqliteHome(created))
    migrated.touch()
    with sqlite_engine(migrated).connect() as connection, connection.begin():
        migrate(connection)
    assert normal(schema(created)) == normal(schema(migrated))
    assert GUARDS.keys() <= schema(created).keys()


def test_an_upgrade_of_an_older_file_migrates_it(tmp_path: Path) -> None:
    """An empty file of ours gets the schema; a second upgrade changes nothing."""
    file = tmp_path / "old.db"
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    with pytest.raises(SetupError, match="older schema"):
        open_reader(file)
    assert upgrade(SqliteHome(file))
    assert not upgrade(SqliteHome(file))
    open_reader(file).close()


def test_an_upgrade_keeps_what_is_there(tmp_path: Path) -> None:
    """A database of the first schema has its rows afterwards, and what a new one has: the guards of the log too."""
    file = tmp_path / "first.db"
    file.touch()
    with sqlite_engine(file).connect() as connection, connection.begin():
        migrate(connection, "0001")
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql("PRAGMA user_version = 1")
        for statement in FIRST_ROWS:
            connection.exec_driver_sql(statement)
    assert upgrade(SqliteHome(file))
    with closing(sqlite3.connect(file)) as opened:
        found = opened.execute("SELECT id, version, job_id, outcome FROM deployment").fetchall()
    assert found == [(1, "1.0.0", 73, "success")]
    created = tmp_path / "created.db"
    upgrade(SqliteHome(created))
    assert normal(schema(file)) == normal(schema(created))


#: A release that was deployed, as the first schema kept it.
FIRST_ROWS = (
    "INSERT INTO project VALUES (1, 'gitlab.example.org/5', 'group/x', 'https://g/group/x', 5, NULL, NULL)",
    """INSERT INTO release VALUES
    (1, '1.0.0', 'deployed-dev', 1, 9, 'v1', 'c', NULL, 7, '', NULL, 0, 'user:anna', 11, 'token', 't', 't', '[]')""",
    """INSERT INTO deployment VALUES
    (1, 1, '1.0.0', 1, 'dev', 'deploy', 'settled', 'success', 1, 7, 73, 'deploy-dev', 'j/73', NULL, 'c',
     'user:anna', 11, 'token', 't', 't', 't', NULL)""",
)


def test_a_new_database_is_its_owners_only(tmp_path: Path) -> None:
    """Nobody else on the machine reads who approved what, unless the owner says so."""
    file = tmp_path / "deep" / "new.db"
    upgrade(SqliteHome(file))
    assert file.stat().st_mode & 0o777 == 0o600


def _foreign(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def _newer(file: Path) -> None:
    upgrade(SqliteHome(file))
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_foreign, "not relflow's"),
        (_newer, "newer relflow"),
        (lambda file: file.write_text("this is a letter, not a database" * 10), "not a sound database"),
        (lambda file: file.mkdir(), "folder"),
    ],
)
def test_what_is_not_ours_is_left_alone(tmp_path: Path, make: object, says: str) -> None:
    """Opening and upgrading refuse it with a sentence, and its bytes stay."""
    file = tmp_path / "some.db"
    make(file)  # type: ignore[operator]
    before = file.read_bytes() if file.is_file() else b""
    with pytest.raises(SetupError, match=says):
        open_reader(file)
    with pytest.raises(SetupError):
        upgrade(SqliteHome(file))
    assert (file.read_bytes() if file.is_file() else b"") == before


def test_a_mistyped_path_creates_nothing(tmp_path: Path) -> None:
    """Only `db upgrade` makes a database."""
    with pytest.raises(SetupError, match="no database"):
        open_reader(tmp_path / "relaeses.db")
    assert list(tmp_path.iterdir()) == []
