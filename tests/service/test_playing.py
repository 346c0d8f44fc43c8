"""Deploying: one POST, only looks count, and every way it can go wrong leaves the truth in the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core.answers import PlayAnswer
from relflow.core.errors import GitLabError, UsageError
from relflow.core.facts import UNDERWAY, Job
from relflow.core.people import Level
from relflow.core.release import Deployment
from relflow.core.starting import QUIET
from relflow.service.app import Conflict, Done, No
from relflow.service.drifting import Noted, accept
from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.policies import Adopted, adopt
from relflow.service.ports import Transaction
from relflow.service.reconciling import abandon, reconcile
from relflow.service.releases import amend, approve, resume
from relflow.service.replaying import replay
from relflow.service.settling import open_trouble
from tests.doubles.gitlab import NO_ANSWER, PlayFault
from tests.doubles.gitlab_world import PROJECT
from tests.doubles.team import LOG, WORKFLOW, Team, done
from tests.service.test_walk import gates, names


@pytest.fixture
def ready(team: Team) -> Team:
    """1.4.0 is approved for dev, and a job that runs succeeds at the first look."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once()
    return team


def dev_job(team: Team) -> Job:
    """The deploy job of dev of 1.4.0."""
    pipeline = team.release("1.4.0").pipeline
    assert pipeline is not None
    return team.gitlab.named(team.gitlab.pipelines[pipeline.id], "deploy-dev")


def open_one(team: Team) -> Deployment:
    """The deployment of 1.4.0 to dev as it stands."""
    found = team.release("1.4.0").open_deployment("dev")
    assert found is not None
    return found


def cloned_by(team: Team, job: Job, who: str) -> Job:
    """The job that GitLab makes when that person retries one that ended."""
    made = team.gitlab.retry(job.id, who).job
    assert made is not None
    return made


def troubled(outcome: object, kind: str) -> Done:
    """The outcome, which must be Done with that trouble."""
    assert isinstance(outcome, Done), outcome
    assert outcome.trouble is not None
    assert outcome.trouble.kind == kind, outcome.trouble
    return outcome


def test_a_deployment_is_one_play_and_ends_in_its_state(ready: Team) -> None:
    """The events stand in the order of the protocol, and GitLab got exactly one POST."""
    result = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert names(result) == [
        "deployment_requested",
        "play_requested",
        "play_accepted",
        "deployment_settled",
        "release_deployed",
    ]
    assert result.release.state == "deployed-dev"
    assert len(ready.gitlab.plays()) == 1
    with ready.store.read() as book:
        live = book.environment("dev").live
    assert live is not None
    assert (live.version, live.by) == ("1.4.0", "user:chris")


def test_the_play_is_recorded_before_it_is_sent(ready: Team) -> None:
    """When the POST leaves, `play_requested` is committed already."""
    phases: list[str] = []

    def look() -> None:
        phases.append(ready.release("1.4.0").deployments[0].phase)

    ready.gitlab.before("play", look)
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert phases == ["armed"]


def test_at_most_eight_requests_before_the_play(ready: Team) -> None:
    """The port's calls before the play stand for 8 requests: identify counts two."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    methods = [call.method for call in ready.gitlab.calls]
    before = methods[methods.index("tag") - 4 : methods.index("play")]
    assert before == ["identify", "members", "jobs", "pipelines", "tag", "freezes", "job"]


@pytest.mark.parametrize(
    ("answer", "effect"),
    [
        (NO_ANSWER, "now"),
        (PlayAnswer(500, None, "Internal Server Error"), "now"),
        (PlayAnswer(502, None, "<html>"), "now"),
        (PlayAnswer(400, None, "Unplayable Job"), "now"),
        (PlayAnswer(429, None, "Retry later"), "now"),
        (PlayAnswer(409, None, "Resource lock"), "now"),
        (PlayAnswer(200, None, "<html>"), "now"),
    ],
)
def test_a_lost_or_odd_answer_costs_a_look_and_no_second_play(ready: Team, answer: PlayAnswer, effect: str) -> None:
    """The play took effect though the answer proves nothing: it is seen, and settled as what it is."""
    ready.gitlab.play_faults.append(PlayFault(effect, answer))
    result = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert "play_unknown" in names(result)
    assert result.release.state == "deployed-dev"
    assert len(ready.gitlab.plays()) == 1


def test_a_play_that_never_arrived_leaves_an_open_deployment(ready: Team) -> None:
    """Nobody knows whether it is still on its way: exit `unknown`, the environment stays taken."""
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    assert result.deployment.phase == "unknown"
    assert result.release.state == "approved-dev"
    assert gates(deploy(ready.app("dana"), "1.4.0", "dev")) == {"environment_free"}
    assert len(ready.gitlab.plays()) == 1


def test_a_late_play_is_settled_by_reconcile(ready: Team) -> None:
    """The POST arrives after the command gave up; looking settles it, without another POST."""
    ready.gitlab.play_faults.append(PlayFault("later", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.deliver()
    [result] = reconcile(ready.app("dana")).results
    assert done(result).release.state == "deployed-dev"
    assert len(ready.gitlab.plays()) == 1
    assert reconcile(ready.app("dana")).results == ()


def test_abandoning_waits_for_the_quiet_period(ready: Team) -> None:
    """A play that may still arrive keeps the deployment; after ten minutes a person may close it."""
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    early = abandon(ready.app("dana"), 1, "it never started")
    assert gates(early) == {"job_at_rest"}
    assert isinstance(early, No)
    assert early.refusals[0].earliest is not None
    ready.clock.jump(timedelta(minutes=10))
    closed = done(abandon(ready.app("dana"), 1, "it never started"))
    assert closed.deployment is not None
    assert closed.deployment.outcome == "abandoned"
    again = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert again.deployment is not None
    assert again.deployment.attempt == 2


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refused_play_is_settled_as_abandoned(ready: Team, status: int) -> None:
    """GitLab said no before it touched the job: nothing was deployed, and the environment is free."""
    ready.gitlab.play_faults.append(PlayFault("never", PlayAnswer(status, None, "Forbidden")))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "gitlab")
    assert names(result)[-2:] == ["play_refused", "deployment_settled"]
    assert result.release.state == "approved-dev"
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_a_play_that_was_never_sent_leaves_nothing_open(ready: Team) -> None:
    """The network went away just before: no quiet period for a request that never left."""
    ready.gitlab.play_faults.append(PlayFault("never", PlayAnswer(None, None, "Connection refused", was_sent=False)))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "gitlab")
    assert result.release.deployments[0].outcome == "abandoned"
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_failed_job_changes_no_state(ready: Team, status: str) -> None:
    """The deployment says what was tried, the state what is true."""
    ready.runs_at_once(status)
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "failed")
    assert (result.release.state, result.release.deployments[0].outcome) == ("approved-dev", status)


def test_somebody_who_clicks_between_look_and_arming_stops_the_play(ready: Team) -> None:
    """The job is not as it was seen: nothing is played, the deployment is abandoned, exit `conflict`."""
    job = dev_job(ready)
    ready.gitlab.before("job", lambda: ready.gitlab.play(job.id, "emil"))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "conflict")
    assert names(result) == ["deployment_requested", "deployment_settled"]
    assert ready.gitlab.plays() == []


def test_a_hold_before_arming_stops_the_play(ready: Team) -> None:
    """Whoever stops the line in time is obeyed."""
    ready.gitlab.before("job", lambda: done(hold(ready.app("rita"), "1.4.0", "wait")))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "conflict")
    assert ready.gitlab.plays() == []
    assert result.release.state == "held"
    assert result.release.deployments[0].outcome == "abandoned"


def test_a_hold_while_the_job_runs_loses_nothing(ready: Team) -> None:
    """The job goes on; when it succeeds the release stays held, and resume leads to deployed-dev."""
    ready.gitlab.before("play", lambda: done(hold(ready.app("rita"), "1.4.0", "wait")))
    result = done(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert (result.release.state, result.release.held_from) == ("held", "deployed-dev")
    assert done(resume(ready.app("dana"), "1.4.0", "fine")).release.state == "deployed-dev"


def test_a_job_that_somebody_else_started_is_live_and_held(ready: Team) -> None:
    """Both plays got 200; the job's user tells whose it was. The truth is recorded, and a person decides."""
    job = dev_job(ready)
    ready.gitlab.before("play", lambda: ready.gitlab.play(job.id, "emil"))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "failed")
    assert names(result)[-4:] == ["deployment_settled", "release_deployed", "drift_detected", "release_held"]
    assert (result.release.state, result.release.held_from) == ("held", "deployed-dev")
    assert "emil" in (result.recorded[-1].event.reason or "")


def test_who_started_the_job_brought_what_is_live(ready: Team) -> None:
    """Not who asked relflow for it: the drift beside the deployment names somebody else, accepted or not."""
    job = dev_job(ready)
    ready.gitlab.before("play", lambda: ready.gitlab.play(job.id, "emil"))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "failed")
    assert live_by(ready) == ("gitlab:emil", "deploy")
    assert isinstance(accept(ready.app("dana"), "dev", None, "emil had to"), Noted)
    assert live_by(ready) == ("gitlab:emil", "deploy")


def live_by(team: Team) -> tuple[str, str]:
    """Who brought what runs in dev, and as what."""
    with team.store.read() as book:
        live = book.environment("dev").live
    assert live is not None
    return live.by, live.kind


def test_a_second_run_of_the_job_holds_the_release(ready: Team) -> None:
    """Somebody pressed play on the finished job: the deployment stays open until a person closes it."""

    def twice(job: Job) -> None:
        ready.gitlab.finish(job.id)
        ready.gitlab.finish(cloned_by(ready, job, "emil").id)

    ready.heard.on_look = twice
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.release.state == "held"
    assert names(result)[-2:] == ["drift_detected", "release_held"]
    [again] = reconcile(ready.app("dana")).results
    assert again.recorded == ()
    closed = done(abandon(ready.app("dana"), 1, "looked at both runs"))
    assert closed.release.state == "held"
    with ready.store.read() as book:
        assert book.open_deployments() == ()


def test_a_job_that_is_gone_holds_the_release(ready: Team) -> None:
    """Its pipeline was deleted while it ran: nothing is known, and that is what is recorded."""
    ready.heard.on_look = lambda job: ready.gitlab.delete(job.id)
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.release.state == "held"
    assert "gone" in (result.release.deployments[0].odd or "")


def test_a_machine_that_slept_between_arming_and_the_play_sends_nothing(ready: Team) -> None:
    """By now somebody may have given the deployment up: a late POST would be one too many."""
    ready.heard.note = lambda text: ready.clock.jump(timedelta(minutes=2))  # type: ignore[method-assign]
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "gitlab")
    assert ready.gitlab.plays() == []
    assert (result.release.state, result.release.deployments[0].outcome) == ("approved-dev", "abandoned")
    assert result.trouble is not None
    assert "s passed since it was asked for" in result.trouble.why[0]


def test_a_machine_that_slept_between_the_look_and_arming_sends_nothing(ready: Team) -> None:
    """Its last look is an old one: somebody may have played the job since, and it would be cloned."""

    class Slow:
        def __init__(self) -> None:
            self.left = 3

        @contextmanager
        def write(self) -> Iterator[Transaction]:
            """The second transaction, which arms, begins when the machine is awake again."""
            self.left -= 1
            if self.left == 1:
                ready.clock.jump(timedelta(minutes=20))
            with ready.store.write() as tx:
                yield tx

        def __getattr__(self, name: str) -> Any:
            return getattr(ready.store, name)

    troubled(deploy(replace(ready.app("chris"), store=Slow()), "1.4.0", "dev"), "gitlab")
    assert ready.gitlab.plays() == []
    assert ready.release("1.4.0").deployments[0].outcome == "abandoned"


def test_a_log_that_is_ahead_lets_no_machine_send_late(ready: Team) -> None:
    """Somebody's clock is an hour ahead, and the log with it: how old a look is is told by one's own clock alone."""
    ready.clock.jump(timedelta(hours=1))
    done(approve(ready.app("ben"), "1.4.0", "dev"))
    ready.clock.jump(timedelta(hours=-1))
    ready.heard.note = lambda text: ready.clock.jump(timedelta(minutes=20))  # type: ignore[method-assign]
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "gitlab")
    assert ready.gitlab.plays() == []


def test_the_quiet_period_is_measured_by_gitlabs_time(ready: Team) -> None:
    """A clock that is an hour ahead ends it for nobody, neither that of who gives up nor the log's."""
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.answers_at = ready.clock.now()
    ready.clock.jump(timedelta(hours=1))
    assert gates(abandon(ready.app("dana"), 1, "it never started")) == {"job_at_rest"}
    ready.gitlab.answers_at += timedelta(minutes=11)
    done(abandon(ready.app("dana"), 1, "it never started"))


def test_a_clock_that_is_behind_plays_nothing(ready: Team) -> None:
    """The quiet period would begin, and end, too early: nothing is played, and the record says why."""
    ready.gitlab.answers_at = ready.clock.now() + timedelta(hours=1)
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "conflict")
    assert ready.gitlab.plays() == []
    assert result.trouble is not None
    assert "behind GitLab's" in result.trouble.why[0]


def test_a_clock_that_is_behind_plays_nothing_after_a_sleep(ready: Team) -> None:
    """A laptop that slept after GitLab told its time is as far behind as before, though its clock is past that time.

    Seed 871854 of the lives: its play was recorded at a time long gone, so that it could be given up at once.
    """
    ready.gitlab.answers_at = ready.clock.now() + timedelta(minutes=36)
    ready.gitlab.clock_ahead = timedelta(minutes=-36)
    ready.gitlab.before("members", lambda: ready.clock.jump(timedelta(hours=1)))
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "conflict")
    assert ready.gitlab.plays() == []
    assert result.trouble is not None
    assert "2160 s behind GitLab's" in result.trouble.why[0]


def test_a_clock_that_is_behind_notes_nothing_alone(ready: Team) -> None:
    """Where a look records nothing, however often, its time is not recorded either."""
    ready.heard.on_look = lambda job: ready.gitlab.delete(job.id)
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.clock.jump(timedelta(hours=-1))
    looked = reconcile(ready.app("dana")).results
    assert [names(each) for each in looked] == [[]]


def test_ctrl_c_while_watching_leaves_it_open(ready: Team) -> None:
    """The job goes on; the command says so instead of `aborted`, and reconcile ends it."""

    def interrupt(job: Job) -> None:
        ready.runs_at_once()
        raise KeyboardInterrupt

    ready.heard.on_look = interrupt
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    assert result.deployment.phase == "accepted"
    [ended] = reconcile(ready.app("chris")).results
    assert done(ended).release.state == "deployed-dev"


def test_ctrl_c_before_arming_closes_the_deployment(ready: Team) -> None:
    """Nothing was sent: the deployment is abandoned, the environment free, and the interrupt goes on."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    ready.gitlab.before("job", interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy(ready.app("chris"), "1.4.0", "dev")
    assert ready.release("1.4.0").deployments[0].outcome == "abandoned"
    assert ready.gitlab.plays() == []


def test_a_token_revoked_while_watching_leaves_it_open(ready: Team) -> None:
    """From arming on every failure is `unknown`, never an error that hides the open deployment."""
    ready.heard.on_look = lambda job: ready.gitlab.fail("job", 401)
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    assert result.deployment.phase == "accepted"


def test_gitlab_failing_before_arming_closes_the_deployment(ready: Team) -> None:
    """An error of the last look before the play leaves nothing open."""
    ready.gitlab.fail("job")
    with pytest.raises(GitLabError):
        deploy(ready.app("chris"), "1.4.0", "dev")
    assert ready.release("1.4.0").deployments[0].outcome == "abandoned"


def test_a_token_without_api_scope_cannot_deploy(ready: Team) -> None:
    """It is said before anything is recorded."""
    ready.gitlab.people["chris"].scopes = ("read_api",)
    with pytest.raises(GitLabError, match="may not play"):
        deploy(ready.app("chris"), "1.4.0", "dev")
    assert ready.release("1.4.0").deployments == ()


def test_no_wait_ends_once_the_play_was_accepted(ready: Team) -> None:
    """The deployment is open, and that is no trouble."""
    result = done(deploy(ready.app("chris"), "1.4.0", "dev", wait=False))
    assert result.deployment is not None
    assert result.deployment.phase == "accepted"


def test_a_timeout_leaves_it_open(ready: Team) -> None:
    """The watcher gives up, the deployment does not end."""
    ready.heard.on_look = lambda job: None
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev", timeout_s=20), "unknown")
    assert "pending" in result.trouble.why[0] if result.trouble else False


@pytest.mark.parametrize("status", sorted(UNDERWAY))
def test_a_job_that_is_stuck_past_its_deadline_stays_open(ready: Team, status: str) -> None:
    """In whatever way it is under way: nobody closes or replays it, and a later look records how it ended."""
    ready.heard.on_look = lambda job: None
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.play(dev_job(ready).id, "chris")
    ready.gitlab.change(dev_job(ready).id, status)
    [stuck] = reconcile(ready.app("dana"), timeout_s=60).results
    assert troubled(stuck, "unknown").trouble == open_trouble(open_one(ready), f"its job is {status}")
    ready.clock.jump(timedelta(hours=1))
    assert gates(abandon(ready.app("dana"), 1, "it is stuck")) == {"job_at_rest"}
    assert gates(replay(ready.app("dana"), 1, "it is stuck")) == {"job_unstarted"}
    assert "environment_free" in gates(deploy(ready.app("emil"), "1.4.0", "dev"))
    ready.gitlab.finish(dev_job(ready).id)
    assert done(reconcile(ready.app("dana")).results[0]).release.state == "deployed-dev"


def test_a_status_that_nobody_knows_is_no_end(ready: Team) -> None:
    """Neither success nor failure: the deployment stays open and says the word, until a person closes it."""
    ready.heard.on_look = lambda job: None
    ready.gitlab.play_faults.append(PlayFault("never", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.change(dev_job(ready).id, "dreaming")
    [seen] = reconcile(ready.app("dana")).results
    trouble = troubled(seen, "unknown").trouble
    assert trouble is not None
    assert trouble.why[0] == "its job is dreaming"
    assert seen.recorded == ()
    ready.clock.jump(QUIET)
    assert gates(replay(ready.app("dana"), 1, "it dreams")) == {"job_unstarted"}
    assert done(abandon(ready.app("dana"), 1, "GitLab says that it never ran")).release.state == "approved-dev"


def test_an_approver_who_left_does_not_count(ready: Team) -> None:
    """The quorum is judged again when the job is played."""
    ready.gitlab.people["anna"].level = Level.REPORTER
    assert gates(deploy(ready.app("chris"), "1.4.0", "dev")) == {"quorum_met"}


def test_an_older_version_is_refused_where_a_newer_runs(ready: Team) -> None:
    """1.3.9 after 1.4.0 is no deployment but a rollback."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.approved(ready.tested("1.3.9").version)
    assert gates(deploy(ready.app("chris"), "1.3.9", "dev")) == {"not_older"}


def test_two_quick_people_play_once(ready: Team) -> None:
    """While chris reads GitLab, dana deploys: chris finds the environment taken or the job played."""
    seen: list[object] = []
    ready.gitlab.before("tag", lambda: seen.append(deploy(ready.app("dana"), "1.4.0", "dev", wait=False)))
    assert gates(deploy(ready.app("chris"), "1.4.0", "dev")) == {"environment_free"}
    assert len(ready.gitlab.plays()) == 1


def test_an_approval_between_request_and_arming_abandons(ready: Team) -> None:
    """The release is not as the request left it; trying again is quick, guessing is not safe."""
    ready.gitlab.before("job", lambda: done(approve(ready.app("ben"), "1.4.0", "dev")))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "conflict")
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_production_takes_two_maintainers(ready: Team) -> None:
    """The whole way: dev, two approvals, prod."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.approved("1.4.0", "prod", by=("anna",))
    assert {"in_state", "quorum_met"} <= gates(deploy(ready.app("chris"), "1.4.0", "prod"))
    ready.approved("1.4.0", "prod", by=("ben",))
    assert done(deploy(ready.app("chris"), "1.4.0", "prod")).release.state == "deployed-prod"


class Killed(BaseException):
    """Stands for kill -9: no handler of ours runs for it."""


def _kill() -> None:
    raise Killed


def test_an_intended_deployment_is_reported_with_the_command_that_closes_it(ready: Team) -> None:
    """Killed between intending and arming: nothing was sent, reconcile says so, and anyone may close it."""
    ready.gitlab.before("job", _kill)
    with pytest.raises(Killed):
        deploy(ready.app("chris"), "1.4.0", "dev")
    result = troubled(reconcile(ready.app("dana")).results[0], "unknown")
    assert result.trouble is not None
    ways = ("relflow reconcile --replay 1 -m REASON", "relflow reconcile --abandon 1 -m REASON")
    assert result.trouble.next_step == ways
    assert ready.clock.slept == [], "nothing was sent, so that there is no start to wait for"
    done(abandon(ready.app("dana"), 1, "nobody played it"))
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_somebody_who_clicks_while_ours_is_only_intended_is_seen(ready: Team) -> None:
    """Killed before arming, then somebody pressed play: reconcile watches their run, settles it, and holds."""
    ready.gitlab.before("job", _kill)
    with pytest.raises(Killed):
        deploy(ready.app("chris"), "1.4.0", "dev")
    ready.gitlab.play(dev_job(ready).id, "emil")
    [result] = reconcile(ready.app("dana")).results
    troubled(result, "failed")
    assert (result.release.state, result.release.held_from) == ("held", "deployed-dev")
    assert "drift_detected" in names(result)


def test_a_clone_that_is_only_created_is_a_run(ready: Team) -> None:
    """Somebody pressed retry in the moment our job ended: the clone is not queued yet, and it will be."""

    def cloned(job: Job) -> None:
        ready.gitlab.finish(job.id)
        ready.gitlab.change(cloned_by(ready, job, "emil").id, "created")

    ready.heard.on_look = cloned
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.release.state == "held"


def adopted(team: Team, **changes: Any) -> None:
    """Anna puts a policy in force that has changes for dev."""
    dev, *others = WORKFLOW.environments
    workflow = replace(WORKFLOW, environments=(replace(dev, **changes), *others))
    assert isinstance(adopt(team.app("anna"), PROJECT, LOG, workflow), Adopted)


def test_a_policy_that_was_adopted_meanwhile_decides(team: Team) -> None:
    """Between reading and writing dev came to take two approvals: one is no quorum any more."""
    team.tested("1.4.0")
    team.gitlab.before("members", lambda: adopted(team, approvals=2))
    assert done(approve(team.app("anna"), "1.4.0", "dev")).release.state == "tested"


def test_an_environment_that_was_dropped_while_its_job_ran_is_no_state(ready: Team) -> None:
    """The job's end is recorded; the release does not get to a state that the policy does not have."""

    def drop(job: Job) -> None:
        adopted(ready, name="qa")
        ready.gitlab.finish(job.id)

    ready.heard.on_look = drop
    result = deploy(ready.app("chris"), "1.4.0", "dev")
    assert isinstance(result, Done)
    assert (result.release.state, result.release.deployments[0].outcome) == ("approved-dev", "success")


def test_a_deployment_that_somebody_gave_up_is_not_played(ready: Team) -> None:
    """Between the request and arming: ours finds it closed, and sends nothing."""
    ready.gitlab.before("job", lambda: done(abandon(ready.app("dana"), 1, "not today")))
    result = deploy(ready.app("chris"), "1.4.0", "dev")
    assert isinstance(result, Conflict)
    assert (result.what, result.why) == ("nothing was played", ("deployment 1 is settled: abandoned",))
    assert ready.gitlab.plays() == []


def test_a_release_that_is_bound_anew_while_gitlab_is_asked_is_a_conflict(ready: Team) -> None:
    """What was read is of another commit."""
    ready.gitlab.commit("v1.4.0")
    ready.gitlab.before("tag", lambda: done(amend(ready.app("chris"), "1.4.0", "a fix")))
    assert isinstance(deploy(ready.app("dana"), "1.4.0", "dev"), Conflict)
    assert ready.gitlab.plays() == []


def test_an_interrupt_after_arming_is_told_as_open(ready: Team) -> None:
    """The play was announced, so that nobody can say that nothing was sent."""
    app = ready.app("chris")

    class Interrupted:
        """The store of a process that is interrupted right after its second commit."""

        writes = 0
        read = staticmethod(app.store.read)

        @contextmanager
        def write(self) -> Iterator[Transaction]:
            with app.store.write() as tx:
                yield tx
            self.writes += 1
            if self.writes == 2:
                raise KeyboardInterrupt

    result = troubled(deploy(replace(app, store=Interrupted()), "1.4.0", "dev"), "unknown")
    assert result.deployment is not None
    assert result.deployment.phase == "armed"
    assert ready.gitlab.plays() == []


def test_a_success_whose_pipeline_is_gone_is_not_believed(ready: Team) -> None:
    """Deleted between the look at the job and the look at the others: nobody can tell whether it was the only run."""

    def deleted(job: Job) -> None:
        ready.gitlab.finish(job.id)
        del ready.gitlab.pipelines[job.pipeline_id]

    ready.heard.on_look = deleted
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    assert (result.release.state, result.release.held_from) == ("held", "approved-dev")


@pytest.mark.parametrize("lie", ["success", "failed"])
def test_an_end_that_the_list_does_not_show_is_none(ready: Team, lie: str) -> None:
    """One of the two answers is false, or an old one: the job is watched until they agree."""
    job = dev_job(ready)
    ready.gitlab.before("job", lambda: ready.gitlab.finish(job.id, lie), nth=2)
    ready.gitlab.before("jobs", lambda: ready.gitlab.change(job.id, "running"), nth=2)
    assert done(deploy(ready.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"
    assert [each.status for each in ready.heard.looks] == ["running"]
    assert len(ready.gitlab.plays()) == 1


def test_an_end_that_is_never_confirmed_stays_open(ready: Team) -> None:
    """GitLab contradicts itself until nobody watches any more: nothing is recorded, and a later look tells."""
    ready.heard.on_look = lambda job: None
    done(deploy(ready.app("chris"), "1.4.0", "dev", wait=False))
    job = dev_job(ready)
    ready.gitlab.before("job", lambda: ready.gitlab.finish(job.id))
    ready.gitlab.before("jobs", lambda: ready.gitlab.change(job.id, "running"))
    [seen] = reconcile(ready.app("dana"), timeout_s=0).results
    assert troubled(seen, "unknown").trouble == open_trouble(open_one(ready), "its job is running")
    assert seen.recorded == ()


def test_whoever_loses_the_race_to_record_tells_the_same(ready: Team) -> None:
    """Emil started the job and a reconcile settled it: the deploying process says that the release is held, too."""
    job = dev_job(ready)
    ready.gitlab.before("play", lambda: ready.gitlab.play(job.id, "emil"))

    def elsewhere(job: Job) -> None:
        ready.runs_at_once()
        reconcile(ready.app("dana"))

    ready.heard.on_look = elsewhere
    result = troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "failed")
    assert result.release.state == "held"


def test_what_cannot_be_abandoned_is_said(ready: Team) -> None:
    """No reason, and no such deployment."""
    with pytest.raises(UsageError, match="needs a reason"):
        abandon(ready.app("dana"), 1, " ")
    with pytest.raises(UsageError, match="no deployment 7"):
        abandon(ready.app("dana"), 7, "lost")


def test_what_runs_cannot_be_given_up(ready: Team) -> None:
    """However long ago it was sent: GitLab is looked at, and not only the clock."""
    ready.gitlab.play_faults.append(PlayFault("later", NO_ANSWER))
    troubled(deploy(ready.app("chris"), "1.4.0", "dev"), "unknown")
    ready.gitlab.deliver()
    ready.clock.jump(timedelta(hours=1))
    assert gates(abandon(ready.app("dana"), 1, "it never started")) == {"job_at_rest"}
    ready.gitlab.finish(dev_job(ready).id)
    assert gates(abandon(ready.app("dana"), 1, "it never started")) == {"job_at_rest"}
    assert done(reconcile(ready.app("dana")).results[0]).release.state == "deployed-dev"
