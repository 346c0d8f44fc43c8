"""A database inside a git work tree is another truth in each clone, unless git ignores it."""

import subprocess
from pathlib import Path

import pytest

from relflow.adapters.worktree import owning_worktree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git work tree that ignores `*.db` in its folder `data`."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".gitignore").write_text("*.db\n")
    return tmp_path


def test_a_file_that_git_would_take_is_owned(tree: Path) -> None:
    """Also in a folder that does not exist yet."""
    assert owning_worktree(tree / "releases.db") == tree
    assert owning_worktree(tree / "new" / "folder" / "releases.db") == tree


def test_an_ignored_file_is_nobodys(tree: Path) -> None:
    """Whoever ignores it has decided."""
    assert owning_worktree(tree / "data" / "releases.db") is None


def test_outside_of_any_work_tree_is_fine(tmp_path: Path) -> None:
    """The usual case."""
    assert owning_worktree(tmp_path / "releases.db") is None


def test_without_git_nothing_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without git has no work trees to mind."""
    monkeypatch.setenv("PATH", "")
    assert owning_worktree(tree / "releases.db") is None
