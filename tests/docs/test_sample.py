"""The sample database: made by the product, the same every time, and readable without GitLab, token or settings."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from relflow.store.home import SCHEMA_VERSION
from tests.cli.running import environment, run_in
from tests.sample import SAMPLE, make

READS = (
    "status",
    "list",
    "list --state held",
    "show 1.7.0",
    "log 1.7.0",
    "log --event command_refused",
    "status --at 2026-03-17T18:43:00Z",
    "show 1.4.0 --at 2026-02-17T12:00:00Z",
    "audit verify",
    "db check",
    "policy show",
    "workflow show",
)


def dump(file: Path) -> list[str]:
    """Every statement that would make the database anew, sorted: SQLAlchemy creates indexes in any order."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return sorted(connection.iterdump())


def pragma(name: str) -> object:
    """What the sample's file says of itself."""
    with closing(sqlite3.connect(f"{SAMPLE.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_sample_is_what_the_product_writes(tmp_path: Path) -> None:
    """Made again it is the same, statement by statement; `make sample` writes it anew after a change that is meant."""
    made = tmp_path / "sample.db"
    make(made)
    assert dump(made) == dump(SAMPLE), "stale: run `make sample`"


def test_the_sample_opens_where_nothing_may_be_written() -> None:
    """A file in WAL mode would need a place beside it; its schema is this version's."""
    assert (pragma("journal_mode"), pragma("user_version")) == ("delete", SCHEMA_VERSION)


@pytest.mark.parametrize("words", READS)
def test_the_sample_is_read_without_gitlab(tmp_path: Path, words: str) -> None:
    """No settings, no token, no network: every command that reads answers, and leaves nothing beside the file."""
    shutil.copy(SAMPLE, tmp_path / "sample.db")
    home = tmp_path / "home"
    home.mkdir()
    more = {**environment(home), "RELFLOW_DATABASE_URL": "sqlite:///sample.db"}
    ended = run_in(tmp_path, *words.split(), **more)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.strip()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home", "sample.db"]


def test_the_sample_has_what_it_is_for() -> None:
    """Thirty releases or so; each of the moments that people ask about happened."""
    with closing(sqlite3.connect(f"{SAMPLE.as_uri()}?mode=ro", uri=True)) as connection:
        releases = connection.execute("SELECT count(*) FROM release").fetchone()[0]
        events = {name for (name,) in connection.execute("SELECT DISTINCT event FROM audit")}
        tried = set(connection.execute("SELECT kind, outcome FROM deployment"))
        revised = connection.execute("SELECT count(*) FROM release WHERE revision > 1").fetchone()[0]
    assert 25 <= releases <= 35
    assert events >= {"release_held", "release_amended", "approval_rejected", "command_refused", "drift_detected"}
    assert tried >= {("deploy", "failed"), ("deploy", "canceled"), ("deploy", "abandoned"), ("rollback", "success")}
    assert revised
