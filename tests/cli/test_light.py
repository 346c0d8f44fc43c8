"""What a command imports is what its user waits for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = """
import sys
from relflow.__main__ import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
print(*sys.modules, file=sys.stderr)
"""
#: pydantic is not among them: Typer itself brings it.
DEAR = {"alembic", "gitlab", "requests", "rich", "sqlalchemy", "sqlmodel", "tomlkit", "urllib3", "yaml"}


def loaded(folder: Path, words: str) -> set[str]:
    """The names of all modules that are loaded when the command ends."""
    command = [sys.executable, "-c", LOADED, *words.split()]
    process = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=True)
    return set(process.stderr.split())


THEN = "--at 2026-03-02T09:00:20Z"


@pytest.mark.parametrize("words", ["status", "list", "show 1.4.0", "log", f"status {THEN}", f"show 1.4.0 {THEN}"])
def test_commands_that_read_import_no_orm_and_no_gitlab(home: Path, words: str) -> None:
    """They read through the DB-API, and ask no GitLab."""
    modules = loaded(home, words)
    assert "relflow.views.reading" in modules
    assert modules & DEAR == set()
    assert not {name for name in modules if name.startswith(("relflow.service", "relflow.adapters.gitlab"))}
    assert "relflow.views.contract" not in modules
    # Only `show` judges what can come next; what runs where is read, not decided.
    assert ("transitions" in modules) == words.startswith("show")
    # Events are many classes, and their making is dear: only who folds the past needs them.
    assert ("relflow.views.past" in modules) == ("relflow.core.events" in modules) == (THEN in words)


@pytest.mark.parametrize("words", ["--version", "deploy --help"])
def test_help_opens_nothing(home: Path, words: str) -> None:
    """The version and every help know only words: no database, no settings, no adapter."""
    modules = loaded(home, words)
    assert modules & (DEAR | {"sqlite3", "transitions"}) == set()
    packages = {name.split(".")[1] for name in modules if name.startswith("relflow.")}
    assert packages == {"__main__", "cli", "core"}
