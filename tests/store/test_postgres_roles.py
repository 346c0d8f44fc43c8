"""What the role of relflow's everyday can do, which is all that the commands need, and what it cannot."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count

import psycopg
import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.releases import approve
from relflow.store.checking import verify_log
from relflow.store.postgres.granting import grant
from relflow.store.postgres.home import PostgresHome
from relflow.store.rebuilding import rebuild
from relflow.store.schema import upgrade
from relflow.store.sql import SqlStore
from relflow.store.tables import METADATA
from tests import postgres
from tests.doubles.team import LOG, TOOL, Team, done

pytestmark = pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
_NUMBERS = count(1)


@pytest.fixture
def name(home: PostgresHome) -> str:
    """The database's name on the server."""
    return str(home).rpartition("/")[2]


@pytest.fixture
def role(name: str) -> Iterator[str]:
    """A role that may log in, and nothing else; its name wants to be quoted."""
    server, made = postgres.running(), f"App {next(_NUMBERS)}"
    server.run(f'CREATE ROLE "{made}" LOGIN')
    yield made
    server.run(f'DROP OWNED BY "{made}"', database=name)
    server.run(f'DROP ROLE "{made}"')


@pytest.fixture
def app(home: PostgresHome, name: str, role: str) -> PostgresHome:
    """The crew's database as that role sees it, once it was granted what it needs."""
    grant(home, role)
    return PostgresHome(postgres.running().url(name, role.replace(" ", "%20")))


def test_the_role_can_do_all_that_a_day_brings(crew: Team, app: PostgresHome) -> None:
    """Create, test, approve, deploy, hold, and look; a second grant changes nothing of that."""
    crew.store = SqlStore(app, LOG, crew.clock, TOOL)
    crew.tested("1.6.0")
    approve(crew.app("anna"), "1.6.0", "dev")
    done(deploy(crew.app("chris"), "1.6.0", "dev"))
    done(hold(crew.app("rita"), "1.6.0", "wait"))
    assert verify_log(app, LOG).ok
    crew.store.close()


def test_the_role_can_register_a_project(app: PostgresHome, crew: Team) -> None:
    """`policy adopt` of another project in the same database."""
    from relflow.core.events import ProjectRegistered
    from relflow.core.people import itself

    other = SqlStore(app, "gitlab.example.org/6", crew.clock, TOOL)
    with other.write() as tx:
        event = ProjectRegistered(at=tx.at, actor=itself("x"), path="g/x", url="https://g/x", project_id=6)
        assert [each.seq for each in tx.record([event])] == [1]
    other.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'user:mallory' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "TRUNCATE audit",
        "DROP TRIGGER audit_append_only ON audit",
        "ALTER TABLE audit DISABLE TRIGGER audit_next_only",
        "CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_next_only()",
        "CREATE OR REPLACE FUNCTION audit_next_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP TABLE audit",
        "SET session_replication_role = replica",
        "DELETE FROM release",
        "DELETE FROM approval",
        "TRUNCATE deployment",
        "UPDATE relflow_version SET version_num = '0001'",
        "CREATE TABLE mine (x int)",
    ],
)
def test_the_role_cannot_change_what_was_recorded(app: PostgresHome, statement: str) -> None:
    """By no right, so that no trigger is even asked."""
    with closing(app.connected()) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_a_table_that_was_forgotten_would_show(app: PostgresHome, role: str, name: str) -> None:
    """Of every table there is the role has exactly what is meant for it."""
    rights = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = '{}'"
    found = set(postgres.running().run(rights.format(role), database=name))
    wanted = {(table.name, right) for table in METADATA.sorted_tables for right in ("SELECT", "INSERT", "UPDATE")}
    assert found == (wanted - {("audit", "UPDATE")}) | {("relflow_version", "SELECT")}


def test_what_a_later_migration_makes_is_the_roles_too(app: PostgresHome, home: PostgresHome, name: str) -> None:
    """The owner's next table can be written by it without another grant."""
    postgres.running().run("CREATE TABLE later (id int)", database=name)
    try:
        with closing(app.connected()) as connection:
            connection.execute("INSERT INTO later VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM later")
    finally:
        postgres.running().run("DROP TABLE later", database=name)


def test_what_is_the_owners_is_said(app: PostgresHome, home: PostgresHome, role: str) -> None:
    """A rebuild, and a grant itself, are refused with a word on who may; nothing is changed."""
    before = verify_log(home, LOG)
    with pytest.raises(SetupError, match="does not let you") as caught:
        rebuild(app)
    assert "who owns the tables may" in caught.value.next_step[0]
    assert verify_log(home, LOG) == before
    assert not upgrade(app)
    with pytest.raises(SetupError, match="only postgres can grant"):
        grant(app, role)


def test_roles_that_cannot_be_held_back_are_refused(home: PostgresHome) -> None:
    """Who is not there, and who stands above every right: the grant would be a promise that nothing keeps."""
    with pytest.raises(UsageError, match="there is no role nobody"):
        grant(home, "nobody")
    with pytest.raises(UsageError, match="no right can be kept from postgres"):
        grant(home, "postgres")


def test_a_right_that_comes_from_elsewhere_is_found(home: PostgresHome, role: str, name: str) -> None:
    """What PUBLIC may is not taken from anybody: it is said, and nothing is granted."""
    server = postgres.running()
    server.run("GRANT UPDATE ON audit TO PUBLIC", database=name)
    try:
        with pytest.raises(SetupError, match="more than it needs"):
            grant(home, role)
        mine = f"SELECT count(*) FROM information_schema.role_table_grants WHERE grantee = '{role}'"  # noqa: S608
        assert server.run(mine, database=name) == [(0,)]
    finally:
        server.run("REVOKE UPDATE ON audit FROM PUBLIC", database=name)
