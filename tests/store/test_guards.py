"""What the database itself refuses, and the settings every writing connection has."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from relflow.store.checking import verify_log
from relflow.store.engine import sqlite_engine
from relflow.store.home import Home
from relflow.store.opening import PRAGMAS
from relflow.store.postgres.home import PostgresHome
from tests import postgres
from tests.doubles.team import LOG
from tests.homes import as_owner

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
GAP = "INSERT INTO audit SELECT project_id, seq + 9, at, actor, event, NULL, NULL, NULL, record, hash FROM audit"
GAP_BEHIND = GAP.replace("audit", "public.audit")
#: What either home refuses, and what only one of them can be asked.
EDITS = [
    "UPDATE audit SET actor = 'user:mallory' WHERE seq = 3",
    "DELETE FROM audit WHERE seq = 3",
    "DELETE FROM audit",
    GAP,
]
IN_SQLITE = [
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 3",
    "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 3",
]
IN_POSTGRESQL = [
    "TRUNCATE audit",
    "UPDATE audit SET actor = 'user:mallory' WHERE seq = 999",
    "TRUNCATE project CASCADE",
    "INSERT INTO audit SELECT * FROM audit WHERE seq = 3 ON CONFLICT (project_id, seq) DO UPDATE SET actor = 'x'",
    "WITH gone AS (DELETE FROM audit WHERE seq = 3 RETURNING *) SELECT * FROM gone",
    f"CREATE TEMP TABLE audit (project_id int, seq int); INSERT INTO audit VALUES (1, 23); {GAP_BEHIND}",  # noqa: S608
]


@pytest.mark.parametrize("statement", EDITS)
def test_the_log_is_append_only(home: Home, statement: str) -> None:
    """UPDATE, DELETE and a gap are refused, to the owner too."""
    with pytest.raises(REFUSED, match=r"append-only|no gaps"), as_owner(home) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("statement", [*EDITS, *IN_SQLITE])
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_the_file_is_append_only_whatever_the_connection(file: Path, statement: str, recursive: str) -> None:
    """REPLACE as well, and also on a connection without our settings."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|no gaps"):
            connection.execute(statement)


@pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", IN_POSTGRESQL)
def test_postgresql_refuses_what_sqlite_cannot_be_asked(home: PostgresHome, statement: str) -> None:
    """TRUNCATE, an upsert, a DELETE inside a SELECT, and a table in the log's place for the trigger to count."""
    with closing(home.connected()) as connection, pytest.raises(REFUSED, match=r"append-only|no gaps"):
        connection.execute(statement.encode())
    assert verify_log(home, LOG).ok


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit DISABLE TRIGGER audit_next_only",
        "DROP TRIGGER audit_append_only ON audit",
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        """DROP TRIGGER audit_next_only ON audit; CREATE TRIGGER audit_next_only BEFORE INSERT ON audit
        FOR EACH ROW WHEN (NEW.seq < 9) EXECUTE FUNCTION audit_next_only()""",
    ],
)
def test_a_guard_that_was_changed_is_seen(statement: str) -> None:
    """Switched off, dropped, made to do nothing, or to look away: each is a finding."""
    with postgres.running().database() as name:
        home = PostgresHome(postgres.running().url(name))
        with home.reading() as connection:
            assert home.lost_guards(connection) == []
        postgres.running().run(statement, database=name)
        with home.reading() as connection:
            assert len(home.lost_guards(connection)) == 1


PROJECT = "INSERT INTO project (id, log, path, url, gitlab_project_id) VALUES (99, 'x/9', 'x', 'x', 9)"


def test_the_log_begins_with_one(home: Home) -> None:
    """The first record of a project has number 1."""
    with as_owner(home) as connection:
        connection.execute(PROJECT)
    with pytest.raises(REFUSED, match="no gaps"), as_owner(home) as connection:
        connection.execute("INSERT INTO audit VALUES (99, 2, '', '', '', NULL, NULL, NULL, '', '')")


OPEN = """
    INSERT INTO deployment SELECT project_id, id + :more, version, revision, environment, kind, 'armed', NULL, attempt,
    pipeline_id, job_id, job_name, job_url, base_job, commit_sha, requested_by, requested_by_user_id,
    requested_by_auth, requested_at, NULL, NULL, NULL, NULL, NULL, NULL FROM deployment WHERE id = 1"""


def test_one_open_deployment_per_environment(home: Home) -> None:
    """The partial unique index refuses a second one that is not settled."""
    with as_owner(home) as connection:
        connection.execute(OPEN, {"more": 1})
    with pytest.raises(REFUSED, match=r"UNIQUE|uq_deployment_open"), as_owner(home) as connection:
        connection.execute(OPEN, {"more": 2})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET state = 'on its way' WHERE version = '1.4.0'",
        "UPDATE release SET state = '' WHERE version = '1.4.0'",
        "UPDATE release SET state = 'held' WHERE version = '1.4.0'",
        "UPDATE deployment SET phase = 'half-way'",
        "UPDATE deployment SET outcome = 'nice'",
        "UPDATE deployment SET outcome = NULL",
    ],
)
def test_rows_that_cannot_be_are_refused(home: Home, statement: str) -> None:
    """CHECK constraints know the form of states, phases and outcomes."""
    with pytest.raises(REFUSED, match=r"CHECK|check constraint"), as_owner(home) as connection:
        connection.execute(statement)


def test_every_writing_connection_has_the_settings(file: Path) -> None:
    """They are read back from a connection of the engine."""
    with sqlite_engine(file).connect() as connection:
        for name, (_, expected) in PRAGMAS.items():
            assert connection.execute(text(f"PRAGMA {name}")).scalar() == expected
        # 2 is FULL: a record that was told to be kept has reached the disk.
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
