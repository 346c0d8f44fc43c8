"""Folders with settings and a grown database, made once for all that reads them."""

from pathlib import Path

from benchmarks.grow import Grown, grow

SETTINGS = """\
[gitlab]
url = "https://gitlab.example.org"
project = "group/data-provider"

[database]
url = "sqlite:///releases.db"

[[environments]]
name = "dev"
job = "deploy-dev"

[[environments]]
name = "prod"
job = "deploy-prod"
gitlab_environment = "production"
approvals = 2
approvers = { access = "maintainer", users = ["dana"] }
"""


def grown(folder: Path, *, records: int = 0, releases: int = 0) -> Grown:
    """Fill the folder, which is new, with settings and at least that many records and releases."""
    folder.mkdir(parents=True)
    (folder / "relflow.toml").write_text(SETTINGS)
    return grow(folder / "releases.db", records=records, releases=releases)
