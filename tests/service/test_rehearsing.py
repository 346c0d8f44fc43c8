"""A rehearsal: what a look would record is told, by the rules that record it, and nothing is there afterwards."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from relflow.core.errors import GitLabError
from relflow.core.events import DriftDetected
from relflow.core.starting import QUIET
from relflow.service.app import Done
from relflow.service.playing import deploy
from relflow.service.reconciling import Reconciled, reconcile
from relflow.service.rehearsing import rehearse
from tests.doubles.gitlab import NO_ANSWER, PlayFault
from tests.doubles.team import Team
from tests.service.test_playing import cloned_by, dev_job, ready, troubled

__all__ = ["ready"]


def ran(team: Team, status: str, by: str = "chris") -> None:
    """The job was started by that person, and is so far."""
    team.gitlab.play(dev_job(team).id, by)
    team.gitlab.change(dev_job(team).id, status)


def twice(team: Team) -> None:
    """It ran, and emil ran it again."""
    ran(team, "success")
    team.gitlab.finish(cloned_by(team, dev_job(team), "emil").id)


FOUND: dict[str, tuple[Callable[[Team], None], list[str]]] = {
    "success": (lambda team: ran(team, "success"), ["deployment_settled", "release_deployed"]),
    "failed": (lambda team: ran(team, "failed"), ["deployment_settled"]),
    "somebody else's": (
        lambda team: ran(team, "success", "emil"),
        ["deployment_settled", "release_deployed", "drift_detected", "release_held"],
    ),
    "two runs": (twice, ["drift_detected", "release_held"]),
    "gone": (lambda team: team.gitlab.delete(dev_job(team).id), ["release_held"]),
    "running": (lambda team: ran(team, "running"), []),
    "waiting": (lambda team: team.clock.jump(QUIET), []),
}


@pytest.mark.parametrize("shown", FOUND)
def test_a_rehearsal_tells_what_is_recorded_then(ready: Team, shown: str) -> None:
    """The same events under the same numbers, by one look and without waiting: so nothing was written between."""
    happens, events = FOUND[shown]
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    happens(ready)
    ready.heard.on_look = lambda job: None
    before, slept = ready.release("1.4.0"), list(ready.clock.slept)
    told = rehearse(ready.app("dana"))
    assert (ready.release("1.4.0"), ready.clock.slept) == (before, slept)
    assert [event for _, event in recorded(told)] == events
    then = reconcile(ready.app("dana"), timeout_s=0)
    assert recorded(told) == recorded(then)
    assert [steps(done) for done in told.results] == [steps(done) for done in then.results]
    assert (told.drifted, len(ready.gitlab.plays())) == ((), 1)


def recorded(result: Reconciled) -> list[tuple[int, str]]:
    """Numbers and events."""
    return [(each.seq, each.event.name) for done in result.results for each in done.recorded]


def steps(done: Done) -> object:
    """How far the deployment is, and what to type."""
    assert done.deployment is not None
    return done.deployment.phase, done.deployment.outcome, done.deployment.odd, done.trouble and done.trouble.next_step


def test_a_run_that_went_past_relflow_is_told(ready: Team) -> None:
    """It would be drift, and is none yet."""
    reconcile(ready.app("dana"))
    ran(ready, "success", "emil")
    told = rehearse(ready.app("dana"))
    [found] = [each.event for each in told.drifted]
    assert isinstance(found, DriftDetected)
    assert (found.job_id, found.played_by) == (dev_job(ready).id, "gitlab:emil")
    assert ready.release("1.4.0").state == "approved-dev"
    first, *_ = [each.event for each in reconcile(ready.app("dana")).drifted]
    assert replace(first, at=found.at) == found


def test_a_rehearsal_that_fails_leaves_nothing_and_lets_the_lock_go(ready: Team) -> None:
    """GitLab knows nobody: the error says so, and the next who writes can."""
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.fail("identify", 401)
    with pytest.raises(GitLabError):
        rehearse(ready.app("dana"))
    ran(ready, "success")
    rehearse(ready.app("dana"))
    assert reconcile(ready.app("dana")).results[0].trouble is None
