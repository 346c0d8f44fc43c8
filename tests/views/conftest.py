"""An empty database for the properties, made once and copied for each example."""

from pathlib import Path

import pytest

from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file; nobody writes to it."""
    file = tmp_path_factory.mktemp("empty") / "releases.db"
    upgrade(SqliteHome(file))
    return file
