"""What the database itself refuses, and the settings every writing connection has."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from relflow.store.engine import writing_engine
from relflow.store.opening import PRAGMAS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'user:mallory' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 3",
        "INSERT INTO audit SELECT project_id, seq + 9, at, actor, event, NULL, NULL, NULL, record, hash FROM audit",
        "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 3",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_the_log_is_append_only(file: Path, statement: str, recursive: str) -> None:
    """UPDATE, DELETE, REPLACE and a gap are refused, also on a connection without our settings."""
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA recursive_triggers = {recursive}")
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|no gaps"):
        connection.execute(statement)
    connection.close()


def test_the_log_begins_with_one(file: Path) -> None:
    """The first record of a project has number 1."""
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO project (id, log, path, url, gitlab_project_id) VALUES (9, 'x/9', 'x', 'x', 9)")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO audit VALUES (9, 2, '', '', '', NULL, NULL, NULL, x'', '')")
    connection.close()


OPEN = """
    INSERT INTO deployment SELECT project_id, id + ?, version, revision, environment, kind, 'armed', NULL, attempt,
    pipeline_id, job_id, job_name, job_url, base_job, commit_sha, requested_by, requested_by_user_id,
    requested_by_auth, requested_at, NULL, NULL, NULL, NULL, NULL FROM deployment WHERE id = 1"""


def test_one_open_deployment_per_environment(file: Path) -> None:
    """The partial unique index refuses a second one that is not settled."""
    connection = sqlite3.connect(file)
    connection.execute(OPEN, (1,))
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute(OPEN, (2,))
    connection.close()


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
def test_rows_that_cannot_be_are_refused(file: Path, statement: str) -> None:
    """CHECK constraints know the form of states, phases and outcomes."""
    connection = sqlite3.connect(file)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(statement)
    connection.close()


def test_every_writing_connection_has_the_settings(file: Path) -> None:
    """They are read back from a connection of the engine."""
    with writing_engine(file).connect() as connection:
        for name, (_, expected) in PRAGMAS.items():
            assert connection.execute(text(f"PRAGMA {name}")).scalar() == expected
        # 2 is FULL: a record that was told to be kept has reached the disk.
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
