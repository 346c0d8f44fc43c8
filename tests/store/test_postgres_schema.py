"""PostgreSQL's own ways to be no database of ours; and that making the tables is whole, or nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from relflow.core.errors import SetupError
from relflow.store.engine import postgres_engine
from relflow.store.home import SCHEMA_VERSION
from relflow.store.postgres.home import PostgresHome
from relflow.store.schema import migrate, upgrade
from tests import postgres


@pytest.fixture
def bare() -> Iterator[PostgresHome]:
    """A database with nothing in it."""
    with postgres.running().database(template="template0") as name:
        yield PostgresHome(postgres.running().url(name))


def name_of(home: PostgresHome) -> str:
    """The database's name."""
    return str(home).rpartition("/")[2]


def tables(home: PostgresHome) -> list[str]:
    """What is in it."""
    found = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('public') ORDER BY relname"
    return [row[0] for row in postgres.running().run(found, database=name_of(home))]


def test_an_empty_database_becomes_ours_and_a_second_upgrade_changes_nothing(bare: PostgresHome) -> None:
    """Before that it is refused with the command that makes the tables; its guards are those that are looked for."""
    assert not bare.exists()
    with pytest.raises(SetupError, match="not relflow's") as caught, bare.reading():
        pass
    assert any("relflow db upgrade" in step for step in caught.value.next_step)
    assert upgrade(bare)
    assert not upgrade(bare)
    assert bare.exists()
    with bare.reading() as connection:
        assert bare.lost_guards(connection) == []
    version = postgres.running().run("SELECT version_num FROM relflow_version", database=name_of(bare))[0][0]
    assert int(version) == SCHEMA_VERSION, "the schema's number is the last migration's"


def test_upgrades_take_turns(bare: PostgresHome) -> None:
    """Of several at once one makes the tables, and the others find them."""
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: upgrade(bare), range(4))) == [False, False, False, True]


def test_an_older_schema_is_migrated(bare: PostgresHome) -> None:
    """It is refused until then; its rows stay."""
    with closing(postgres_engine(bare).connect()) as connection, connection.begin():
        migrate(connection, "0001")
    insert = "INSERT INTO project (log, path, url, gitlab_project_id) VALUES ('g/5', 'group/x', 'https://g/x', 5)"
    postgres.running().run(insert, database=name_of(bare))
    with pytest.raises(SetupError, match="older schema"), bare.reading():
        pass
    assert upgrade(bare)
    assert postgres.running().run("SELECT path FROM project", database=name_of(bare)) == [("group/x",)]


def test_a_migration_that_fails_leaves_nothing(bare: PostgresHome) -> None:
    """Tables, triggers and the mark come together, or not at all."""
    postgres.running().run(
        "CREATE FUNCTION audit_next_only() RETURNS int LANGUAGE sql AS 'SELECT 1'", database=name_of(bare)
    )
    before = tables(bare)
    with pytest.raises(SetupError, match="cannot be used"):
        upgrade(bare)
    assert tables(bare) == before


def test_what_is_not_ours_is_left_alone(bare: PostgresHome) -> None:
    """A database with tables of another program gets none of ours beside them."""
    postgres.running().run("CREATE TABLE alembic_version (version_num text)", database=name_of(bare))
    for act in (lambda: upgrade(bare), lambda: bare.reading().__enter__()):
        with pytest.raises(SetupError, match="not relflow's"):
            act()
    assert tables(bare) == ["alembic_version"]


def test_a_newer_relflows_database_is_left_alone(bare: PostgresHome) -> None:
    """Neither read nor migrated."""
    upgrade(bare)
    newer = f"UPDATE relflow_version SET version_num = '{SCHEMA_VERSION + 1:04}'"  # noqa: S608 - a constant
    postgres.running().run(newer, database=name_of(bare))
    for act in (lambda: upgrade(bare), lambda: bare.reading().__enter__(), bare.writer):
        with pytest.raises(SetupError, match="newer relflow"):
            act()


def test_a_database_that_cannot_hold_every_name_is_refused() -> None:
    """Before anything is made in it."""
    server = postgres.running()
    server.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")
    try:
        with pytest.raises(SetupError, match="cannot hold every name") as caught:
            upgrade(PostgresHome(server.url("latin")))
        assert caught.value.why == ("its encoding is LATIN1",)
    finally:
        server.run("DROP DATABASE latin")


def test_text_is_ordered_by_its_bytes(bare: PostgresHome) -> None:
    """As in SQLite, though the database's language would put a before B."""
    upgrade(bare)
    words = "(VALUES ('a'), ('B'), ('-')) AS words(word)"
    assert [row[0] for row in postgres.running().run(f"SELECT word FROM {words} ORDER BY word")] == ["-", "a", "B"]  # noqa: S608
    uncollated = """
        SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = to_regnamespace('public') AND relkind = 'r' AND attnum > 0
        AND attcollation NOT IN (0, (SELECT oid FROM pg_collation WHERE collname = 'C'))"""
    assert postgres.running().run(uncollated, database=name_of(bare)) == []
