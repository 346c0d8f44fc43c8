"""A gate that somebody answers for, through the installed command: by whom, for what, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from relflow.core.windows import DAYS
from tests.acceptance.fixtures import Gather
from tests.acceptance.site import Site
from tests.acceptance.team import Team

PROD = '\n[[environments]]\nname = "prod"\njob = "deploy-prod"\n'
DEV = '\n[[environments]]\nname = "dev"\njob = "deploy-dev"\n{rule}\n' + PROD
LEADS = 'waivable = [{ gate = "evidence_current", role = "lead" }]'
ROLES = '\n[roles]\nlead = ["anna", "rita"]\n'


def settled(team: Team, rule: str = LEADS, roles: str = ROLES) -> Team:
    """The policy has this rule for dev."""
    team.demands(DEV.format(rule=rule), roles)
    return team.settled()


def test_a_pipeline_that_was_run_again_is_waived(site: Site, gather: Gather) -> None:
    """The refusal names who may; a reporter of the role does so, the deployment goes on, and every page tells it."""
    team = settled(gather())
    chris, dana, rita = (team.person(name) for name in ("chris", "dana", "rita"))
    team.deployed()
    version = team.approved()
    site.runs_again(version)
    waive = ("waive", version, "dev", "evidence_current", "-m")
    chris.types("deploy", version, "dev").ends(1).says(
        "(evidence_current)", f"relflow waive {version} dev evidence_current -m REASON     (anna or rita)"
    )
    dana.types(*waive, "it is the same").ends(1).says("that needs to be one of anna, rita", "(anna or rita)")
    rita.types("waive", version, "dev", "evidence_curent", "-m", "x").ends(2).says("did you mean evidence_current?")
    rita.types("waive", version, "dev", "quorum_met", "-m", "x").ends(1).says("lets nobody waive quorum_met")
    rita.types("waive", version, "prod", "evidence_current", "-m", "x").ends(1).says("lets nobody", "(gate_waivable)")
    assert rita.types(*waive, "somebody was curious", "--json").ends(0).events == ["gate_waived"]
    rita.types(*waive, "once more").ends(1).says("rita waived evidence_current for dev already (waives_once)")

    told = "evidence_current: waived by rita: somebody was curious"
    chris.types("why", version, "deploy", "dev").ends(0).says(f"chris can deploy {version} to dev now", told)
    chris.types("plan", version, "dev").ends(0).says(told)
    shown = team.stranger().types("show", version, "--json").ends(0).json
    assert [(each["gate"], each["by"], each["counts"]) for each in shown["waivers"]] == [
        ("evidence_current", "user:rita", True)
    ]
    chris.types("deploy", version, "dev").ends(0).says(told, f"{version} is live in dev")
    team.stranger().types("log", version).ends(0).says("evidence_current waived by rita")


def test_a_waiver_ends_with_its_revision_and_its_rule(site: Site, gather: Gather) -> None:
    """After an amend, and under a policy that names others, it counts for nothing and is shown as such."""
    team = settled(gather())
    anna, chris, rita = (team.person(name) for name in ("anna", "chris", "rita"))
    version = team.approved()
    site.runs_again(version)
    rita.types("waive", version, "dev", "evidence_current", "-m", "it is the same").ends(0)
    team.demands(DEV.format(rule=LEADS), '\n[roles]\nlead = ["anna"]\n')
    anna.types("policy", "adopt", "--yes").ends(0)
    chris.types("deploy", version, "dev").ends(1).says(
        "no longer waived by rita (rita may not waive it any more) (evidence_current)", "(anna)"
    )
    settled(team)
    chris.types("amend", version, "--pipeline", site.runs_again(version), "-m", "the newest").ends(0)
    chris.types("test", version).ends(0)
    team.approves("dana", version, "dev")
    site.runs_again(version)
    chris.types("deploy", version, "dev").ends(1).says("no longer waived by rita (given for revision 1)")
    chris.types("show", version).ends(0).says("given for revision 1, no longer counts")


def test_what_nobody_may_waive_is_refused_when_it_is_written(gather: Gather) -> None:
    """With its line; so is a gate that does not exist, and a role without people."""
    team = gather()
    anna = team.person("anna")
    anna.types("db", "upgrade").ends(0)
    for gate, said in (("may_act", "which is nobody's to waive"), ("soakd", "waivable knows no gate soakd")):
        team.demands(DEV.format(rule=f'waivable = [{{ gate = "{gate}", role = "lead" }}]'), ROLES)
        anna.types("policy", "adopt", "--yes").ends(8).says("relflow.toml:", said)
    team.demands(DEV.format(rule=LEADS))
    anna.types("policy", "adopt", "--yes").ends(8).says("have no role lead")


@pytest.mark.slow
def test_time_and_a_tag_are_waived(site: Site, gather: Gather) -> None:
    """Each gate of time, and a tag that moved: each takes a word of its own, and then the job is played."""
    team = gather()
    gates = ("soaked", "in_window", "not_frozen", "ref_unmoved")
    waivable = ", ".join(f'{{ gate = "{gate}", role = "lead" }}' for gate in gates)
    closed = DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]  # noqa: TID251 - the stories run on real time
    rule = f'soak = "24h"\nwindow = ["{closed} 08:00-16:00"]\ntimezone = "UTC"\nwaivable = [{waivable}]\n'
    dev = '\n[[environments]]\nname = "dev"\njob = "deploy-dev"\n'
    team.demands(dev + PROD + rule, ROLES)
    team.settled()
    anna, chris, rita = (team.person(name) for name in ("anna", "chris", "rita"))
    version = team.deployed()
    anna.types("approve", version, "prod").ends(0)
    anna.types("freeze", "add", "prod", "--from", "2026-01-01", "--to", "2035-01-01", "-m", "inventory").ends(0)
    site.moves_tag(version)
    for waived, gate in enumerate(gates):
        refused = chris.types("deploy", version, "prod", "--yes", "--json").ends(1)
        assert {each["gate"] for each in refused.json["error"]["gates"]} == set(gates[waived:])
        rita.types("waive", version, "prod", gate, "-m", "the totals must be right today").ends(0)
    chris.types("deploy", version, "prod", "--yes").ends(0).says(f"{version} is live in prod")
    assert site.plays(version, "prod") == 1
