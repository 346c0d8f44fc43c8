"""What becomes of the world meanwhile: pipelines go, projects are archived or move, tokens end, clocks are wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from relflow.sandbox.clock import now, set_ahead
from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team
from tests.faults.mortals import Mortals

SLOW = pytest.mark.slow
MOVED: dict[str, Any] = {"kind": "status", "always": True}
REVOKED = {"error": "invalid_token", "error_description": "Token was revoked. You have to re-authorize from the user."}
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
    dana.types("status").ends(0).says(version)
    dana.starts("reconcile", "--abandon", 1, "-m", "looked at dev itself").ended().ends(0)
    dana.types("reconcile").ends(0).says("no deployment is open")
    assert team.open_deployments() == []
    assert sum(one.endswith("/play") for one in site.received()) == 1


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


def test_the_project_moved_before_the_look(site: Site, team: Team) -> None:
    """Reading is led elsewhere, and the token does not follow: exit 4, and nothing is requested."""
    version = team.approved()
    for path in ("pipelines/**", "jobs/**", "pipelines", "repository/**", "members/all"):
        site.goes_wrong(path, kind="status", status=301, headers={"Location": "https://new.example.org/x"}, always=True)
    team.person("chris").types("deploy", version, "dev").ends(4).says("has moved to https://new.example.org/x")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])


def test_the_project_moved_between_the_look_and_the_play(site: Site, team: Team) -> None:
    """GitLab answers a POST to the old place 405, without effect: nothing stays open, and it can be tried again."""
    version, chris = team.approved(), team.person("chris")
    site.goes_wrong("jobs/*/play", "POST", kind="status", status=405, body={"error": "405 Not Allowed"})
    chris.types("deploy", version, "dev").ends(4).says("nothing was deployed", "405")
    assert (team.deployment(version).outcome, team.open_deployments()) == ("abandoned", [])
    chris.types("deploy", version, "dev").ends(0).says("attempt 2")
    assert site.runs(version, "dev") == 1


def test_a_job_that_waits_for_a_resource(site: Site, team: Team) -> None:
    """Another pipeline has it for longer than anybody watches: exit 5 with the job's word, and later it is settled."""
    version = team.approved()
    site.holds(version, "dev")
    team.person("chris").starts("deploy", version, "dev").until_it_says("running").killed()
    path = f"/api/v4/projects/42/jobs/{site.job(version, 'dev').id}"
    shown = requests.get(f"{site.url}{path}", headers={"PRIVATE-TOKEN": site.token("anna")}, timeout=10).json()
    waits = {**shown, "status": "waiting_for_resource", "started_at": None}
    site.goes_wrong("jobs/*", kind="status", status=200, body=waits, always=True)
    dana = team.person("dana")
    dana.types("reconcile", "--timeout", 1).ends(5).says("its job is waiting_for_resource", "relflow reconcile")
    site.is_up()
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    dana.types("reconcile").ends(0).says("success")


def test_a_token_that_is_revoked_while_it_watches(site: Site, team: Team) -> None:
    """The job goes on without it: exit 5 says what is the matter, and somebody else's token settles."""
    version = team.approved()
    site.holds(version, "dev")
    deploying = team.person("chris").starts("deploy", version, "dev").until_it_says("running")
    site.goes_wrong("jobs/*", kind="status", status=401, body=REVOKED, always=True)
    deploying.ended().ends(5).says("the token was revoked", "relflow reconcile")
    site.is_up()
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    team.person("dana").types("reconcile").ends(0).says("success")
    assert (team.release(version).state, site.plays(version, "dev")) == ("deployed-dev", 1)


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


@pytest.mark.parametrize("ahead_s", [3600.0, pytest.param(-3600.0, marks=SLOW)])
def test_a_clock_that_is_an_hour_wrong(site: Site, team: Team, ahead_s: float) -> None:
    """Records keep their order, the log verifies, and what the others do is not changed; what ran back is noted."""
    version = team.tested()
    people = Mortals(team, ahead_s)
    people.types("dana", "approve", version, "dev").ends(0).says("is approved for dev")
    people.types("anna", "hold", version, "-m", "odd").ends(0)
    people.types("anna", "resume", version, "-m", "fine").ends(0)
    team.person("chris").types("deploy", version, "dev").ends(0).says(f"{version} is live in dev")
    team.person("rita").types("audit", "verify").ends(0)
    team.person("rita").types("log", "--event", "clock_anomaly").ends(0).says("clock_anomaly")
