"""GitLab goes away: before the play nothing stays open, after it nothing is lost."""

from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.acceptance.team import Team


def test_gitlab_is_down_before_the_play(site: Site, team: Team) -> None:
    """Exit 4, no record, nothing open; when only the last look fails, the deployment is closed again."""
    chris, version = team.person("chris"), team.approved()
    before = team.events(version)
    site.is_down()
    chris.types("deploy", version, "dev", "--debug").ends(4).says(site.url.removeprefix("http://"))
    assert team.events(version) == before
    site.is_up()

    site.goes_wrong("jobs/*", kind="status", status=503)
    chris.types("deploy", version, "dev").ends(4).says("503")
    assert team.deployment(version).outcome == "abandoned"
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])


@pytest.mark.slow
def test_gitlab_goes_down_while_we_watch(site: Site, team: Team) -> None:
    """Exit 5 and the way on; when GitLab is back, anybody's reconcile records what the job did meanwhile."""
    chris, dana, version = team.person("chris"), team.person("dana"), team.approved()
    site.holds(version, "dev")
    deploying = chris.starts("deploy", version, "dev").until_it_says("running")
    site.is_down()
    deploying.ended().ends(5).says("is still open: accepted", "relflow reconcile")
    dana.types("reconcile").ends(4)
    site.is_up()
    site.lets_go(version, "dev")
    dana.types("reconcile").ends(0).says("success")
    assert (team.release(version).state, site.plays(version, "dev")) == ("deployed-dev", 1)


@pytest.mark.slow
def test_gitlab_dies_while_we_watch(tmp_path: Path) -> None:
    """Nobody listens at its address any more: exit 5 for what is open, exit 4 for what has not begun."""
    place, home = tmp_path / "site", tmp_path / "team"
    place.mkdir()
    home.mkdir()
    site = Site(place)
    with site.sandbox:
        team = Team(site, home).settled()
        version = team.approved()
        site.holds(version, "dev")
        deploying = team.person("chris").starts("deploy", version, "dev").until_it_says("running")
    deploying.ended().ends(5).says("cannot be reached", "relflow reconcile")
    before = team.events(version)
    team.person("dana").types("hold", version, "-m", "GitLab is gone").ends(4).says("cannot be reached")
    assert team.events(version) == before
    assert team.open_deployments() == [(version, "dev")]
    team.keeps_its_promises()
