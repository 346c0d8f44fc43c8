"""The GitLab and the project that a clone's remote names."""

import subprocess
from pathlib import Path

import pytest

from relflow.adapters.remote import parsed_remote, remote_of


@pytest.mark.parametrize(
    ("remote", "guess"),
    [
        ("https://gitlab.example.org/group/data.git", ("https://gitlab.example.org", "group/data")),
        ("https://gitlab.example.org:8443/a/b/c", ("https://gitlab.example.org:8443", "a/b/c")),
        ("https://anna:glpat-x@gitlab.example.org/group/data.git/", ("https://gitlab.example.org", "group/data")),
        ("http://gitlab.lan/group/data.git", ("http://gitlab.lan", "group/data")),
        ("git@gitlab.example.org:group/data.git", ("https://gitlab.example.org", "group/data")),
        ("gitlab.example.org:group/data", ("https://gitlab.example.org", "group/data")),
        ("ssh://git@gitlab.example.org:2222/group/data.git", ("https://gitlab.example.org", "group/data")),
        ("/srv/git/data.git", None),
        ("../data", None),
        ("file:///srv/git/data.git", None),
        ("https://[", None),
        ("https://gitlab.example.org/data", None),
        ("", None),
    ],
)
def test_a_remote_is_read(remote: str, guess: tuple[str, str] | None) -> None:
    """Neither a password nor the port of ssh is taken over; a path on this disk names no GitLab."""
    assert parsed_remote(remote) == guess


def test_the_remote_of_a_clone(tmp_path: Path) -> None:
    """Outside of a clone, or without a remote, there is nothing to guess."""
    assert remote_of(tmp_path) is None
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert remote_of(tmp_path) is None
    origin = ["git", "-C", str(tmp_path), "remote", "add", "origin", "git@gitlab.example.org:group/data.git"]
    subprocess.run(origin, check=True)
    assert remote_of(tmp_path) == ("https://gitlab.example.org", "group/data")
