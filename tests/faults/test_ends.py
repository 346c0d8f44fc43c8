"""Ctrl-C and kill -9 at every stage of a command: nothing is played twice, and nothing is lost."""

from typing import Any

import pytest

from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team

# The server keeps the request, and it never has its effect.
NEVER: dict[str, Any] = {"kind": "delay", "seconds": 60, "effect": False}


def test_ctrl_c_while_nothing_has_left(site: Site, team: Team) -> None:
    """Waiting for tests, or before arming: exit 130, no state changes, nothing stays open, nothing is sent."""
    chris, waiting = team.person("chris"), team.version(hangs=True)
    chris.types("create", waiting).ends(0)
    chris.starts("test", waiting, "--wait").until_it_says("unit").interrupted().ended().ends(130).says(
        "Nothing was changed"
    )
    assert team.events(waiting) == ["release_created"]

    version = team.approved()
    site.goes_wrong("jobs/*", **NEVER)
    deploying = chris.starts("deploy", version, "dev")
    eventually(lambda: "GET /projects/42/jobs/" in " ".join(site.received()))
    deploying.interrupted().ended().ends(130).says("Nothing was played")
    assert (team.deployment(version).outcome, team.release(version).state) == ("abandoned", "approved-dev")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])


def test_ctrl_c_while_the_play_is_on_its_way(site: Site, team: Team) -> None:
    """The POST has left: exit 5, never `aborted`; when it was emil who started the job, reconcile says so, exit 6."""
    version = team.approved()
    site.goes_wrong("jobs/*/play", "POST", **NEVER)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: site.plays(version, "dev"))
    deploying.interrupted().ended().ends(5).says("relflow reconcile").keeps_quiet_about("Nothing was changed")
    assert team.deployment(version).phase == "armed"

    site.clicked("emil", version, "dev")
    odd = team.person("dana").types("reconcile", "--json").ends(6)
    assert "emil" in " ".join(odd.json["error"]["why"])
    assert f"relflow resume {version} -m REASON" in odd.json["error"]["next"]
    assert (team.release(version).state, team.release(version).held_from) == ("held", "deployed-dev")


def test_ctrl_c_while_watching(site: Site, team: Team) -> None:
    """The job goes on, so exit 5 says `relflow reconcile`, and that settles it."""
    chris, version = team.person("chris"), team.approved()
    site.holds(version, "dev")
    watching = chris.starts("deploy", version, "dev").until_it_says("running")
    watching.interrupted().ended().ends(5).says("relflow reconcile").keeps_quiet_about("Nothing was changed")
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    chris.types("reconcile").ends(0).says("success")
    assert (team.release(version).state, site.plays(version, "dev")) == ("deployed-dev", 1)


@pytest.mark.slow
def test_killed_before_arming(site: Site, team: Team) -> None:
    """Nothing was sent: reconcile says so, anybody closes it with the command it names, and dana deploys."""
    dana, version = team.person("dana"), team.approved()
    site.goes_wrong("jobs/*", **NEVER)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: "deployment_requested" in team.events(version))
    deploying.killed()
    dana.types("reconcile").ends(5).says("is still open: intended", "relflow reconcile --abandon 1 -m REASON")
    dana.types("reconcile", "--abandon", 1, "-m", "chris lost power").ends(0)
    dana.types("deploy", version, "dev").ends(0).says(f"{version} is live in dev")
    assert (site.plays(version, "dev"), site.runs(version, "dev")) == (1, 1)


def test_killed_after_arming(site: Site, team: Team) -> None:
    """The play may be on its way: it is shown, nobody sends another, and when it arrives late it is settled."""
    dana, version = team.person("dana"), team.approved()
    site.goes_wrong("jobs/*/play", "POST", **NEVER)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: site.plays(version, "dev"))
    deploying.killed()
    [dev, _] = dana.types("status", "--json").ends(0).json["environments"]
    assert (dev["in_flight"]["version"], dev["in_flight"]["phase"], dev["live"]) == (version, "armed", None)
    dana.types("reconcile", "--timeout", 1).ends(5).says("not started")
    dana.types("deploy", version, "dev").ends(1).says("(environment_free)", "relflow reconcile")
    assert site.plays(version, "dev") == 1
    site.clicked("chris", version, "dev")  # the same POST, late
    dana.types("reconcile").ends(0).says("success")
    assert (team.release(version).state, site.runs(version, "dev")) == ("deployed-dev", 1)


@pytest.mark.slow
def test_killed_while_watching_and_found_by_four(site: Site, team: Team) -> None:
    """Four reconcile at once what a dead process left: one settlement, and all are told the same."""
    version = team.approved()
    site.holds(version, "dev")
    team.person("chris").starts("deploy", version, "dev").until_it_says("running").killed()
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    looking = [team.person(name).starts("reconcile") for name in ("anna", "ben", "dana", "rita")]
    for one in looking:
        one.ended().ends(0)
    assert team.events(version).count("deployment_settled") == 1
    assert (team.release(version).state, site.plays(version, "dev")) == ("deployed-dev", 1)
