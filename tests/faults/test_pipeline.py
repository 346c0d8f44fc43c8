"""The one POST that starts a pipeline: whatever is lost and whoever dies, nothing sends it again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team
from tests.faults.mortals import KILLED, HastyTeam, Mortals
from tests.faults.test_racing import race

DOOR = "pipeline"


def slow(*values: object) -> Any:
    """A parameter of the slow run: each kind is classified in core/, and one of them goes all the way here."""
    return pytest.param(*values, marks=pytest.mark.slow)


def is_tested(team: Team, version: str) -> None:
    """Somebody else waits for the jobs of what was started, and takes it as evidence."""
    team.person("dana").types("test", version, "--wait").ends(0).says(f"{version} is tested: unit in pipeline")
    bound = team.release(version).pipeline
    assert bound is not None
    assert bound.id == max(team.site.pipelines(version))


def test_a_release_whose_pipeline_is_gone(site: Site, team: Team) -> None:
    """One is started; whoever comes then finds it there, and looking again starts nothing."""
    chris, version = team.person("chris"), team.version_without_pipeline()
    created = chris.types("create", version, "--run-pipeline", "--json").ends(0)
    assert created.events == ["release_created", "pipeline_requested", "pipeline_started"]
    assert (site.starts(), len(site.pipelines(version))) == (1, 1)
    is_tested(team, version)
    chris.types("create", version, "--run-pipeline").ends(1).says("(version_is_new)")
    team.person("dana").types("reconcile").ends(0)
    assert site.starts() == 1


def test_a_release_that_has_its_pipeline(site: Site, team: Team) -> None:
    """The push made it: nothing is asked for."""
    version = team.version()
    team.person("chris").types("create", version, "--run-pipeline").ends(0).says("already", "relflow test")
    assert (site.starts(), team.events(version)) == (0, ["release_created"])


def test_a_commit_that_asks_for_no_pipeline(site: Site, team: Team) -> None:
    """`[skip ci]` leaves a pipeline without a job, which serves nothing; the API does not mind those words."""
    version = team.version_to_come()
    site.skips(version)
    team.person("chris").types("create", version, "--run-pipeline").ends(0).says("is started")
    is_tested(team, version)
    assert site.starts() == 1


@pytest.mark.parametrize(
    "how",
    [
        {"kind": "lost_after"},
        slow({"kind": "truncated"}),
        slow({"kind": "status", "status": 502, "effect": True}),
        slow({"kind": "status", "status": 400, "effect": True}),
        slow({"kind": "html", "status": 201, "effect": True}),
        {"kind": "doubled", "seconds": 0.01},
    ],
    ids=lambda how: f"{how['kind']} {how.get('status', '')}".strip(),
)
def test_an_answer_that_was_lost(site: Site, team: Team, how: dict[str, object]) -> None:
    """It had its effect: the look that follows finds what was started, and the test takes it."""
    version = team.version_without_pipeline()
    site.goes_wrong(DOOR, "POST", **how)
    created = team.person("chris").types("create", version, "--run-pipeline", "--json").ends(0)
    assert created.events[-1] == "pipeline_started"
    assert (site.starts(), len(site.pipelines(version))) == (1, 1 + (how["kind"] == "doubled"))
    is_tested(team, version)
    assert site.starts() == 1


@pytest.mark.parametrize(
    "how", [{"kind": "lost_before"}, slow({"kind": "reset"}), slow({"kind": "status", "status": 500})]
)
def test_a_request_that_was_lost(site: Site, team: Team, how: dict[str, object]) -> None:
    """Nobody knows: exit 5, and the next step; nothing sends it again, and a person's own pipeline serves."""
    chris, version = team.person("chris"), team.version_without_pipeline()
    site.goes_wrong(DOOR, "POST", **how)
    ended = chris.types("create", version, "--run-pipeline", "--json").ends(5)
    assert (ended.json["error"]["kind"], ended.events[-1]) == ("unknown", "pipeline_unknown")
    assert f"relflow test {version} --wait" in ended.json["error"]["next"][0]
    chris.types("test", version).ends(1).says("(pipeline_found)")
    team.person("dana").types("reconcile").ends(0).says("no deployment is open")
    chris.types("create", version, "--run-pipeline").ends(1)
    assert (site.starts(), site.pipelines(version)) == (1, [])
    site.runs_again(version)
    is_tested(team, version)


def test_a_request_that_arrives_late(site: Site, team: Team) -> None:
    """The answer never came, the pipeline comes a moment later: `test --wait` waits for it."""
    version = team.version_without_pipeline()
    site.goes_wrong(DOOR, "POST", kind="late_delivery", seconds=1)
    team.person("chris").types("create", version, "--run-pipeline").ends(5).says("nobody knows yet")
    is_tested(team, version)
    assert (site.starts(), len(site.pipelines(version))) == (1, 1)


@pytest.mark.parametrize(("status", "words"), [(403, "403 Forbidden"), slow(404, "404"), slow(401, "401")])
def test_a_request_that_gitlab_refuses(site: Site, team: Team, status: int, words: str) -> None:
    """A plain no comes before any effect: exit 4, the release is there, and it is not looked behind."""
    version = team.version_without_pipeline()
    site.goes_wrong(DOOR, "POST", kind="status", status=status)
    ended = team.person("chris").types("create", version, "--run-pipeline", "--json").ends(4)
    assert (ended.events[-1], ended.asked[-1]) == ("pipeline_refused", "POST /projects/42/pipeline")
    assert words in ended.json["error"]["why"][0]
    assert team.release(version).state == "draft"


def test_a_branch_that_is_closed_to_developers(site: Site, team: Team) -> None:
    """Who may not push to main may run nothing for it: GitLab's 400, which is a no once a look shows nothing."""
    version = team.version_to_come()
    site.deletes_pipelines_of(site.moves_main())
    ended = team.person("chris").types("create", version, "--ref", "main", "--run-pipeline").ends(4)
    ended.says("400 You do not have sufficient permission to run a pipeline on 'main'", "/-/pipelines")
    assert ended.asked[-2:] == ("POST /projects/42/pipeline", "GET /projects/42/pipelines")
    assert team.events(version)[-1] == "pipeline_refused"


def test_a_ref_that_moves_meanwhile(site: Site, team: Team) -> None:
    """The pipeline runs at what main names by then: exit 3, and the amend that it asks for is served by it."""
    anna, version = team.person("anna"), team.version_to_come()
    site.deletes_pipelines_of(site.moves_main())
    site.goes_wrong(DOOR, "POST", kind="delay", at="before", seconds=60)
    creating = anna.starts("create", version, "--ref", "main", "--run-pipeline")
    eventually(site.starts)
    moved = site.moves_main()
    site.is_up()
    creating.ended().ends(3).says("main was moved", moved[:12], f"relflow amend {version} --ref main")
    anna.types("test", version).ends(1).says("(pipeline_found)")
    anna.types("amend", version, "--ref", "main", "-m", "main went on").ends(0)
    anna.types("test", version, "--wait").ends(0)
    assert (site.starts(), team.release(version).commit) == (1, moved)


def test_ctrl_c_while_it_is_on_its_way(site: Site, team: Team) -> None:
    """The release is there, so it is exit 5, and the test goes on."""
    version = team.version_without_pipeline()
    site.goes_wrong(DOOR, "POST", kind="delay", at="after", seconds=60)
    creating = team.person("chris").starts("create", version, "--run-pipeline")
    site.until(lambda: site.pipelines(version) or None)
    creating.interrupted().ended().ends(5).says("interrupted", f"relflow test {version} --wait")
    site.is_up()
    assert team.events(version) == ["release_created", "pipeline_requested"]
    is_tested(team, version)
    assert site.starts() == 1


@pytest.mark.slow
def test_six_who_create_one_version_at_once(site: Site, team: Team) -> None:
    """One of them does, and asks for one pipeline."""
    version = team.version_without_pipeline()
    names = ("anna", "ben", "chris", "dana", "emil", "anna")
    ended = race(team, *(f"{name} create {version} --run-pipeline" for name in names))
    assert sorted(each.code for each in ended) == [0, 1, 1, 1, 1, 1]
    assert (site.starts(), len(site.pipelines(version))) == (1, 1)
    is_tested(team, version)


@pytest.fixture
def people(site: Site, tmp_path: Path) -> Iterator[Mortals]:
    """A team with a policy in force, whose commands may die."""
    made = Mortals(HastyTeam(site, tmp_path).settled())
    yield made
    made.team.keeps_its_promises()


def dies_and_is_followed(people: Mortals, dies_at: int | str) -> bool:
    """The creation dies there; then somebody reconciles, tests, and goes on as they are told. Whether it died."""
    team, site = people.team, people.team.site
    version, sent = team.version_without_pipeline(), site.starts()
    died = people.types("chris", "create", version, "--run-pipeline", dies_at=dies_at).code == KILLED
    events = team.events(version)
    people.types("dana", "reconcile").ends(0).says("no deployment is open")
    if not events:
        assert (site.starts(), site.pipelines(version)) == (sent, [])
        people.types("dana", "create", version, "--run-pipeline").ends(0).says("is started")
    elif not site.pipelines(version):
        assert events == ["release_created", "pipeline_requested"]
        people.types("dana", "create", version, "--run-pipeline").ends(1).says("(version_is_new)")
        people.types("dana", "test", version).ends(1).says("(pipeline_found)")
        site.runs_again(version)
    people.types("dana", "test", version, "--wait").ends(0).says(f"{version} is tested")
    assert len(site.pipelines(version)) == 1
    assert site.starts() <= sent + team.events(version).count("pipeline_requested") == sent + 1
    people.kept()
    return died


@pytest.mark.slow
def test_whoever_dies_anywhere(people: Mortals) -> None:
    """Before, in and after every request and commit: one pipeline, no second POST, and no record lost."""
    for place in range(40):
        if not dies_and_is_followed(people, place):
            assert place > 8, "it must have died often before it lived"
            return
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize("dies_at", [slow("in T1"), "before run_pipeline", "after run_pipeline", slow("in T2")])
def test_whoever_dies_about_the_request(people: Mortals, dies_at: str) -> None:
    """Nothing was committed; announced and not sent; sent and not recorded."""
    assert dies_and_is_followed(people, dies_at)
