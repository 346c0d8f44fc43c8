"""Stopping the line, and other people's hands on the same jobs: what GitLab did is never lost."""

import json

import pytest

from relflow.service.holding import hold
from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team


def test_a_hold_while_the_job_runs(site: Site, team: Team) -> None:
    """The job goes on; the release stays held, with the truth about dev, and resume leads to deployed-dev."""
    chris, dana, rita = (team.person(name) for name in ("chris", "dana", "rita"))
    version = team.approved()
    dana.types("hold", version, "-m", "wait for the auditors").ends(0)
    chris.types("deploy", version, "dev").ends(1).says("held, from approved-dev", f"relflow resume {version} -m REASON")
    dana.types("resume", version, "-m", "they were here").ends(0).says("approved-dev")

    site.holds(version, "dev")
    deploying = chris.starts("deploy", version, "dev").until_it_says("running")
    rita.types("hold", version, "-m", "the totals look wrong").ends(0)
    site.lets_go(version, "dev")
    deploying.ended().ends(0).says("success")
    release = team.release(version)
    assert (release.state, release.held_from) == ("held", "deployed-dev")
    dana.types("resume", version, "-m", "an old export").ends(0).says(f"{version} is back in deployed-dev")
    assert site.plays(version, "dev") == 1


def test_a_hold_before_the_play(site: Site, team: Team) -> None:
    """Whoever stops the line before the job is armed is obeyed: nothing is sent, nothing stays open."""
    version = team.approved()
    site.goes_wrong("jobs/*", kind="delay", seconds=4)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: "deployment_requested" in team.events(version))
    hold(team.app("rita"), version, "wait")
    deploying.ended().ends(3).says("nothing was deployed", "held meanwhile")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])
    assert team.release(version).held_from == "approved-dev"


def test_a_job_that_fails(site: Site, team: Team) -> None:
    """Exit 6, the state is as before, and a new attempt retries the job, once."""
    chris, version = team.person("chris"), team.approved()
    site.breaks(version, "dev")
    failed = chris.types("deploy", version, "dev", "--json").ends(6)
    assert (failed.json["release"]["state"], failed.json["deployment"]["outcome"]) == ("approved-dev", "failed")
    assert failed.json["error"]["kind"] == "failed"
    assert failed.json["error"]["next"] == [f"relflow deploy {version} dev     runs the job again"]

    site.mends(version, "dev")
    again = chris.types("deploy", version, "dev", "--json").ends(0)
    assert again.json["deployment"]["attempt"] == 2
    assert again.json["deployment"]["base_job"] == failed.json["deployment"]["job"]["id"]
    assert again.json["release"]["state"] == "deployed-dev"
    assert (site.plays(version, "dev"), site.runs(version, "dev")) == (2, 2)


def test_a_hold_that_cancels_the_job(site: Site, team: Team) -> None:
    """The job ends in GitLab, the deployment as canceled, and the release can be resumed and deployed anew."""
    chris, dana, version = team.person("chris"), team.person("dana"), team.approved()
    site.holds(version, "dev")
    chris.types("deploy", version, "dev", "--no-wait").ends(0)
    site.job(version, "dev", "running")
    canceled = dana.types("hold", version, "--cancel-job", "-m", "wrong totals", "--json").ends(0)
    assert canceled.events == ["release_held", "deployment_settled"]
    assert canceled.json["deployment"]["outcome"] == "canceled"
    assert site.job(version, "dev").status == "canceled"
    dana.types("resume", version, "-m", "totals are right").ends(0)
    site.lets_go(version, "dev")
    chris.types("deploy", version, "dev").ends(0).says("retrying deploy-dev", f"{version} is live in dev")


def test_watching_what_is_open(site: Site, team: Team) -> None:
    """Whoever did not wait, and a colleague, see each step on a line, and how it ended."""
    version = team.approved()
    team.stranger().types("watch", "--json").ends(8)
    rita = team.person("rita")
    rita.types("watch").ends(0).says("no deployment is open")
    site.holds(version, "dev")
    team.person("chris").types("deploy", version, "dev", "--no-wait").ends(0)
    site.job(version, "dev", "running")
    watching = rita.starts("watch", version, "--json").until_it_says("running")
    site.lets_go(version, "dev")
    lines = [json.loads(line) for line in watching.ended().ends(0).out.splitlines()]
    assert [(each["version"], each["phase"], each["outcome"]) for each in lines] == [
        (version, "accepted", None),
        (version, "settled", "success"),
    ]
    assert team.release(version).state == "deployed-dev"


def test_asking_before_acting(site: Site, team: Team) -> None:
    """`why` and `plan` say what the command would, ask at most eight times, and leave no trace."""
    chris, rita = team.person("chris"), team.person("rita")
    old, version = team.deployed(), team.tested()
    before = team.events(version)
    chris.types("why", version, "deploy", "dev").ends(0).says(
        f"chris cannot deploy {version} to dev", "0 of 1 approvals given (quorum_met)", "relflow approve"
    )
    chris.types("plan", version, "dev").ends(1).says("(quorum_met)", f"it replaces     {old}", "1 commit")
    rita.types("why", version, "approve", "dev", "--actor", "dana").ends(0).says(
        f"dana can approve {version} for dev now"
    )
    team.approves("dana", version, "dev")
    planned = chris.types("plan", version, "dev", "--json").ends(0).json
    assert planned["verdict"]["allowed"]
    assert (planned["play"]["job"]["id"], planned["rollback_to"]) == (site.job(version, "dev").id, old)
    assert team.events(version) == [*before, "approval_given", "release_approved"]
    assert site.plays(version, "dev") == 0


def test_a_rollback(site: Site, team: Team) -> None:
    """It asks first, runs the job of what ran before once more, and holds what it replaces."""
    chris, dana = team.person("chris"), team.person("dana")
    old, new = team.deployed(), team.deployed()
    chris.types("rollback", "dev", "-m", "rounding").ends(2).says(f"relflow rollback dev --to {old} -m rounding --yes")
    back = chris.types("rollback", "dev", "-m", "rounding", "--yes", "--json").ends(0)
    assert (back.json["release"]["version"], back.json["deployment"]["kind"]) == (old, "rollback")
    places = {each["name"]: each for each in dana.types("status", "--json").ends(0).json["environments"]}
    assert (places["dev"]["live"]["version"], places["dev"]["live"]["kind"]) == (old, "rollback")
    assert (team.release(new).state, team.release(new).held_from) == ("held", "deployed-dev")
    dana.types("log", "--event", "deployment_requested", "--limit", "1").ends(0).says("rounding")
    assert (site.plays(old, "dev"), site.runs(old, "dev")) == (2, 2)


def test_a_click_before_relflow_looks(site: Site, team: Team) -> None:
    """A job that somebody started in GitLab is not played again; the refusal names them."""
    version = team.approved()
    site.clicked("emil", version, "dev")
    site.job(version, "dev", "success")
    team.person("chris").types("deploy", version, "dev").ends(1).says("started by emil already", "(job_playable)")
    assert site.runs(version, "dev") == 1


def test_a_click_between_looking_and_arming(site: Site, team: Team) -> None:
    """The last look before the play sees it: nothing is sent, and it is a conflict."""
    version = team.approved()
    play = {"path": f"/projects/42/jobs/{site.job(version, 'dev').id}/play"}
    site.goes_wrong("jobs/*", kind="person", user="emil", act=play)
    team.person("chris").types("deploy", version, "dev").ends(3).says("nothing was played", "emil")
    assert (site.plays(version, "dev"), site.runs(version, "dev"), team.open_deployments()) == (0, 1, [])


def test_a_click_between_arming_and_playing(site: Site, team: Team) -> None:
    """GitLab answers 400 and the job is emil's: what runs is recorded, and the release is held, exit 6."""
    chris, version = team.person("chris"), team.approved()
    play = {"path": f"/projects/42/jobs/{site.job(version, 'dev').id}/play"}
    site.goes_wrong("jobs/*/play", "POST", kind="person", user="emil", act=play)
    odd = chris.types("deploy", version, "dev", "--json").ends(6)
    assert "drift_detected" in odd.events
    assert (odd.json["release"]["state"], odd.json["release"]["held_from"]) == ("held", "deployed-dev")
    assert "emil" in odd.json["error"]["why"][0]
    assert (site.plays(version, "dev"), site.runs(version, "dev"), team.open_deployments()) == (1, 1, [])


def test_a_click_past_relflow(site: Site, team: Team) -> None:
    """The next look finds it, once, and holds the release; taken note of, it is the release's own deployment."""
    chris, dana, version = team.person("chris"), team.person("dana"), team.approved()
    site.clicked("emil", version, "dev")
    site.job(version, "dev", "success")
    found = dana.types("reconcile").ends(6).says("went past relflow", f"{version} is held")
    number = found.err.partition("relflow drift accept dev ")[2].split()[0]
    dana.types("reconcile").ends(0)
    dana.types("drift").ends(0).says(f"relflow drift accept dev {number}", version)
    chris.types("resume", version, "-m", "go on").ends(1).says("(not_drifted)")
    chris.types("drift", "accept", "dev", number, "-m", "emil had to").ends(0).says("a foreign one")
    chris.types("resume", version, "-m", "go on").ends(0).says(f"{version} is back in deployed-dev")
    assert team.events(version).count("drift_detected") == 1
    assert (site.plays(version, "dev", by="chris"), site.runs(version, "dev")) == (0, 1)


@pytest.mark.slow
def test_a_second_run_while_we_watch(site: Site, team: Team) -> None:
    """Play on the finished job starts a clone: the release is held, and a person closes the deployment."""
    chris, dana, version = team.person("chris"), team.person("dana"), team.approved()
    site.holds(version, "dev")
    deploying = chris.starts("deploy", version, "dev").until_it_says("running")
    # The list of jobs at the end of the watch waits until emil's run can be seen in it.
    site.goes_wrong("pipelines/*/jobs", kind="delay", seconds=5)
    site.lets_go(version, "dev")
    first = site.job(version, "dev", "success")
    site.clicked("emil", version, "dev")
    site.until(lambda: site.job(version, "dev").id != first.id and site.job(version, "dev", "running", "success"))
    deploying.ended().ends(5).says("ran again outside this deployment", "emil", "relflow reconcile --abandon 1")
    assert team.release(version).state == "held"
    dana.types("reconcile").ends(5).says("relflow reconcile --abandon 1 -m REASON")
    dana.types("reconcile", "--abandon", 1, "-m", "looked at both runs").ends(0)
    assert team.open_deployments() == []
    assert team.events(version).count("drift_detected") == 1
    assert (site.plays(version, "dev", by="chris"), site.runs(version, "dev")) == (1, 2)
