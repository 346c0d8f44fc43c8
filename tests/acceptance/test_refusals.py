"""Each no that no other story comes to, at a real GitLab: its gate is named, and nothing has changed afterwards."""

import pytest

from tests.acceptance.person import Person
from tests.acceptance.site import Site
from tests.acceptance.team import Team


def refused(person: Person, gate: str, *words: str) -> None:
    """The command is refused by that gate, and leaves one record of it."""
    person.types(*words).ends(1).says(f"({gate})")


def test_words_about_a_release(team: Team) -> None:
    """Nobody says yes twice, takes back what others said or nobody did, or ticks what the policy does not name."""
    anna, chris, dana = (team.person(name) for name in ("anna", "chris", "dana"))
    version = team.tested()
    refused(anna, "own_approval", "unapprove", version, "dev")
    team.approves("dana", version, "dev")
    refused(anna, "own_approval", "unapprove", version, "dev")
    refused(dana, "approves_once", "approve", version, "dev")
    dana.types("hold", version, "-m", " ").ends(2).says("hold needs a reason")
    chris.types("tick", version, "notes").ends(2).says(
        "there is no point notes", "the policy in force has no checklist"
    )
    assert team.release(version).state == "approved-dev"
    assert team.events(version).count("command_refused") == 3


def test_releases_that_meet(site: Site, team: Team) -> None:
    """One commit is no second release's evidence, and what is newer stays where it is."""
    chris, older = team.person("chris"), team.approved()
    chris.types("create", f"{older}-again", "--ref", f"v{older}").ends(0)
    refused(chris, "pipeline_unclaimed", "test", f"{older}-again")
    newer = team.deployed()
    refused(chris, "not_older", "deploy", older, "dev")
    refused(chris, "deployed_before", "rollback", "dev", "--to", older, "-m", "back", "--yes")
    assert (site.plays(older, "dev"), site.plays(newer, "dev")) == (0, 1)


def test_a_tag_that_moves(site: Site, team: Team) -> None:
    """What was approved is not what the tag names now: the release is bound anew, and approvals are given anew."""
    chris, version = team.person("chris"), team.approved()
    site.moves_tag(version)
    refused(chris, "ref_unmoved", "deploy", version, "dev")
    chris.types("amend", version, "--ref", f"v{version}", "-m", "the tag was wrong").ends(0)
    refused(chris, "in_state", "deploy", version, "dev")
    assert (team.release(version).state, team.release(version).revision) == ("draft", 2)


def test_a_release_that_is_under_way(site: Site, team: Team) -> None:
    """While its job runs nobody takes a yes back, rejects it, or binds it to another commit."""
    chris, dana, emil = (team.person(name) for name in ("chris", "dana", "emil"))
    version = team.approved()
    refused(chris, "binds_anew", "amend", version, "--ref", f"v{version}", "-m", "again")
    site.holds(version, "dev")
    chris.types("deploy", version, "dev", "--no-wait").ends(0)
    refused(dana, "nothing_under_way", "unapprove", version, "dev")
    refused(emil, "nothing_under_way", "reject", version, "dev", "-m", "stop")
    refused(chris, "nothing_under_way", "amend", version, "--ref", f"v{team.version()}", "-m", "fixed")
    site.lets_go(version, "dev")
    chris.types("watch", version).ends(0)
    assert team.release(version).state == "deployed-dev"


@pytest.mark.slow
def test_releases_that_are_out_of_the_way(team: Team) -> None:
    """What was closed is not resumed, and what was recalled from production is not amended: it gets a new version."""
    anna, ben, chris = (team.person(name) for name in ("anna", "ben", "chris"))
    closed = team.tested()
    chris.types("hold", closed, "--close", "-m", "nobody wants it").ends(0)
    refused(chris, "not_closed", "resume", closed, "-m", "we do")
    recalled = team.deployed()
    for each in (anna, ben):
        each.types("approve", recalled, "prod").ends(0)
    chris.types("deploy", recalled, "prod", "--yes").ends(0)
    chris.types("hold", recalled, "-m", "wrong totals").ends(0)
    refused(chris, "not_recalled", "amend", recalled, "--ref", f"v{team.version()}", "-m", "fixed")
