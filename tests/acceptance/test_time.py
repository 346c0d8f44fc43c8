"""Freezes, windows, soak and locks: what is told, what is kept away, and what goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from relflow.core.windows import DAYS
from relflow.service.freezing import lock
from tests.acceptance.fixtures import Gather
from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import PLACES, Team


@pytest.mark.slow
def test_a_week_without_deployments(site: Site, team: Team) -> None:
    """A maintainer freezes dev; nobody deploys, a rollback goes on, and once it is ended everything does."""
    anna, chris, rita = (team.person(name) for name in ("anna", "chris", "rita"))
    old, version = team.deployed(), team.approved()
    words = ("--from", "2026-01-01", "--to", "2035-01-01", "-m", "inventory")
    chris.types("freeze", "add", "dev", *words).ends(1).says("freeze add needs Maintainer", "anna or ben")
    added = anna.types("freeze", "add", "dev", *words, "--json").ends(0)
    assert added.events == ["freeze_added"]
    rita.types("freeze", "list").ends(0).says("inventory", "2035-01-01")
    assert rita.types("status", "--json").ends(0).json["environments"][0]["freeze"]["reason"] == "inventory"

    refused = chris.types("deploy", version, "dev", "--json").ends(1)
    assert [each["gate"] for each in refused.json["error"]["gates"]] == ["not_frozen"]
    chris.types("deploy", version, "dev").ends(1).says("freeze 1 by anna: inventory", "from 2035-01-01")
    chris.types("why", version, "deploy", "dev").ends(0).says("dev is frozen until")
    chris.types("plan", version, "dev").ends(1).says("dev is frozen until")
    assert site.plays(version, "dev") == 0
    chris.types("rollback", "dev", "--to", old, "-m", "damaged", "--yes").ends(0)

    anna.types("freeze", "end", 1, "-m", "counted").ends(0).says("is ended")
    rita.types("freeze", "list").ends(0).says("no freeze")
    chris.types("deploy", team.approved(), "dev").ends(0)  # the rollback's job has made the other one outdated
    anna.types("db", "check").ends(0)


def test_a_freeze_period_of_gitlab(site: Site, team: Team) -> None:
    """GitLab itself lets a manual job be played in its freeze; relflow does not."""
    chris, version = team.person("chris"), team.approved()
    number = site.freezes()
    try:
        chris.types("deploy", version, "dev").ends(1).says(f"GitLab's freeze period {number}", "(not_frozen)")
    finally:
        site.thaws(number)
    chris.types("deploy", version, "dev").ends(0)


@pytest.mark.slow
def test_a_lock(site: Site, team: Team) -> None:
    """A developer locks dev: neither a deployment nor a rollback goes, and anybody's status says who and why."""
    chris, dana, rita = (team.person(name) for name in ("chris", "dana", "rita"))
    old, version = team.deployed(), team.approved()
    dana.types("lock", "dev", "-m", "the disk is full", "--until", "2035-01-01").ends(0).says("locked until 2035-01-01")
    rita.types("status").ends(0).says("locked", "the disk is full", "relflow unlock dev -m REASON")
    for words in (("deploy", version, "dev"), ("rollback", "dev", "--to", old, "-m", "damaged", "--yes")):
        chris.types(*words).ends(1).says(
            "dev is locked by dana (environment_free): the disk is full", "relflow unlock dev"
        )
    rita.types("unlock", "dev", "-m", "room again").ends(1).says("Developer")
    chris.types("unlock", "dev", "-m", "room again").ends(0).says("dev is unlocked")
    chris.types("deploy", version, "dev").ends(0)


@pytest.mark.slow
def test_a_lock_that_comes_in_the_last_moment(site: Site, team: Team) -> None:
    """Between the request and the play: exit 3, nothing was sent, nothing stays open."""
    version = team.approved()
    site.goes_wrong("jobs/*", kind="delay", seconds=4)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: "deployment_requested" in team.events(version))
    lock(team.app("dana"), "dev", None, "the disk is full")
    deploying.ended().ends(3).says("nothing was deployed", "dev is locked by dana")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])


def test_windows_and_soak(site: Site, gather: Gather) -> None:
    """A policy that says when, and after how long: all that keeps it away is told at once, with the time it ends."""
    team = gather().settled()
    closed = DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]  # noqa: TID251 - the stories run on real time
    more = f'soak = "24h"\nwindow = ["{closed} 08:00-16:00"]\ntimezone = "Europe/Berlin"\n'
    team.proposes(PLACES, more)
    anna, chris, version = team.person("anna"), team.person("chris"), ""
    anna.types("policy", "adopt", "--yes").ends(0)
    version = team.deployed()
    team.approves("anna", version, "prod")
    team.approves("ben", version, "prod")
    refused = chris.types("deploy", version, "prod", "--yes", "--json").ends(1)
    gates = {each["gate"]: each for each in refused.json["error"]["gates"]}
    assert gates.keys() == {"in_window", "soaked"}
    assert gates["in_window"]["why"].endswith(f"window = {closed} 08:00-16:00, Europe/Berlin")
    assert gates["in_window"]["earliest"] == gates["soaked"]["earliest"]
    shown = chris.types("policy", "show", "--json").ends(0).json["policy"]["environments"][1]
    assert (shown["soak"], shown["timezone"]) == ("24h", "Europe/Berlin")
    team.proposes(PLACES, 'soak = "24"\ntimezone = "Europe/Berln"\n')
    wrong = anna.types("policy", "adopt", "--yes").ends(8)
    wrong.says("it has no unit: 24m, 24h or 24d", "did you mean Europe/Berlin")
