"""What somebody types first: the demo, and a sandbox of their own."""

import socket
from pathlib import Path

import pytest

from relflow.sandbox.repo.git import git
from tests.acceptance.person import Person, Shell


@pytest.mark.slow
def test_the_demo(tmp_path: Path) -> None:
    """It runs to its end, and leaves a database that can be read without GitLab and without a token.

    What it tells is talk: with `--json` stdout has the folder alone.
    """
    me = Person("me", Shell(tmp_path, is_cold=True), None)
    ended = me.types("demo", "--dir", tmp_path / "demo", "--json").ends(0)
    assert ended.says("1.4.0 is live in prod", "(four_eyes)", "relflow status").json == {
        "folder": str(tmp_path / "demo")
    }
    left = ("--config", tmp_path / "demo" / "relflow.toml", "--json")
    places = me.types("status", *left).ends(0).json["environments"]
    assert [(place["name"], place["live"]["version"]) for place in places] == [("dev", "1.2.0"), ("prod", "1.4.0")]
    assert me.types("show", "1.4.0", *left).ends(0).json["release"]["state"] == "deployed-prod"
    assert me.types("audit", "verify", *left).ends(0).json["ok"] is True


def test_a_sandbox_that_cannot_start(tmp_path: Path) -> None:
    """A CI file with what it does not do, and a port that is taken, are usage errors that say what to do."""
    me = Person("me", Shell(tmp_path, is_cold=True), None)
    odd = tmp_path / "odd"
    odd.mkdir()
    git(odd, "init", "--quiet", "--initial-branch=main", "--template=")
    (odd / ".gitlab-ci.yml").write_text("job:\n  script: [true]\n  secrets: {}\n")
    git(odd, "add", ".gitlab-ci.yml")
    who = {f"GIT_{role}_{key}": "odd" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    git(odd, "commit", "--quiet", "--message=Odd", environment=who)
    me.types("sandbox", "run", "--repo", odd).ends(2).says("secrets", "Take these keys out")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        me.types("sandbox", "run", "--port", port).ends(2).says(f"port {port}", "another --port")
