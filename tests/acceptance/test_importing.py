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
        site.publishes("dana", "1.10.0", "Averages")
        yield site
    assert site.logged == []


def deploys(site: Site, who: str, version: str, environment: str) -> None:
    """Somebody clicks, and the job succeeds."""
    site.clicked(who, version, environment)
    site.job(version, environment, "success")


@pytest.fixture
def team(old: Site, tmp_path: Path) -> Iterator[Team]:
    """The team that is about to adopt relflow."""
    old.begins_anew()
    home = tmp_path / "team"
    home.mkdir()
    team = Team(old, home)
    yield team
    team.keeps_its_promises()


def test_a_project_begins_with_its_past(team: Team) -> None:
    """Each version stands where it got, each environment runs what ran there, by whom it was brought.

    What has a tag and was never deployed is none; a second time there is nothing to do, and nothing is recorded.
    """
    anna = team.settled().person("anna")
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
    assert [each["title"] for each in made.json["releases"]] == [None, "Averages", None]
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


@pytest.mark.slow
def test_what_was_imported_goes_on(team: Team) -> None:
    """What is in dev is approved for prod and deployed; and the way back leads to what ran there before."""
    team.settled()
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


@pytest.mark.slow
def test_what_runs_now_and_is_no_version(old: Site, team: Team) -> None:
    """A branch that somebody deployed yesterday is what dev runs, and no older version is taken for it.

    Once it gets a tag it is a version's deployment, which a second import brings along.
    """
    old.branch("vnext")
    deploys(old, "dana", "next", "dev")
    anna = team.settled().person("anna")
    made = anna.types("import", "--yes", "--json").ends(0)
    assert made.events == [*["release_imported"] * 3, "drift_detected", "drift_accepted"]
    assert [each["environment"] for each in made.json["noted"]] == ["dev"]
    assert [each["ref"] for each in made.json["left_out"]] == ["vnext"]
    anna.types("status").ends(0).says("(foreign)", "gitlab:dana")
    anna.types("reconcile").ends(0).says("no deployment is open")
    old.tags_branch("1.13.0", "vnext")
    assert [each["version"] for each in anna.types("import", "--yes", "--json").json["releases"]] == ["1.13.0"]
    anna.types("status").ends(0).says("1.13.0 (imported)")


@pytest.mark.slow
def test_pipelines_that_were_cleaned_up(old: Site, team: Team) -> None:
    """Their deployments stay in GitLab, and count; a rollback to one says why it cannot be."""
    old.deletes_pipeline("1.9.0")
    anna = team.settled().person("anna")
    anna.types("import", "--yes").ends(0).says("imported 3 releases with 5 deployments")
    anna.types("show", "1.9.0").ends(0).says("none to be seen")
    anna.types("rollback", "prod", "-m", "odd", "--yes").ends(1).says("no pipeline is bound to 1.9.0")


@pytest.mark.slow
def test_a_gitlab_that_fails_halfway(old: Site, team: Team) -> None:
    """Exit 4, and no record; once it is back, all of the past is there to be told."""
    anna = team.settled().person("anna")
    old.goes_wrong("deployments", kind="status", status=502, nth=2)
    anna.types("import", "--yes").ends(4)
    anna.types("list").ends(0).says("no release")
    old.is_up()
    anna.types("import", "--yes", "--since", "2020-01-01", "--limit", "1").ends(0).says(
        "imported 2 releases with 2 deployments", "only the last deployments of dev and prod were read"
    )


@pytest.mark.slow
def test_whose_past_it_is(old: Site, team: Team) -> None:
    """A developer is refused, and so is who may not see the tags; nobody is asked where there is no terminal."""
    team.settled()
    chris, rita = (team.person(name) for name in ("chris", "rita"))
    chris.types("import", "--yes").ends(1).says("import needs Maintainer (40)")
    rita.types("import", "--dry-run").ends(1)
    chris.types("import").ends(2).says("relflow import --yes")
    old.goes_wrong("repository/tags", kind="status", status=403)
    team.person("anna").types("import", "--yes").ends(4)
    assert [each["event"] for each in chris.types("log", "--json").json][2:] == ["command_refused"]
