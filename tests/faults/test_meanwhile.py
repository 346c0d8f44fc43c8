"""What becomes of the project meanwhile: a pipeline deleted, all of it archived or moved, its clock an hour wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relflow.sandbox.clock import now, set_ahead
from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team

SLOW = pytest.mark.slow
MOVED: dict[str, Any] = {"kind": "status", "always": True}
NEW_PLACE = {"Location": "https://gitlab.example.org/api/v4/projects/42"}


def test_pipelines_are_cleaned_up(site: Site, team: Team) -> None:
    """GitLab deletes old ones by itself: neither what relflow deployed nor what nobody played is anything to report."""
    deployed, waits = team.deployed(), team.approved()
    for version in (deployed, waits):
        site.deletes_pipeline(version)
    team.person("dana").types("reconcile").ends(0).says("no deployment is open")
    assert [team.release(version).state for version in (deployed, waits)] == ["deployed-dev", "approved-dev"]
    refused = team.person("chris").types("deploy", waits, "dev").ends(1).says("is gone from GitLab (job_playable)")
    refused.says(f"relflow amend {waits} --pipeline ID -m REASON")


@SLOW
def test_a_pipeline_is_deleted_while_its_job_runs(site: Site, team: Team) -> None:
    """Nobody can tell how far it came: exit 5 and a hold; a person closes it, and nothing is left to report."""
    version = team.approved()
    site.holds(version, "dev")
    deploying = team.person("chris").starts("deploy", version, "dev").until_it_says("running")
    site.deletes_pipeline(version)
    deploying.ended().ends(5).says("is gone from GitLab", "relflow reconcile --abandon 1 -m REASON")
    dana = team.person("dana")
    dana.starts("reconcile").ended().ends(5).says("is gone from GitLab")
    assert (team.release(version).state, team.release(version).held_from) == ("held", "approved-dev")
    dana.starts("reconcile", "--abandon", 1, "-m", "looked at dev itself").ended().ends(0)
    dana.types("reconcile").ends(0).says("no deployment is open")
    assert team.open_deployments() == []


@SLOW
def test_the_project_is_archived_before_the_play(site: Site, team: Team) -> None:
    """GitLab forbids the play, and the words name that among the reasons: exit 4; unarchived, it works."""
    chris, version = team.person("chris"), team.approved()
    archive = {"path": "/projects/42/archive"}
    site.goes_wrong("jobs/*", kind="person", user="anna", act=archive, at="after")
    try:
        chris.types("deploy", version, "dev").ends(4).says("nothing was deployed", "403", "it is archived")
        assert (team.deployment(version).outcome, team.open_deployments()) == ("abandoned", [])
        team.person("dana").types("reconcile").ends(0)
    finally:
        site.is_unarchived()
    chris.types("deploy", version, "dev").ends(0).says("attempt 2")
    assert site.runs(version, "dev") == 1


@SLOW
def test_the_project_moves_while_we_watch(site: Site, team: Team) -> None:
    """Reads lead elsewhere, where no token goes, and POSTs are forbidden: exit 5, 4 for what has not begun."""
    chris, dana, version, other = team.person("chris"), team.person("dana"), team.approved(), team.tested()
    site.holds(version, "dev")
    deploying = chris.starts("deploy", version, "dev").until_it_says("running")
    body = {"message": "Non GET methods are not allowed for moved projects"}
    site.goes_wrong("**", status=301, headers=NEW_PLACE, body="This resource has been moved", **MOVED)
    site.goes_wrong("**", "POST", status=405, body=body, **MOVED)
    gone = "has moved to https://gitlab.example.org"
    deploying.ended().ends(5).says(gone, "relflow reconcile")
    dana.types("approve", other, "dev").ends(4).says(gone)
    assert team.release(other).state == "tested"
    dana.types("reconcile").ends(5).says(gone, "is still open: accepted")
    site.is_up()
    site.lets_go(version, "dev")
    dana.types("reconcile").ends(0).says("success")
    assert (team.release(version).state, site.plays(version, "dev")) == ("deployed-dev", 1)


@SLOW
def test_the_project_moved_between_the_look_and_the_play(site: Site, team: Team) -> None:
    """405 comes before any effect: exit 4, and nothing stays open."""
    version = team.approved()
    site.goes_wrong("jobs/*/play", "POST", status=405, **MOVED)
    team.person("chris").types("deploy", version, "dev").ends(4).says("nothing was deployed", "405")
    assert (team.open_deployments(), site.runs(version, "dev")) == ([], 0)


@pytest.fixture(params=[pytest.param(3600, id="behind"), pytest.param(-3600, id="ahead", marks=SLOW)])
def elsewhen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Site, Team]]:
    """A GitLab whose clock this machine's is an hour behind, or ahead of; the policy is not adopted yet."""
    place, home = tmp_path / "site", tmp_path / "team"
    place.mkdir()
    home.mkdir()
    set_ahead(request.param)
    try:
        site = Site(place)
        with site.sandbox:
            team = Team(site, home)
            yield site, team
            team.keeps_its_promises()
    finally:
        set_ahead(0)


def test_drift_under_a_clock_that_is_an_hour_wrong(elsewhen: tuple[Site, Team]) -> None:
    """What ran before the policy was adopted is none, what ran since is one: by GitLab's clock, and not by ours."""
    site, team = elsewhen
    before = team.version()
    site.clicked("emil", before, "dev")
    site.job(before, "dev", "success")
    began = now()
    eventually(lambda: now() - began > timedelta(seconds=2))  # GitLab tells the time in whole seconds
    team.settled()
    dana = team.person("dana")
    dana.types("reconcile").ends(0).says("this machine's clock is 3", "GitLab's")
    after, began = team.tested(), now()
    eventually(lambda: now() - began > timedelta(seconds=2))
    site.clicked("emil", after, "dev")
    site.job(after, "dev", "success")
    dana.types("reconcile").ends(6).says("by emil, success", "relflow drift accept dev 1 -m REASON")
    dana.types("reconcile").ends(0)
    assert (team.events(after).count("drift_detected"), team.release(after).state) == (1, "held")
    dana.types("drift", "accept", "dev", "-m", "emil had to").ends(0)
    [dev, _] = dana.types("status", "--json").ends(0).json["environments"]
    assert (dev["live"]["version"], dev["live"]["kind"]) == (after, "foreign")
