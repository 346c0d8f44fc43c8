"""The way of a release from draft to production, as the people of a team walk it."""

import pytest

from tests.acceptance.fixtures import Gather
from tests.acceptance.site import Site
from tests.acceptance.team import Team


@pytest.mark.parametrize("start", ["warm", pytest.param("cold", marks=pytest.mark.slow)])
def test_the_whole_walk(site: Site, gather: Gather, start: str) -> None:
    """From an empty folder to production: every step is a command, and every no says all its reasons."""
    team = gather()
    team.shell.is_cold = start == "cold"
    anna, ben, chris, dana, rita = (team.person(name) for name in ("anna", "ben", "chris", "dana", "rita"))
    version = team.version()

    anna.types("db", "upgrade").ends(0)
    anna.types("policy", "adopt", "--yes").ends(0)

    chris.types("create", f"v{version}", "--title", "Rounding").ends(0).says(f"v{version}")
    chris.types("deploy", version, "dev").ends(1).says(
        f"refused: cannot deploy {version} to dev", "(in_state)", "(quorum_met)", "(job_playable)", "next:"
    )
    chris.types("test", version).ends(0).says("unit in pipeline")
    chris.types("approve", version, "dev").ends(1).says("(four_eyes)", "anna, ben, dana or emil")
    rita.types("approve", version, "dev").ends(1).says("(may_approve)")
    dana.types("approve", version, "dev", "-m", "read the diff").ends(0).says("approved for dev")

    deployed = chris.types("deploy", version, "dev", "--json").ends(0)
    assert deployed.events == [
        "deployment_requested",
        "play_requested",
        "play_accepted",
        "deployment_settled",
        "release_deployed",
    ]
    assert deployed.json["release"]["state"] == "deployed-dev"
    assert deployed.json["deployment"]["outcome"] == "success"

    anna.types("approve", version, "prod").ends(0).says("1 of 2")
    anna.types("deploy", version, "prod").ends(2).says("--yes")
    anna.types("deploy", version, "prod", "--yes").ends(1).says("1 of 2 approvals given (quorum_met): anna", "ben")
    ben.types("approve", version, "prod").ends(0).says(f"{version} is approved for prod")
    anna.types("deploy", version, "prod", "--yes").ends(0).says(f"{version} is live in prod")

    places = {each["name"]: each for each in rita.types("status", "--json").ends(0).json["environments"]}
    assert {name: place["live"]["version"] for name, place in places.items()} == {"dev": version, "prod": version}
    assert places["prod"]["live"]["by"] == "user:anna"
    team.stranger().types("audit", "verify").ends(0).says("ok")
    assert (site.plays(version, "dev"), site.plays(version, "prod")) == (1, 1)


@pytest.mark.slow
def test_a_third_environment_between_the_two(site: Site, gather: Gather) -> None:
    """`staging` comes with its own approval and job, and no way leads around it."""
    team = gather(dev=1, staging=1, prod=1).settled()
    chris, dana = team.person("chris"), team.person("dana")
    version = team.approved()

    chris.types("deploy", version, "dev", "--no-wait").ends(0)
    site.job(version, "dev", "success")
    chris.types("reconcile").ends(0).says("success")
    dana.types("approve", version, "prod").ends(1).says("(in_state)", "(may_approve)", "Maintainer")
    team.approves("dana", version, "staging")
    # Only the last environment asks first.
    chris.types("deploy", version, "staging").ends(0).says(f"{version} is live in staging")
    team.approves("ben", version, "prod")
    chris.types("deploy", version, "prod", "--yes").ends(0)
    assert team.release(version).state == "deployed-prod"
    assert [site.runs(version, name) for name in ("dev", "staging", "prod")] == [1, 1, 1]


def test_a_failing_test_run_keeps_a_release_in_draft(team: Team) -> None:
    """The pipeline's own status hides the failure behind `manual`; relflow reads the jobs."""
    chris, version = team.person("chris"), team.version(fails=True)
    chris.types("create", version).ends(0)
    chris.types("test", version, "--wait").ends(1).says("unit failed", "(jobs_passed)")
    assert team.release(version).state == "draft"
    assert team.events(version) == ["release_created", "command_refused"]


def test_what_gitlab_does_not_have_is_refused(site: Site, team: Team) -> None:
    """A tag, a commit's pipeline, a deploy job: each missing thing is named."""
    chris = team.person("chris")
    chris.types("create", "77.0.0").ends(1).says("(ref_resolves)", "77.0.0")
    chris.types("create", "77.0.0", "--commit", site.commit_without_pipeline()).ends(0)
    chris.types("test", "77.0.0").ends(1).says("(pipeline_found)")

    bare = team.approved(deploys=False)
    refused = chris.types("deploy", bare, "dev", "--json").ends(1).json["error"]
    assert [gate["gate"] for gate in refused["gates"]] == ["job_playable"]
    assert "no job named deploy-dev" in refused["why"][0]
