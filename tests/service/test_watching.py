"""Watching: every open deployment is told when it is first seen and whenever it moved on, until none is open."""

from collections.abc import Callable

import pytest

from relflow.core.errors import UsageError
from relflow.core.facts import Job
from relflow.service.app import Done
from relflow.service.playing import deploy, rollback
from relflow.service.reconciling import reconcile
from relflow.service.watching import watch
from tests.doubles.gitlab import PlayFault
from tests.doubles.team import Team, done
from tests.service.test_playing import dev_job, troubled
from tests.service.test_trying_again import brought


@pytest.fixture
def flying(team: Team) -> Team:
    """1.4.0 is being deployed to dev, by a process that is gone."""
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    return team


def told(results: list[Done]) -> list[tuple[int, str, str | None]]:
    """Of each line: the deployment, its phase and its outcome."""
    return [(each.deployment.id, each.deployment.phase, each.deployment.outcome) for each in results if each.deployment]


def test_it_ends_with_the_deployment_and_records_that(flying: Team) -> None:
    """Nobody else was left to look; the last line has no trouble."""
    flying.runs_at_once()
    results = list(watch(flying.app("rita")))
    assert told(results) == [(1, "accepted", None), (1, "settled", "success")]
    assert results[-1].trouble is None
    assert flying.release("1.4.0").state == "deployed-dev"


def test_nothing_open_is_nothing_to_watch(team: Team) -> None:
    """GitLab is not even asked; a version that is not there is a usage error."""
    team.tested("1.4.0")
    team.gitlab.calls.clear()
    assert list(watch(team.app("rita"))) == []
    assert list(watch(team.app("rita"), "1.4.0")) == []
    assert team.gitlab.calls == []
    with pytest.raises(UsageError, match=r"no release 1\.4\.1"):
        list(watch(team.app("rita"), "1.4.1"))


def test_a_failure_is_trouble(flying: Team) -> None:
    """The last word says how to try again."""
    flying.runs_at_once("failed")
    troubled(list(watch(flying.app("rita")))[-1], "failed")


def test_an_end_that_somebody_else_recorded_is_told(flying: Team) -> None:
    """Between two looks a reconcile settled it: the watcher says how it ended, and looks no more."""

    def elsewhere(job: Job) -> None:
        flying.heard.on_look = lambda job: None
        flying.gitlab.finish(job.id)
        reconcile(flying.app("dana"))

    flying.heard.on_look = elsewhere
    results = list(watch(flying.app("rita")))
    assert told(results) == [(1, "accepted", None), (1, "settled", "success")]
    assert [each.recorded for each in results] == [(), ()]


@pytest.fixture
def pair(team: Team) -> Team:
    """Two jobs run: 1.3.0 is deployed to prod again, by deployment 4, and 1.4.0 to dev, by 5."""
    brought(team, "1.3.0", "dev", "prod")
    brought(team, "1.4.0", "dev")
    done(rollback(team.app("chris"), "1.3.0", "prod", "x", wait=False))
    done(rollback(team.app("chris"), "1.4.0", "dev", "x", wait=False))
    return team


def test_the_one_that_ends_first_does_not_end_the_watch(pair: Team) -> None:
    """The other is looked at until it ends, too, and both are told."""

    def dev_is_slow(job: Job) -> None:
        if job.name == "deploy-prod" or len(pair.heard.looks) > 6:
            pair.gitlab.finish(job.id)

    pair.heard.on_look = dev_is_slow
    results = list(watch(pair.app("rita")))
    assert told(results)[-2:] == [(4, "settled", "success"), (5, "settled", "success")]


def test_what_is_odd_about_one_is_told_once_while_the_other_goes_on(pair: Team) -> None:
    """A person has to decide about it: looking again and again shows nothing new."""

    def dev_is_gone(job: Job) -> None:
        if job.name == "deploy-dev":
            pair.gitlab.delete(job.id)
        elif len(pair.heard.looks) > 6:
            pair.gitlab.finish(job.id)

    pair.heard.on_look = dev_is_gone
    results = list(watch(pair.app("rita")))
    assert told(results) == [
        (4, "accepted", None),
        (5, "accepted", None),
        (5, "accepted", None),
        (4, "settled", "success"),
    ]
    troubled(results[2], "unknown")


def test_what_somebody_else_settled_is_told_while_the_other_goes_on(pair: Team) -> None:
    """Once, as soon as it is seen, and with nothing recorded by us."""

    def elsewhere(job: Job) -> None:
        pair.runs_at_once()
        list(watch(pair.app("dana"), "1.3.0"))
        pair.heard.on_look = lambda job: pair.runs_at_once() if len(pair.heard.looks) > 6 else None

    pair.heard.on_look = elsewhere
    results = list(watch(pair.app("rita")))
    assert told(results)[-2:] == [(4, "settled", "success"), (5, "settled", "success")]
    assert results[-2].recorded == ()
    assert results[-1].recorded


def test_several_at_once_and_only_ones_own(pair: Team) -> None:
    """Without a version all of them, with one its own."""
    team = pair
    team.runs_at_once()
    mine = list(watch(team.app("rita"), "1.4.0"))
    assert {each.release.version for each in mine} == {"1.4.0"}
    rest = list(watch(team.app("rita")))
    assert {each.release.version for each in rest} == {"1.3.0"}


def test_one_that_begins_meanwhile_joins(team: Team) -> None:
    """A colleague asks for another while it is watched."""
    brought(team, "1.3.0", "dev", "prod")
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))

    def begin(job: Job) -> None:
        team.runs_at_once()
        done(rollback(team.app("dana"), "1.3.0", "prod", "x", wait=False))

    team.heard.on_look = begin
    results = list(watch(team.app("rita")))
    assert told(results)[0] == (3, "accepted", None)
    assert {number: outcome for number, _, outcome in told(results)} == {3: "success", 4: "success"}


def test_it_moves_on_with_the_deployment(team: Team) -> None:
    """What the deploying process records meanwhile is told, and looked at as it is then."""
    team.approved(team.tested("1.4.0").version)
    watcher = watch(team.app("rita"))
    lines: list[Done] = []
    team.gitlab.before("job", lambda: lines.append(next(watcher)))
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    team.runs_at_once()
    lines += watcher
    assert told(lines) == [(1, "intended", None), (1, "accepted", None), (1, "settled", "success")]
    assert team.release("1.4.0").state == "deployed-dev"


def test_a_job_that_was_not_ours_is_trouble_whoever_recorded_its_end(team: Team) -> None:
    """A reconcile settled it and held the release: the watcher's last word says so as well."""
    team.approved(team.tested("1.4.0").version)
    team.gitlab.before("play", lambda: team.gitlab.play(dev_job(team).id, "emil"))
    troubled(deploy(team.app("chris"), "1.4.0", "dev", timeout_s=5), "unknown")

    def elsewhere(job: Job) -> None:
        team.runs_at_once()
        reconcile(team.app("dana"))

    team.heard.on_look = elsewhere
    last = troubled(list(watch(team.app("rita")))[-1], "failed")
    assert last.trouble is not None
    assert "was started by emil" in last.trouble.why[0]


def test_watching_only_looks(flying: Team) -> None:
    """Whatever it sees, it starts and stops nothing; and one end is recorded once."""
    flying.runs_at_once()
    flying.gitlab.calls.clear()
    list(watch(flying.app("rita")))
    assert {call.method for call in flying.gitlab.calls} == {"identify", "job", "jobs"}
    assert list(watch(flying.app("rita"))) == []


OUTAGES: dict[str, Callable[[Team], object]] = {
    "a look": lambda team: team.gitlab.fail("job"),
    "the end": lambda team: team.gitlab.fail("jobs"),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_leaves_it_open(flying: Team, outage: str) -> None:
    """The last word says that it is open, why, and what goes on from there."""
    flying.runs_at_once()
    OUTAGES[outage](flying)
    last = list(watch(flying.app("rita")))[-1]
    troubled(last, "unknown")
    assert last.trouble is not None
    assert "GitLab is in trouble itself" in last.trouble.why
    assert list(watch(flying.app("rita")))[-1].trouble is None


def test_a_play_that_never_arrived_is_given_up_after_a_while(team: Team) -> None:
    """Nothing starts: a person has to decide, and is told."""
    team.approved(team.tested("1.4.0").version)
    team.gitlab.play_faults.append(PlayFault("never"))
    troubled(deploy(team.app("chris"), "1.4.0", "dev"), "unknown")
    last = list(watch(team.app("rita")))[-1]
    troubled(last, "unknown")
    assert dev_job(team).status == "manual"
