"""What GitLab's people do meanwhile: jobs and pipelines go, projects move, tokens end, clocks are wrong."""

from typing import Any

import pytest
import requests

from tests.acceptance.site import Site
from tests.acceptance.team import Team
from tests.faults.mortals import Mortals

ABSENT: dict[str, Any] = {"kind": "status", "status": 404, "body": {"message": "404 Not found"}, "always": True}
REVOKED = {"error": "invalid_token", "error_description": "Token was revoked. You have to re-authorize from the user."}


def flying(site: Site, team: Team) -> str:
    """A version whose job runs, and its process is gone."""
    version = team.approved()
    site.holds(version, "dev")
    team.person("chris").starts("deploy", version, "dev").until_it_says("running").killed()
    return version


def test_what_was_played_is_gone_from_gitlab(site: Site, team: Team) -> None:
    """Somebody deleted the job: the release is held, and a person closes the deployment."""
    version, dana = flying(site, team), team.person("dana")
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    site.goes_wrong("jobs/*", **ABSENT)
    dana.types("reconcile", "--timeout", 1).ends(5).says("gone", "relflow reconcile --abandon 1 -m REASON")
    assert (team.release(version).state, team.release(version).held_from) == ("held", "approved-dev")
    dana.types("status").ends(0).says(version)
    dana.types("reconcile", "--abandon", 1, "-m", "deleted by mistake").ends(0)
    assert (team.open_deployments(), site.plays(version, "dev")) == ([], 1)


def test_a_project_that_moved_before_the_play(site: Site, team: Team) -> None:
    """Reading is led elsewhere, and the token does not follow: exit 4, and nothing is requested."""
    version = team.approved()
    for path in ("pipelines/**", "jobs/**", "pipelines", "repository/**", "members/all"):
        site.goes_wrong(path, kind="status", status=301, headers={"Location": "https://new.example.org/x"}, always=True)
    team.person("chris").types("deploy", version, "dev").ends(4).says("has moved to https://new.example.org/x")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])


def test_a_project_that_moved_at_the_play(site: Site, team: Team) -> None:
    """GitLab answers a POST to the old place 405, without effect: nothing stays open, and it can be tried again."""
    version, chris = team.approved(), team.person("chris")
    site.goes_wrong("jobs/*/play", "POST", kind="status", status=405, body={"error": "405 Not Allowed"})
    chris.types("deploy", version, "dev").ends(4).says("nothing was deployed", "405")
    assert (team.deployment(version).outcome, team.open_deployments()) == ("abandoned", [])
    chris.types("deploy", version, "dev").ends(0).says("attempt 2")
    assert site.runs(version, "dev") == 1


@pytest.mark.slow
def test_a_project_that_was_archived(site: Site, team: Team) -> None:
    """GitLab forbids the play: the words name that among the reasons, and nothing stays open."""
    version = team.approved()
    site.goes_wrong("jobs/*/play", "POST", kind="status", status=403, body={"message": "403 Forbidden"})
    team.person("chris").types("deploy", version, "dev").ends(4).says("archived", "nothing was deployed")
    assert team.open_deployments() == []


def test_a_job_that_waits_for_a_resource(site: Site, team: Team) -> None:
    """Another pipeline has it for longer than anybody watches: exit 5 with the job's word, and later it is settled."""
    version = flying(site, team)
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


@pytest.mark.parametrize("ahead_s", [3600.0, pytest.param(-3600.0, marks=pytest.mark.slow)])
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
