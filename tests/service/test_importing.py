"""The past is read, shown and recorded once; what goes wrong on the way leaves nothing."""

from datetime import datetime, timedelta

import pytest

from relflow.core.errors import GitLabError
from relflow.core.events import CommandRefused, DriftDetected, ReleaseImported
from relflow.core.facts import Live, Pipeline
from relflow.service.app import No
from relflow.service.importing import Imported, Told, foresee, import_past, read_past
from relflow.service.playing import deploy
from relflow.service.reconciling import reconcile
from relflow.service.releases import create, record_test
from tests.doubles.clock import START
from tests.doubles.team import Team, done

DAY = timedelta(days=1)


def ran(team: Team, ref: str, *names: str, days: int = 9, by: str = "emil") -> Pipeline:
    """So many days before the policy was adopted somebody played these jobs."""
    return team.gitlab.ran_before(ref, START - days * DAY, *names, by=by)


def told(team: Team, by: str = "anna", since: datetime | None = None, most: int = 1_000) -> Told:
    """What GitLab tells that person."""
    return read_past(team.app(by), since, most)


def imports(team: Team, by: str = "anna") -> Imported:
    """What the past becomes, and is recorded."""
    result = import_past(team.app(by), told(team, by))
    assert isinstance(result, Imported), result
    return result


def live(team: Team, environment: str) -> Live:
    """What the environment runs."""
    with team.store.read() as book:
        found = book.environment(environment).live
    assert found is not None
    return found


def versions(team: Team) -> tuple[str, ...]:
    """Every release, the one first that was deployed last."""
    with team.store.read() as book:
        return book.versions()


def test_an_environment_runs_what_ran_there(team: Team) -> None:
    """Since when it did, and by whom; a failure and what still waits were never there."""
    ran(team, "v1.2.0", "deploy-dev", "deploy-prod", days=9, by="ben")
    last = ran(team, "v1.3.0", "deploy-dev", days=8)
    failed = ran(team, "v1.4.0", "deploy-dev", days=7)
    team.gitlab.change(team.gitlab.named(failed, "deploy-dev").id, "failed")
    result = imports(team)
    assert [each.version for each in result.releases] == ["1.2.0", "1.3.0"]
    assert {type(each.event) for each in result.recorded} == {ReleaseImported}
    assert versions(team) == ("1.3.0", "1.2.0")
    dev, prod = live(team, "dev"), live(team, "prod")
    assert (dev.version, dev.kind, dev.by, dev.commit) == ("1.3.0", "imported", "gitlab:emil", last.commit)
    assert dev.since == dev.at_latest == START - 8 * DAY + timedelta(minutes=1)
    assert (prod.version, prod.by) == ("1.2.0", "gitlab:ben")


def test_nothing_twice(team: Team) -> None:
    """A second time there is no event; what was deployed and tagged since relflow came is not its past."""
    ran(team, "v1.2.0", "deploy-dev")
    ran(team, "main", "deploy-dev", days=3)
    first = imports(team)
    assert [each.event.name for each in first.recorded] == ["release_imported", "drift_detected", "drift_accepted"]
    again = imports(team)
    assert (again.recorded, again.releases, again.noted, again.left_alone) == ((), (), (), ("1.2.0",))


def test_a_version_that_got_its_tag_later(team: Team) -> None:
    """What was only a commit is that version's deployment then, and no longer foreign."""
    pipeline = ran(team, "main", "deploy-dev")
    imports(team)
    assert (live(team, "dev").version, live(team, "dev").kind) == (None, "foreign")
    team.gitlab.refs["v1.2.0"] = pipeline.commit
    assert [each.version for each in imports(team).releases] == ["1.2.0"]
    assert (live(team, "dev").version, live(team, "dev").kind) == ("1.2.0", "imported")


def test_what_relflow_drives_is_not_touched(team: Team) -> None:
    """A release of that version, or one that has the pipeline, keeps its state, commit and row version."""
    ran(team, "v1.2.0", "deploy-dev")
    other = ran(team, "v1.3.0", "deploy-dev", days=8)
    done(create(team.app("chris"), "1.2.0", None, None))
    done(create(team.app("chris"), "2.0.0", "v1.3.0", None))
    done(record_test(team.app("chris"), "2.0.0"))
    before = team.release("1.2.0"), team.release("2.0.0")
    assert before[1].pipeline is not None
    assert before[1].pipeline.id == other.id
    result = imports(team)
    assert (result.releases, result.left_alone) == ((), ("1.2.0", "1.3.0"))
    assert (team.release("1.2.0"), team.release("2.0.0")) == before
    assert (live(team, "dev").commit, live(team, "dev").kind) == (other.commit, "foreign")


def test_what_relflow_deployed_is_live_still(team: Team) -> None:
    """The past lies before it, however late it is imported; and no run of the past is drift."""
    ran(team, "v1.2.0", "deploy-dev")
    team.tested("1.3.0")
    team.approved("1.3.0")
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.3.0", "dev"))
    assert [each.version for each in imports(team).releases] == ["1.2.0"]
    assert (live(team, "dev").version, live(team, "dev").kind) == ("1.3.0", "deploy")
    assert [each.event for each in reconcile(team.app("ben")).drifted if isinstance(each.event, DriftDetected)] == []
    assert team.release("1.2.0").deployments[0].id == 2


def test_a_run_since_relflow_came_is_drift(team: Team) -> None:
    """It is left to be found and accepted, by name."""
    pipeline = team.gitlab.push("v1.2.0")
    team.gitlab.play(team.gitlab.named(pipeline, "deploy-dev").id, "ben")
    team.gitlab.finish(team.gitlab.named(pipeline, "deploy-dev").id)
    assert imports(team).recorded == ()
    assert [type(each.event) for each in reconcile(team.app("ben")).drifted] == [DriftDetected]


def test_a_rehearsal_records_nothing(team: Team) -> None:
    """It tells what would become of the past, with the states and numbers that it then has."""
    ran(team, "v1.2.0", "deploy-dev", "deploy-prod")
    foreseen = foresee(team.app("anna"), told(team))
    assert isinstance(foreseen, Imported)
    assert foreseen.recorded == ()
    assert versions(team) == ()
    result = imports(team)
    assert [(each.version, each.state) for each in foreseen.releases] == [("1.2.0", "deployed-prod")]
    assert [each.deployments for each in result.releases] == [each.deployments for each in foreseen.releases]


def test_who_may_not(team: Team) -> None:
    """A developer is refused, which is recorded; a rehearsal says so, and leaves no record."""
    ran(team, "v1.2.0", "deploy-dev")
    known = told(team, "chris")
    foreseen, refused = foresee(team.app("chris"), known), import_past(team.app("chris"), known)
    assert isinstance(foreseen, No)
    assert isinstance(refused, No)
    assert foreseen.recorded == ()
    (recorded,) = refused.recorded
    assert isinstance(recorded.event, CommandRefused)
    assert (recorded.event.trigger, [each.gate for each in recorded.event.gates]) == ("import", ["may_act"])
    assert versions(team) == ()


def test_how_far_back(team: Team) -> None:
    """From a time on, or so many of each environment; of which there may be more is told."""
    for day, version in ((30, "v1.1.0"), (20, "v1.2.0"), (10, "v1.3.0")):
        ran(team, version, "deploy-dev", days=day)
    ran(team, "v1.1.0", "deploy-prod", days=29)
    since = told(team, since=START - 25 * DAY)
    assert ([each.version for each in since.past.versions], since.cut) == (["1.2.0", "1.3.0"], ())
    most = told(team, most=2)
    assert ([each.version for each in most.past.versions], most.cut) == (["1.1.0", "1.2.0", "1.3.0"], ("dev",))


def test_asking_costs_one_request_for_each_environment(team: Team) -> None:
    """Besides who asks, the members and the tags; recording costs none."""
    ran(team, "v1.2.0", "deploy-dev", "deploy-prod")
    team.gitlab.calls.clear()
    imports(team)
    assert [each.method for each in team.gitlab.calls] == [
        "identify",
        "members",
        "tags",
        "releases",
        "deployments",
        "deployments",
    ]


@pytest.mark.parametrize(("method", "nth"), [("tags", 1), ("releases", 1), ("deployments", 1), ("deployments", 2)])
def test_a_gitlab_that_fails_halfway(team: Team, method: str, nth: int) -> None:
    """Nothing is recorded; the next time all of it is there."""
    ran(team, "v1.2.0", "deploy-dev", "deploy-prod")
    team.gitlab.fail(method, nth=nth)
    with pytest.raises(GitLabError):
        told(team)
    assert versions(team) == ()
    assert [each.version for each in imports(team).releases] == ["1.2.0"]


def test_two_at_once(team: Team) -> None:
    """Who comes second has read the same past, and records none of it once more."""
    ran(team, "v1.2.0", "deploy-dev")
    ran(team, "main", "deploy-dev", days=3)
    first, second = told(team, "anna"), told(team, "ben")
    import_past(team.app("anna"), first)
    late = import_past(team.app("ben"), second)
    assert isinstance(late, Imported)
    assert (late.recorded, late.left_alone) == ((), ("1.2.0",))
