"""The one POST has no effect that its answer tells: it is never sent again, and only a look at the job counts."""

from tests.acceptance.site import Site
from tests.acceptance.team import Team

PLAY = "jobs/*/play"


def test_a_play_that_was_lost_on_its_way(site: Site, team: Team) -> None:
    """Nobody knows whether it still arrives: exit 5, dev stays taken, no look sends another, and a late one settles."""
    chris, dana, version = team.person("chris"), team.person("dana"), team.approved()
    site.goes_wrong(PLAY, "POST", kind="lost_before")
    chris.types("deploy", version, "dev", "--timeout", 1).ends(5).says("still open: unknown", "relflow reconcile")
    dana.types("reconcile", "--timeout", 1).ends(5).says("is still open: unknown", "not started")
    early = dana.types("reconcile", "--abandon", 1, "-m", "it never came").ends(1).says("(job_at_rest)")
    early.says("from 20")
    assert (site.plays(version, "dev"), team.release(version).state) == (1, "approved-dev")

    site.clicked("chris", version, "dev")  # the same POST, late
    dana.types("reconcile").ends(0).says("success")
    assert team.release(version).state == "deployed-dev"
    assert team.open_deployments() == []
    assert site.runs(version, "dev") == 1


def test_a_server_error_without_effect(site: Site, team: Team) -> None:
    """A 500 proves as little as silence: the deployment stays open and nothing more is sent."""
    version = team.approved()
    site.goes_wrong(PLAY, "POST", kind="status", status=500)
    ended = team.person("chris").types("deploy", version, "dev", "--timeout", 1, "--json").ends(5)
    assert (ended.json["error"]["kind"], ended.json["deployment"]["phase"]) == ("unknown", "unknown")
    assert (site.plays(version, "dev"), site.runs(version, "dev")) == (1, 0)


def test_a_play_that_gitlab_forbids(site: Site, team: Team) -> None:
    """A 403 comes before any effect: exit 4, nothing stays open, and the next attempt is as good as the first."""
    chris, version = team.person("chris"), team.approved()
    site.goes_wrong(PLAY, "POST", kind="status", status=403)
    refused = chris.types("deploy", version, "dev", "--json").ends(4)
    assert refused.events[-2:] == ["play_refused", "deployment_settled"]
    assert (refused.json["deployment"]["outcome"], refused.json["release"]["state"]) == ("abandoned", "approved-dev")
    assert "403" in refused.json["error"]["why"][0]
    assert chris.types("deploy", version, "dev", "--json").ends(0).json["deployment"]["attempt"] == 2
    assert site.runs(version, "dev") == 1
