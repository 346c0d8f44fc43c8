"""A project that has deployed for years begins with its past: through the command, from a real GitLab's lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.acceptance.team import Team

#: The past in the order in which it happened: who played what, and where.
PAST = (
    ("1.9.0", "ben", ("dev", "prod")),
    ("1.10.0", "emil", ("dev", "prod")),
    ("1.11.0", "emil", ("dev",)),
)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Site]:
    """A GitLab whose people clicked for years: 1.10.0 runs in prod, 1.11.0 in dev, and 1.12.0 has a tag."""
    site = Site(tmp_path)
    with site.sandbox:
        for version, who, environments in PAST:
            site.tag(version)
            for name in environments:
                deploys(site, who, version, name)
        site.tag("1.12.0")
        yield site
    assert site.logged == []


def deploys(site: Site, who: str, version: str, environment: str) -> None:
    """Somebody clicks, and the job succeeds."""
    site.clicked(who, version, environment)
    site.job(version, environment, "success")


@pytest.fixture
def team(old: Site, tmp_path: Path) -> Iterator[Team]:
    """The team on the day on which it adopts relflow."""
    old.begins_anew()
    home = tmp_path / "team"
    home.mkdir()
    team = Team(old, home).settled()
    yield team
    team.keeps_its_promises()


def test_a_project_begins_with_its_past(team: Team) -> None:
    """Each version stands where it got, each environment runs what ran there, by whom it was brought.

    What has a tag and was never deployed is none; a second time there is nothing to do, and nothing is recorded.
    """
    anna = team.person("anna")
    made = anna.types("import", "--yes", "--json").ends(0)
    assert made.events == ["release_imported"] * 3
    assert {each["version"]: each["state"] for each in made.json["releases"]} == {
        "1.11.0": "deployed-dev",
        "1.10.0": "deployed-prod",
        "1.9.0": "deployed-prod",
    }
    assert [(each["version"], each["environment"], each["kind"]) for each in made.json["deployments"]] == [
        (version, name, "imported") for version, _, names in PAST for name in names
    ]
    status = anna.types("status", "--json").json
    assert [(each["live"]["version"], each["live"]["by"]) for each in status["environments"]] == [
        ("1.11.0", "gitlab:emil"),
        ("1.10.0", "gitlab:emil"),
    ]
    assert [each["version"] for each in status["releases"]] == ["1.11.0"]
    again = anna.types("import", "--yes", "--json").ends(0)
    assert again.json["left_alone"] == ["1.9.0", "1.10.0", "1.11.0"]
    assert (again.events, again.json["releases"], again.json["noted"]) == ([], [], [])
    anna.types("reconcile", "--json").ends(0)
    anna.types("db", "check").ends(0)
    anna.types("db", "rebuild").ends(0)
    assert anna.types("status", "--json").json == status


def test_what_was_imported_goes_on(team: Team) -> None:
    """What is in dev is approved for prod and deployed; and the way back leads to what ran there before."""
    anna, ben, dana = (team.person(name) for name in ("anna", "ben", "dana"))
    anna.types("import", "--yes").ends(0)
    anna.types("approve", "1.11.0", "prod").ends(1).says("anna created 1.11.0")
    for who in (ben, dana):
        who.types("approve", "1.11.0", "prod").ends(0)
    ben.types("plan", "1.11.0", "prod").ends(0).says("it replaces     1.10.0", "the way back    1.10.0")
    ben.types("deploy", "1.11.0", "prod", "--yes").ends(0).says("1.11.0 is live in prod")
    ben.types("rollback", "prod", "-m", "wrong totals", "--yes").ends(0).says("rolls prod back to 1.10.0")
    ben.types("status").says("1.10.0 (rollback)")
    assert team.site.plays("1.10.0", "prod", by="ben") == 1
    ben.types("create", "1.12.0").ends(0)
