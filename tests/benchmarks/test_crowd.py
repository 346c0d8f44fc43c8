"""The writers of a crowd keep the same, in either home."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.contenders.relflow_itself import kept_in
from benchmarks.contenders.walk import TRIGGERS
from relflow.bootstrap import home_of
from tests import postgres
from tests.homes import HOMES

_LEFT = (
    "SELECT version, state, row_version, commit_sha FROM release ORDER BY version",
    "SELECT release, row_version, event, actor FROM audit WHERE release IS NOT NULL ORDER BY release, row_version",
    "SELECT version, environment, given_by, commit_sha FROM approval ORDER BY version",
)


@contextmanager
def new(kind: str, file: Path) -> Iterator[str]:
    """The URL of a database that nothing was in before."""
    if kind == "sqlite":
        yield f"sqlite:///{file}"
        return
    with postgres.running().database() as name:
        yield postgres.running().url(name)


def left(url: str, name: str) -> list[list[dict[str, object]]]:
    """What a writer of that name leaves there, that walks with the releases 1 and 2."""
    kept_in(home_of(url)).close()
    command = [sys.executable, "-m", "benchmarks.contenders.crowd", name, url, "1", "3"]
    told = subprocess.run(command, input="go\n", check=True, capture_output=True, text=True).stdout
    assert len(json.loads(told.splitlines()[-1])) == 2 * len(TRIGGERS)
    with home_of(url).reading() as connection:
        return [[dict(row) for row in connection.execute(sql)] for sql in _LEFT]


@pytest.mark.parametrize("kind", HOMES)
def test_a_bare_writer_leaves_what_relflow_leaves(kind: str, tmp_path: Path) -> None:
    """The same releases, records and approvals, but for times, numbers and the chain."""
    with new(kind, tmp_path / "one.db") as one, new(kind, tmp_path / "other.db") as other:
        releases, *rest = left(one, "relflow")
        assert [row["state"] for row in releases] == ["approved-dev"] * 2
        assert left(other, "bare") == [releases, *rest]
