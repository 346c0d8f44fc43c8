"""A deployment past its approvals through the installed command: who may, what it leaves, and who closes that."""

import pytest

from tests.acceptance.fixtures import Gather
from tests.acceptance.site import Site
from tests.acceptance.team import Team

DEV = '\n[[environments]]\nname = "dev"\njob = "deploy-dev"\n'
PROD = '\n[[environments]]\nname = "prod"\njob = "deploy-prod"\napprovals = 1\n'


def settled(team: Team) -> Team:
    """The glass may be broken in prod, and not in dev."""
    team.demands(DEV + PROD + "break_glass = true\n")
    return team.settled()


@pytest.mark.slow
def test_a_hotfix_at_night(gather: Gather) -> None:
    """Straight to prod, by a maintainer, with a reason; then nothing normal goes there until somebody else signed."""
    team = settled(gather())
    anna, ben, chris, dana = (team.person(name) for name in ("anna", "ben", "chris", "dana"))
    version = team.tested()
    broken = ("--break-glass", "-m", "invoices are lost")
    anna.types("deploy", version, "prod", *broken).ends(2).says(
        "this asks first", "--break-glass -m 'invoices are lost'"
    )
    anna.types("deploy", version, "prod", "--break-glass", "--yes").ends(2).says("breaking the glass needs a reason")
    chris.types("deploy", version, "prod", *broken, "--yes").ends(1).says("break-glass needs Maintainer")
    anna.types("deploy", version, "dev", *broken, "--yes").ends(1).says("(glass_breakable)")
    done = anna.types("deploy", version, "prod", *broken, "--yes", "--json").ends(0)
    assert done.events[0] == "deployment_requested"
    assert done.events[-1] == "release_deployed"
    assert (done.json["deployment"]["kind"], done.json["release"]["state"]) == ("break-glass", "deployed-prod")
    number = str(done.json["deployment"]["id"])

    _, prod = team.stranger().types("status", "--json").ends(0).json["environments"]
    assert (prod["debt"]["id"], prod["live"]["kind"]) == (int(number), "break-glass")
    team.stranger().types("status").ends(0).says(f"{version} (BREAK-GLASS)", f"relflow signoff {number} -m REASON")
    next_one = team.deployed()
    team.approves("ben", next_one, "prod")
    chris.types("deploy", next_one, "prod", "--yes").ends(1).says("(review_done)", "ben, chris, dana or emil")
    anna.types("signoff", number, "-m", "it was right").ends(1).says("(by_another)")
    assert dana.types("signoff", number, "-m", "read it", "--json").ends(0).events == ["review_debt_signed_off"]
    dana.types("signoff", number, "-m", "read it").ends(1).says("dana signed", "off already (debt_open)")
    ben.types("signoff", "4711", "-m", "read it").ends(2).says("there is no deployment 4711")
    chris.types("deploy", next_one, "prod", "--yes").ends(0).says(f"{next_one} is live in prod")
    team.stranger().types("log", version).ends(0).says("BREAK-GLASS, deployment", "review_debt_signed_off")


@pytest.mark.slow
def test_a_glass_that_was_broken_in_vain(site: Site, gather: Gather) -> None:
    """The job fails: the release stays where it was, it can be tried again, and the debt is there all the same."""
    team = settled(gather())
    anna, dana = team.person("anna"), team.person("dana")
    version = team.tested()
    site.breaks(version, "prod")
    broken = ("--break-glass", "-m", "invoices are lost", "--yes")
    anna.types("deploy", version, "prod", *broken).ends(6).says(
        f"relflow deploy {version} prod --break-glass -m REASON"
    )
    assert team.release(version).state == "tested"
    site.mends(version, "prod")
    anna.types("deploy", version, "prod", *broken).ends(0).says(f"{version} is live in prod")
    for each in team.release(version).deployments:
        dana.types("signoff", str(each.id), "-m", "read it").ends(0)
    _, prod = team.stranger().types("status", "--json").ends(0).json["environments"]
    assert prod["debt"] is None
