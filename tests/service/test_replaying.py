"""Replaying: one more POST on a person's word, never beside another, and whoever was at it before records nothing."""

from datetime import timedelta

import pytest

from relflow.core.answers import PlayAnswer
from relflow.core.errors import GitLabError, UsageError
from relflow.core.release import Deployment
from relflow.core.starting import QUIET
from relflow.service.app import Conflict, Later, No, Outcome
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.reconciling import abandon, reconcile
from relflow.service.replaying import replay
from tests.doubles.gitlab import NO_ANSWER, PlayFault
from tests.doubles.team import Team, done
from tests.service.test_playing import Killed, cloned_by, dev_job, open_one, ready, troubled
from tests.service.test_trying_again import brought
from tests.service.test_walk import gates, names

__all__ = ["ready"]

WHY = "the network was down"


def lost(team: Team, effect: str = "never") -> Deployment:
    """Chris's deployment of 1.4.0 to dev, whose play had no answer; it arrives later, or never."""
    team.gitlab.play_faults.append(PlayFault(effect, NO_ANSWER))
    result = troubled(deploy(team.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    return result.deployment


@pytest.fixture
def quiet(ready: Team) -> Team:
    """A play was lost, and ten minutes are over."""
    lost(ready)
    ready.clock.jump(QUIET)
    return ready


def test_a_lost_play_is_replayed(quiet: Team) -> None:
    """One more POST, announced under the next epoch before it leaves; then as any other deployment."""
    phases: list[tuple[str, int]] = []
    quiet.gitlab.before("play", lambda: phases.append((open_one(quiet).phase, open_one(quiet).epoch)))
    result = done(replay(quiet.app("dana"), 1, WHY))
    assert phases == [("armed", 2)]
    assert names(result) == [
        "deployment_taken_over",
        "play_requested",
        "play_accepted",
        "deployment_settled",
        "release_deployed",
    ]
    assert (result.release.state, len(quiet.gitlab.plays())) == ("deployed-dev", 2)
    with quiet.store.read() as book:
        live = book.environment("dev").live
    assert live is not None
    assert live.by == "user:chris", "dana went on with what chris had asked for"


def test_a_replay_that_nobody_waits_for(quiet: Team) -> None:
    """It returns once GitLab accepted the play; the job goes on, and anybody's look records its end."""
    result = done(replay(quiet.app("dana"), 1, WHY, wait=False))
    assert names(result) == ["deployment_taken_over", "play_requested", "play_accepted"]
    assert open_one(quiet).phase == "accepted"


def test_at_most_eight_requests_before_the_play(quiet: Team) -> None:
    """As before the first one."""
    quiet.gitlab.calls.clear()
    done(replay(quiet.app("dana"), 1, WHY))
    methods = [call.method for call in quiet.gitlab.calls]
    assert methods[: methods.index("play")] == ["identify", "members", "jobs", "pipelines", "tag", "freezes", "job"]


def test_what_to_do_about_a_job_that_nobody_started_is_said(ready: Team) -> None:
    """Both commands, and from when on; afterwards without a time."""
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    first = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    lines = ("relflow reconcile --replay 1 -m REASON", "relflow reconcile --abandon 1 -m REASON")
    played_at = open_one(ready).played_at
    assert played_at is not None
    assert first.trouble is not None
    until = played_at + QUIET
    assert first.trouble.next_step == ("relflow reconcile", *(Later(line, until) for line in lines))
    ready.clock.jump(QUIET)
    [again] = reconcile(ready.app("dana")).results
    assert again.trouble is not None
    assert again.trouble.next_step == lines


def test_a_job_that_cannot_be_played_is_not_said_to_be(quiet: Team) -> None:
    """Nothing but a word helps where GitLab skipped it."""
    quiet.gitlab.change(dev_job(quiet).id, "skipped")
    [again] = reconcile(quiet.app("dana")).results
    assert again.trouble is not None
    assert again.trouble.next_step == ("relflow reconcile --abandon 1 -m REASON",)
    assert "job_unstarted" in gates(replay(quiet.app("dana"), 1, WHY))


def test_a_replay_before_its_time_is_refused_and_sends_nothing(ready: Team) -> None:
    """The first play may still arrive."""
    lost(ready)
    early = replay(ready.app("dana"), 1, WHY)
    assert gates(early) == {"quiet_period_over"}
    assert isinstance(early, No)
    assert [each.event.name for each in early.recorded] == ["command_refused"]
    assert len(ready.gitlab.plays()) == 1


def test_a_clock_that_is_behind_replays_nothing(quiet: Team) -> None:
    """The quiet period of this play would be over too early for whoever decides next."""
    quiet.gitlab.answers_at = quiet.clock.now() + timedelta(hours=1)
    refused = replay(quiet.app("dana"), 1, "it never came")
    assert gates(refused) == {"quiet_period_over"}
    assert isinstance(refused, No)
    assert "behind GitLab's" in (refused.refusals[0].why or "")


def test_what_was_never_sent_is_played_at_once(ready: Team) -> None:
    """The laptop died between the request and the play: nobody waits for anything."""
    ready.gitlab.before("job", _kill)
    with pytest.raises(Killed):
        deploy(ready.app("chris"), "1.4.0", "dev")
    assert done(replay(ready.app("dana"), 1, WHY)).release.state == "deployed-dev"
    assert len(ready.gitlab.plays()) == 1


def _kill() -> None:
    raise Killed


def test_a_first_play_that_arrived_is_not_played_over(quiet: Team) -> None:
    """It runs: watch it. It ended: record that."""
    quiet.gitlab.play(dev_job(quiet).id, "chris")
    assert "job_unstarted" in gates(replay(quiet.app("dana"), 1, WHY))
    quiet.gitlab.finish(dev_job(quiet).id)
    assert "job_unstarted" in gates(replay(quiet.app("dana"), 1, WHY))
    assert done(reconcile(quiet.app("dana")).results[0]).release.state == "deployed-dev"
    assert len(quiet.gitlab.plays()) == 1


def test_one_that_arrives_beyond_the_quiet_period_is_settled_if_it_is_the_only_run(ready: Team) -> None:
    """Between dana's last look and her POST: GitLab answers 400, and chris is no stranger."""
    lost(ready, "later")
    ready.clock.jump(QUIET)
    ready.gitlab.before("play", ready.gitlab.deliver)
    result = done(replay(ready.app("dana"), 1, WHY))
    assert "play_unknown" in names(result)
    assert "drift_detected" not in names(result)
    assert result.release.state == "deployed-dev"


def test_two_runs_beyond_the_quiet_period_are_held_and_never_silent(ready: Team) -> None:
    """The first play arrives and ends before the second does: GitLab clones the job. A person decides."""
    lost(ready, "later")
    ready.clock.jump(QUIET)

    def arrives() -> None:
        ready.gitlab.deliver()
        ready.gitlab.finish(dev_job(ready).id)

    ready.gitlab.before("play", arrives)
    result = troubled(replay(ready.app("dana"), 1, WHY), "unknown")
    assert names(result)[-2:] == ["drift_detected", "release_held"]
    assert result.release.state == "held"
    assert result.deployment is not None
    assert "ran again" in (result.deployment.odd or "")
    ready.gitlab.finish(dev_job(ready).id)
    assert done(abandon(ready.app("dana"), 1, "looked at both")).release.state == "held"


def test_two_people_replay_once(quiet: Team) -> None:
    """While dana asks GitLab, emil replays: dana is told, and sends nothing."""
    first: list[Outcome] = []
    quiet.heard.on_look = lambda job: None
    quiet.gitlab.before("job", lambda: first.append(replay(quiet.app("emil"), 1, "mine", 1)))
    second = replay(quiet.app("dana"), 1, WHY)
    assert gates(second) == {"job_unstarted"}
    troubled(first[0], "unknown")
    assert [call.username for call in quiet.gitlab.plays()] == ["chris", "emil"]
    assert open_one(quiet).epoch == 2


def test_i7_a_late_answer_changes_nothing_and_its_process_tells_the_truth(ready: Team) -> None:
    """Chris's machine sleeps over the answer, dana replays: what chris's process records is nothing, and it goes on."""
    told: list[Outcome] = []

    def sleeps() -> None:
        ready.clock.jump(QUIET)
        told.append(replay(ready.app("dana"), 1, WHY))

    ready.gitlab.play_faults.append(PlayFault("never", PlayAnswer(None, None, "Connection refused", was_sent=False)))
    ready.gitlab.before("play", sleeps)
    # The fault meets dana's POST, which is the first that GitLab gets; that of chris starts the job.
    result = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert "play_accepted" not in names(result)
    assert any("taken over by dana, epoch 2" in note for note in ready.heard.notes)
    assert result.release.state == "deployed-dev"
    troubled(told[0], "unknown")


def taken_over(team: Team) -> str:
    """What is said of dana's deployment, with the time of the takeover on the local clock."""
    at = open_one(team).played_at
    assert at is not None
    return f"deployment 1 was taken over by dana, epoch 2, at {at.astimezone():%Y-%m-%d %H:%M:%S %z}"


def test_who_answers_late_is_told_since_when_it_is_another_s(ready: Team) -> None:
    """Chris's answer comes after dana's takeover: what cannot be recorded says whose it is, and since when."""

    def overtaken() -> None:
        ready.clock.jump(QUIET)
        troubled(replay(ready.app("dana"), 1, WHY, 1), "unknown")

    ready.heard.on_look = lambda job: None
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    ready.gitlab.before("play", overtaken)
    troubled(deploy(ready.app("chris"), "1.4.0", "dev", timeout_s=1), "unknown")
    assert taken_over(ready) in ready.heard.notes


def test_who_arms_late_is_told_since_when_it_is_another_s(ready: Team) -> None:
    """Nothing was sent by it, and the conflict names who has the deployment, and since when."""
    ready.heard.on_look = lambda job: None
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    ready.gitlab.before("job", lambda: replay(ready.app("dana"), 1, WHY, 1))
    late = deploy(ready.app("chris"), "1.4.0", "dev")
    assert isinstance(late, Conflict)
    assert late.why == (taken_over(ready),)


def test_i7_a_machine_that_slept_before_its_play_does_not_close_what_another_started(ready: Team) -> None:
    """It sends nothing by then, and what it says of itself is not said of dana's play, which runs."""

    def slept(text: str) -> None:
        if text.startswith("playing") and not ready.gitlab.plays():
            del ready.heard.note
            ready.clock.jump(QUIET)
            ready.heard.on_look = lambda job: None
            troubled(replay(ready.app("dana"), 1, WHY, 1), "unknown")
            ready.runs_at_once()

    ready.heard.note = slept  # type: ignore[method-assign]
    result = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert [call.username for call in ready.gitlab.plays()] == ["dana"]
    assert "play_refused" not in names(result)
    assert result.release.state == "deployed-dev"


def test_i7_a_process_that_wakes_up_before_arming_withdraws_nothing(ready: Team) -> None:
    """It fails at its last look, hours later: the deployment that it would close is dana's by now, and runs."""

    def slept() -> None:
        ready.heard.on_look = lambda job: None
        troubled(replay(ready.app("dana"), 1, WHY, 1), "unknown")
        ready.clock.jump(timedelta(hours=1))
        raise GitLabError("the connection was closed")

    ready.gitlab.before("job", slept)
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert open_one(ready).phase == "accepted"


def test_a_process_that_arms_too_late_is_told_who_has_it(ready: Team) -> None:
    """Nothing was sent by it."""
    ready.gitlab.before("job", lambda: done(replay(ready.app("dana"), 1, WHY)))
    lately = deploy(ready.app("chris"), "1.4.0", "dev")
    assert isinstance(lately, Conflict)
    assert lately.why == ("deployment 1 is settled: success",)
    assert [call.username for call in ready.gitlab.plays()] == ["dana"]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refused_replay_is_looked_at(quiet: Team, status: int) -> None:
    """GitLab did nothing for dana, and nothing that chris sent is on its way: it can be given up at once."""
    quiet.gitlab.play_faults.append(PlayFault("never", PlayAnswer(status, None, "Forbidden")))
    result = troubled(replay(quiet.app("dana"), 1, WHY), "unknown")
    assert names(result)[-1] == "play_refused"
    assert result.trouble is not None
    assert result.trouble.why[0].startswith("GitLab refused the play")
    assert "relflow reconcile --abandon 1 -m REASON" in result.trouble.next_step
    done(abandon(quiet.app("chris"), 1, "dana may not"))


def test_a_retry_that_was_refused_because_the_first_arrived_is_settled_as_what_it_is(ready: Team) -> None:
    """GitLab says that the job is not retryable, for it was retried: the run of the first epoch is ours."""
    ready.runs_at_once("failed")
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "failed")
    ready.runs_at_once()
    ready.gitlab.play_faults.append(PlayFault("later", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.clock.jump(QUIET)
    ready.gitlab.before("retry", ready.gitlab.deliver)
    result = done(replay(ready.app("dana"), 2, WHY))
    assert "play_unknown" in names(result)
    assert result.release.state == "deployed-dev"


def test_a_rollback_is_replayed_as_one(team: Team) -> None:
    """By the gates of a rollback, and by one retry."""
    team.runs_at_once()
    brought(team, "1.3.0", "dev")
    brought(team, "1.4.0", "dev")
    team.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    stuck = troubled(rollback(team.app("chris"), "1.3.0", "dev", "rounding"), "unknown").deployment
    assert stuck is not None
    team.clock.jump(QUIET)
    result = done(replay(team.app("dana"), stuck.id, WHY))
    assert result.deployment is not None
    assert (result.deployment.outcome, team.release("1.4.0").state) == ("success", "held")


def test_a_held_release_is_not_replayed(quiet: Team) -> None:
    """Whoever stopped the line is obeyed, and the refusal says how it goes on."""
    done(hold(quiet.app("rita"), "1.4.0", "wait"))
    assert "in_state" in gates(replay(quiet.app("dana"), 1, WHY))
    assert len(quiet.gitlab.plays()) == 1


def test_what_cannot_be_replayed_is_said(quiet: Team) -> None:
    """No reason, no such deployment, no right to play."""
    with pytest.raises(UsageError, match="needs a reason"):
        replay(quiet.app("dana"), 1, " ")
    with pytest.raises(UsageError, match="no deployment 7"):
        replay(quiet.app("dana"), 7, WHY)
    quiet.gitlab.people["dana"].scopes = ("read_api",)
    with pytest.raises(GitLabError, match="may not play"):
        replay(quiet.app("dana"), 1, WHY)
    assert open_one(quiet).epoch == 1


@pytest.mark.parametrize("method", ["jobs", "tag", "job"])
def test_ctrl_c_before_the_replay_says_that_it_is_open(quiet: Team, method: str) -> None:
    """It was open before, and still is."""
    quiet.gitlab.before(method, _interrupt)
    troubled(replay(quiet.app("dana"), 1, WHY), "unknown")
    assert (open_one(quiet).epoch, len(quiet.gitlab.plays())) == (1, 1)


def _interrupt() -> None:
    raise KeyboardInterrupt


def second_run(team: Team, status: str) -> None:
    """Somebody ran the job again while ours was looked at, and that run is so far; ours has ended."""
    job = dev_job(team)
    team.gitlab.finish(job.id)
    team.gitlab.change(cloned_by(team, job, "emil").id, status)


@pytest.mark.parametrize("status", ["created", "pending", "running"])
def test_an_odd_deployment_is_not_closed_while_its_sibling_runs(ready: Team, status: str) -> None:
    """It would deploy after the environment was given free."""
    ready.heard.on_look = lambda job: second_run(ready, status)
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert gates(abandon(ready.app("dana"), 1, "looked at both")) == {"job_at_rest"}
    ready.gitlab.finish(dev_job(ready).id)
    done(abandon(ready.app("dana"), 1, "looked at both"))


def test_an_odd_deployment_whose_pipeline_is_gone_can_be_closed(ready: Team) -> None:
    """There is nothing left that could run."""

    def gone(job: object) -> None:
        number = dev_job(ready).pipeline_id
        ready.gitlab.delete(dev_job(ready).id)
        del ready.gitlab.pipelines[number]

    ready.heard.on_look = gone
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    done(abandon(ready.app("dana"), 1, "somebody deleted it"))
