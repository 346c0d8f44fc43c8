"""Who must have agreed: rules that can be met, roles, authors kept out, and approvals that lapse with their reason."""

from tests.acceptance.documented import MOST_BEFORE_A_PLAY
from tests.acceptance.fixtures import Gather
from tests.acceptance.site import Site
from tests.acceptance.team import Team

DEV = '\n[[environments]]\nname = "dev"\njob = "deploy-dev"\n{rule}\n'
PROD = '\n[[environments]]\nname = "prod"\njob = "deploy-prod"\n{rule}\n'


def demands(team: Team, dev: str = "", prod: str = "", roles: str = "") -> None:
    """The settings file has these rules, and nobody adopted them yet."""
    team.demands(DEV.format(rule=dev) + PROD.format(rule=prod), roles)


def test_a_rule_that_nobody_can_meet_is_refused(gather: Gather) -> None:
    """When it is written, by name; with another approver the same rule is put in force."""
    team = gather()
    anna = team.person("anna")
    anna.types("db", "upgrade").ends(0)
    demands(team, prod="approvals = 2")
    anna.types("policy", "adopt", "--yes").ends(1).says(
        "with anna as creator only ben could approve for prod, 2 are needed (quorum_reachable): 1 is missing"
    )
    demands(team, prod='approvals = 2\napprovers = { access = "maintainer", users = ["rita"] }')
    anna.types("policy", "adopt", "--yes").ends(0)


def test_only_who_is_in_the_role_approves(gather: Gather) -> None:
    """No access level helps; a role is its people, and a mistake in it is told with its line."""
    team = gather().settled()
    anna, dana, ben = (team.person(name) for name in ("anna", "dana", "ben"))
    demands(team, dev='approvers = { roles = ["leed"] }', roles='\n[roles]\nlead = ["dana", "rita"]\n')
    anna.types("policy", "adopt", "--yes").ends(8).says(
        "relflow.toml:", "approvers have no role leed: did you mean lead?"
    )
    demands(team, dev='approvers = { roles = ["lead"] }', roles='\n[roles]\nlead = ["dana", "rita"]\n')
    anna.types("policy", "adopt", "--yes").ends(0)
    version = team.tested()
    ben.types("approve", version, "dev").ends(1).says("that needs to be one of dana, rita", "(dana or rita)")
    dana.types("approve", version, "dev").ends(0).says("is approved for dev")


def test_an_author_does_not_approve(site: Site, gather: Gather) -> None:
    """Emil wrote every commit here; who may instead is named as possible, and GitLab in trouble lets nobody through."""
    team = gather().settled()
    anna, dana, emil = (team.person(name) for name in ("anna", "dana", "emil"))
    demands(team, dev='four_eyes = ["creator", "author"]', prod='approvers = { access = "developer" }')
    anna.types("policy", "adopt", "--yes").ends(0)
    version = team.tested()
    emil.types("approve", version, "dev").ends(1).says(
        "emil wrote", f"an author of {version} may not approve it (four_eyes)"
    )
    why = anna.types("why", version, "deploy", "dev").ends(0)
    why.says("not chris, who created it", "possibly anna, ben, dana or emil")
    anna.types("why", version, "approve", "dev", "--actor", "dana").ends(0).says("only dana's own token can tell")
    site.sandbox.fault(path="/user/emails", method="GET", kind="status", status=403)
    dana.types("approve", version, "dev").ends(1).says("the token may not read their e-mail addresses", "read_user")
    dana.types("approve", version, "dev").ends(0).says("is approved for dev")
    # All that there is to ask about one release: who wrote it, and whether it may go out.
    everything = anna.types("why", version).ends(0).says(f"anna can deploy {version} to dev now")
    assert len(everything.asked) == 1 + MOST_BEFORE_A_PLAY


def test_an_approval_lapses_with_what_was_counted(site: Site, gather: Gather) -> None:
    """Where the policy counts tests, a run that has another number of them is told by both, wherever it is asked."""
    team = gather().asks_for("no_failed_tests = true").settled()
    chris, dana = team.person("chris"), team.person("dana")
    version = team.version_to_come()
    site.measures(version, ran=12)
    site.tag(version)
    chris.types("create", version).ends(0)
    chris.types("test", version).ends(0).says("12 tests")
    dana.types("approve", version, "dev").ends(0)
    site.measures(version, ran=9)
    again = site.runs_again(version)
    chris.types("amend", version, "--pipeline", again, "-m", "run again").ends(0)
    chris.types("show", version).ends(0).says(f"then, {again} now, no longer counts")
    chris.types("test", version).ends(0).says("9 tests")
    stale = "the pipeline was run again: 12 tests then, 9 now"
    chris.types("show", version).ends(0).says(f"{stale}, no longer counts")
    (given,) = chris.types("show", version, "--json").ends(0).json["approvals"]
    assert (given["stale"], given["counts"]) == (stale, False)
    refused = f"0 of 1 approvals given (quorum_met): no longer dana ({stale})"
    chris.types("deploy", version, "dev").ends(1).says(refused)
    chris.types("why", version, "deploy", "dev").ends(0).says(refused)
    team.stranger().types("db", "check").ends(0)


def test_approvals_lapse_with_their_reason(site: Site, gather: Gather) -> None:
    """By another rule, another pipeline, another commit: each is shown as what it is, and can be given anew."""
    team = gather().settled()
    anna, ben, chris, dana = (team.person(name) for name in ("anna", "ben", "chris", "dana"))
    version = team.approved()
    demands(team, dev="approvals = 2", prod="approvals = 1")
    lost = f"{version} loses the approval of dana for dev: the approval rule of dev changed"
    anna.types("policy", "adopt", "--yes").ends(0).says(lost, f"{version} is in approved-dev with 0 of 2 approvals")
    reason = "0 of 2 approvals given (quorum_met): no longer dana (the approval rule of dev changed)"
    chris.types("deploy", version, "dev").ends(1).says(reason)
    chris.types("show", version).ends(0).says("the approval rule of dev changed, no longer counts")

    dana.types("unapprove", version, "dev").ends(0)
    dana.types("approve", version, "dev").ends(0).says("(1 of 2)")
    ben.types("approve", version, "dev").ends(0).says(f"{version} is approved for dev")
    again = site.runs_again(version)
    chris.types("amend", version, "--pipeline", again, "-m", "run again").ends(0)
    chris.types("show", version).ends(0).says(f"then, {again} now, no longer counts")
    chris.types("test", version).ends(0)
    chris.types("why", version, "deploy", "dev").ends(0).says(
        "the pipeline was run again: pipeline", f"then, {again} now"
    )

    site.tag(f"{version}-fixed")
    chris.types("amend", version, "--ref", f"v{version}-fixed", "-m", "fixed").ends(0)
    shown = chris.types("show", version, "--json").ends(0).json["approvals"]
    assert {each["stale"] for each in shown if each["decision"] == "approved"} == {"given for revision 1"}
    assert not any(each["counts"] for each in shown)
