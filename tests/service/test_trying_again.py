"""A job that failed is tried again, and an environment goes back to what it ran: both by one retry, looked at."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from relflow.cli.explaining import plan_of
from relflow.core.answers import PlayAnswer
from relflow.core.errors import GitLabError, UsageError
from relflow.core.facts import Job
from relflow.core.release import Release
from relflow.service.app import No
from relflow.service.explaining import plan
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.reconciling import abandon, reconcile
from relflow.service.releases import amend, approve, record_test, reject, resume
from relflow.service.way_back import target
from tests.doubles.gitlab import NO_ANSWER, PlayFault
from tests.doubles.team import Team, done
from tests.service.test_playing import dev_job, troubled
from tests.service.test_walk import gates, names


@pytest.fixture
def failed(team: Team) -> Team:
    """1.4.0 is approved for dev, and its first deployment failed; from now on jobs succeed."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once("failed")
    troubled(deploy(team.app("chris"), "1.4.0", "dev"), "failed")
    team.runs_at_once()
    return team


def brought(team: Team, version: str, *environments: str) -> Release:
    """A release that went through these environments."""
    team.runs_at_once()
    team.tested(version)
    for name in environments:
        team.approved(version, name, by=("anna",) if name == "dev" else ("anna", "ben"))
        done(deploy(team.app("chris"), version, name))
    return team.release(version)


@pytest.fixture
def two(team: Team) -> Team:
    """1.3.0 ran in dev and prod, 1.4.0 does now."""
    brought(team, "1.3.0", "dev", "prod")
    brought(team, "1.4.0", "dev", "prod")
    return team


def live(team: Team, environment: str) -> tuple[str, str]:
    """What runs there, and how it came there."""
    with team.store.read() as book:
        found = book.environment(environment).live
    assert found is not None
    return found.label, found.kind


def test_a_failed_job_is_retried_once(failed: Team) -> None:
    """One `retry` on the job that failed; the new one is the attempt's."""
    first = failed.release("1.4.0").deployments[0]
    result = done(deploy(failed.app("chris"), "1.4.0", "dev"))
    assert names(result)[:3] == ["deployment_requested", "play_requested", "play_accepted"]
    assert result.release.state == "deployed-dev"
    again = result.release.deployments[1]
    assert (again.attempt, again.base_job, again.outcome) == (2, first.job_id, "success")
    assert again.job_id == dev_job(failed).id != first.job_id
    assert [call.method for call in failed.gitlab.plays()] == ["play", "retry"]
    assert failed.heard.notes[-1] == f"retrying deploy-dev (job {first.job_id}) for dev"


def test_a_retry_makes_as_many_requests_as_a_play(failed: Team) -> None:
    """The port's calls before the retry stand for 8 requests: identify counts two."""
    failed.gitlab.calls.clear()
    done(deploy(failed.app("chris"), "1.4.0", "dev"))
    methods = [call.method for call in failed.gitlab.calls]
    before = methods[: methods.index("retry")]
    assert sum({"identify": 2}.get(method, 1) for method in before) == 8


def test_a_third_attempt_counts_on(failed: Team) -> None:
    """It retries the second one's job, which is the current one."""
    failed.runs_at_once("canceled")
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "failed")
    failed.runs_at_once()
    third = done(deploy(failed.app("dana"), "1.4.0", "dev")).release.deployments[2]
    assert (third.attempt, third.base_job) == (3, failed.release("1.4.0").deployments[1].job_id)


def test_an_amend_after_a_failed_deployment(failed: Team) -> None:
    """The fix is another commit: its own job is played as a first attempt, and what was tried stays told."""
    failed.gitlab.push("v1.4.0-fixed")
    done(amend(failed.app("chris"), "1.4.0", "the migration is fixed", ref="v1.4.0-fixed"))
    done(record_test(failed.app("chris"), "1.4.0"))
    assert "quorum_met" in gates(deploy(failed.app("chris"), "1.4.0", "dev"))
    failed.approved("1.4.0")
    tried = done(deploy(failed.app("chris"), "1.4.0", "dev")).release.deployments
    assert [(each.revision, each.attempt, each.base_job, each.outcome) for each in tried] == [
        (1, 1, None, "failed"),
        (2, 1, None, "success"),
    ]
    assert [call.method for call in failed.gitlab.plays()] == ["play", "play"]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_retry_without_an_answer_is_looked_for(failed: Team, arrives: bool) -> None:
    """Never sent again: the pipeline shows the new job, or after the quiet period a person closes it."""
    failed.gitlab.play_faults.append(PlayFault("now" if arrives else "never"))
    result = deploy(failed.app("chris"), "1.4.0", "dev")
    assert len(failed.gitlab.plays()) == 2
    if arrives:
        assert done(result).release.deployments[1].job_id == dev_job(failed).id
        return
    troubled(result, "unknown")
    assert failed.release("1.4.0").deployments[1].job_id is None
    assert "job_at_rest" in gates(abandon(failed.app("dana"), 2, "lost"))
    [again] = reconcile(failed.app("dana")).results
    troubled(again, "unknown")
    assert len(failed.gitlab.plays()) == 2
    failed.clock.jump(timedelta(minutes=11))
    done(abandon(failed.app("dana"), 2, "lost"))
    assert done(deploy(failed.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"


def test_a_retry_that_comes_late_is_found(failed: Team) -> None:
    """The same POST, when everybody had stopped looking."""
    failed.gitlab.play_faults.append(PlayFault("later"))
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    failed.gitlab.deliver()
    [found] = reconcile(failed.app("dana")).results
    assert done(found).release.state == "deployed-dev"


def test_two_runs_since_are_nobodys(failed: Team) -> None:
    """While our job is not known, a second run of the name leaves it open until a person has looked."""
    failed.gitlab.play_faults.append(PlayFault("now"))

    def twice() -> None:
        failed.gitlab.finish(dev_job(failed).id, "failed")
        failed.gitlab.retry(dev_job(failed).id, "emil")

    failed.gitlab.before("jobs", twice, nth=2)
    result = troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    assert result.release.state == "held"
    assert names(result).count("drift_detected") == 2


def test_whoever_retried_meanwhile_stops_ours(failed: Team) -> None:
    """GitLab refuses to retry a job that was retried: nothing was deployed by us."""
    failed.gitlab.before("retry", lambda: failed.gitlab.retry(dev_job(failed).id, "emil"))
    result = troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "gitlab")
    assert names(result)[-2:] == ["play_refused", "deployment_settled"]
    assert result.release.deployments[1].outcome == "abandoned"


def test_a_rollback_brings_back_what_ran_before(two: Team) -> None:
    """Its own job runs once more; it keeps its state, and what it replaces waits for a word."""
    was = two.release("1.3.0")
    result = done(rollback(two.app("chris"), "1.3.0", "prod", "rounding"))
    assert names(result) == [
        "deployment_requested",
        "play_requested",
        "play_accepted",
        "deployment_settled",
        "release_deployed",
        "release_held",
    ]
    assert live(two, "prod") == ("1.3.0", "rollback")
    assert live(two, "dev") == ("1.4.0", "deploy")
    assert result.release.state == was.state == "deployed-prod"
    replaced = two.release("1.4.0")
    assert (replaced.state, replaced.held_from) == ("held", "deployed-prod")
    assert [call.method for call in two.gitlab.plays()][-1] == "retry"


def test_a_rollback_that_fails_changes_nothing_that_runs(two: Team) -> None:
    """What was live is live, and a second attempt retries the job that failed."""
    two.runs_at_once("failed")
    trouble = troubled(rollback(two.app("chris"), "1.3.0", "prod", "rounding"), "failed").trouble
    assert trouble is not None
    assert trouble.next_step == ("relflow rollback prod --to 1.3.0 -m REASON     runs the job again",)
    assert live(two, "prod") == ("1.4.0", "deploy")
    assert two.release("1.4.0").state == "deployed-prod"
    two.runs_at_once()
    again = done(rollback(two.app("chris"), "1.3.0", "prod", "rounding"))
    assert again.deployment is not None
    assert (again.deployment.attempt, live(two, "prod")) == (2, ("1.3.0", "rollback"))


def test_what_is_live_can_run_once_more(two: Team) -> None:
    """The environment was damaged: nothing is replaced, so nothing is held."""
    result = done(rollback(two.app("chris"), "1.4.0", "prod", "disk was full"))
    assert "release_held" not in names(result)
    assert live(two, "prod") == ("1.4.0", "rollback")


def test_rolling_dev_back_while_prod_is_deploying(team: Team) -> None:
    """Prod's deployment goes on; the release waits, and keeps how far it got."""
    brought(team, "1.3.0", "dev")
    brought(team, "1.4.0", "dev")
    team.approved("1.4.0", "prod", by=("anna", "ben"))
    done(deploy(team.app("chris"), "1.4.0", "prod", wait=False))
    done(rollback(team.app("dana"), "1.3.0", "dev", "dev is for the demo"))
    held = team.release("1.4.0")
    assert (held.state, held.held_from) == ("held", "approved-prod")
    for job in [job for job in team.gitlab.jobs.values() if job.status == "pending"]:
        team.gitlab.finish(job.id)
    done(reconcile(team.app("dana")).results[0])
    assert team.release("1.4.0").held_from == "deployed-prod"
    assert live(team, "prod") == ("1.4.0", "deploy")
    assert done(resume(team.app("dana"), "1.4.0", "the demo is over")).release.state == "deployed-prod"


REFUSED: list[tuple[str, Callable[[Team], object], set[str]]] = [
    ("held", lambda team: done(hold(team.app("dana"), "1.3.0", "recalled")), {"in_state"}),
    ("busy", lambda team: done(rollback(team.app("chris"), "1.4.0", "prod", "x", wait=False)), {"environment_free"}),
]


@pytest.mark.parametrize(("how", "arrange", "expected"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_cannot_be_rolled_back_to(
    two: Team, how: str, arrange: Callable[[Team], object], expected: set[str]
) -> None:
    """A recalled release, and an environment that is taken."""
    arrange(two)
    sent = len(two.gitlab.plays())
    assert gates(rollback(two.app("chris"), "1.3.0", "prod", how)) >= expected
    assert len(two.gitlab.plays()) == sent


def test_what_never_ran_there_is_no_way_back(two: Team) -> None:
    """Nor is a reporter the one to ask, nor is no reason one."""
    team = two
    team.tested("1.5.0")
    assert "deployed_before" in gates(rollback(team.app("chris"), "1.5.0", "prod", "x"))
    assert gates(rollback(team.app("rita"), "1.3.0", "prod", "x")) == {"may_act"}
    with pytest.raises(UsageError, match="needs a reason"):
        rollback(team.app("chris"), "1.3.0", "prod", " ")


def test_the_way_back_is_what_ran_before(two: Team) -> None:
    """Newest first, without what runs now and without what is held."""
    brought(two, "1.5.0", "dev", "prod")
    app = two.app("rita")
    assert target(app, "prod", None) == ("1.5.0", "1.4.0")
    assert target(app, "prod", "1.3.0") == ("1.5.0", "1.3.0")
    done(hold(two.app("dana"), "1.4.0", "recalled"))
    assert target(app, "prod", None) == ("1.5.0", "1.3.0")
    done(hold(two.app("dana"), "1.3.0", "recalled"))
    with pytest.raises(UsageError, match="nothing to roll prod back to"):
        target(app, "prod", None)


def test_what_ran_there_before_and_will_not_do_is_told(team: Team) -> None:
    """A held one, a closed one, and one that was bound to something else since: `plan` says it too."""
    for version in ("1.1.0", "1.2.0", "1.3.0", "1.4.0"):
        brought(team, version, "dev")
    chris = team.app("chris")
    done(hold(chris, "1.1.0", "dead", close=True))
    team.gitlab.push("v1.2.0-fixed")
    done(amend(chris, "1.2.0", "the rounding is fixed", ref="v1.2.0-fixed"))
    done(hold(chris, "1.3.0", "odd totals"))
    with pytest.raises(UsageError, match="nothing to roll dev back to") as caught:
        target(chris, "dev", None)
    assert caught.value.why == (
        "1.3.0 ran there before, and is held",
        "1.2.0 ran there before, and was amended since",
        "1.1.0 ran there before, and is closed",
    )
    page = plan_of(plan(chris, "1.4.0", "dev")).text
    assert "the way back    none: 1.3.0 ran there before, and is held; 1.2.0" in page


def test_there_is_no_way_back_before_anything_ran(team: Team) -> None:
    """The message says that nothing ran, and a typo gets the nearest name."""
    with pytest.raises(UsageError) as caught:
        target(team.app("rita"), "prod", None)
    assert caught.value.why == ("nothing ran in prod yet",)
    with pytest.raises(UsageError, match="no environment pord"):
        target(team.app("rita"), "pord", None)


@pytest.fixture
def running(team: Team) -> Team:
    """The job that deploys 1.4.0 to dev runs."""
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    team.gitlab.change(dev_job(team).id, "running")
    return team


def test_a_hold_cancels_the_job_that_runs(running: Team) -> None:
    """The hold is recorded first, with what it cancels; the end is recorded as well, and all is as was asked."""
    seen: list[str] = []
    running.gitlab.before("cancel", lambda: seen.append(running.release("1.4.0").state))
    result = done(hold(running.app("chris"), "1.4.0", "wrong totals", cancel_job=True))
    assert seen == ["held"]
    assert names(result) == ["release_held", "deployment_settled"]
    assert result.deployment is not None
    assert (result.deployment.outcome, result.release.held_from) == ("canceled", "approved-dev")
    done(resume(running.app("chris"), "1.4.0", "fixed"))
    running.runs_at_once()
    assert done(deploy(running.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"


def test_without_the_word_a_hold_lets_the_job_run(running: Team) -> None:
    """It goes on, and its success is where resuming leads to."""
    done(hold(running.app("chris"), "1.4.0", "wrong totals"))
    assert dev_job(running).status == "running"
    assert [call.method for call in running.gitlab.calls].count("cancel") == 0


def test_who_may_hold_and_not_cancel_is_told(running: Team) -> None:
    """The hold stands; the job goes on, and the message says where to cancel it."""
    result = troubled(hold(running.app("rita"), "1.4.0", "stop", cancel_job=True), "gitlab")
    assert result.release.state == "held"
    assert result.trouble is not None
    assert result.trouble.what == f"1.4.0 is held, and job {dev_job(running).id} goes on"
    assert dev_job(running).status == "running"


def test_a_job_that_was_quicker_than_the_cancel(running: Team) -> None:
    """It is live: that is recorded, and said."""
    running.gitlab.before("cancel", lambda: running.gitlab.finish(dev_job(running).id))
    result = troubled(hold(running.app("chris"), "1.4.0", "stop", cancel_job=True), "failed")
    assert (result.release.state, result.release.held_from) == ("held", "deployed-dev")


@pytest.mark.parametrize("answer", [NO_ANSWER, PlayAnswer(502, None, "bad gateway")])
@pytest.mark.parametrize("effect", ["now", "never"])
def test_a_cancel_without_an_answer_is_looked_at(running: Team, answer: PlayAnswer, effect: str) -> None:
    """Silence and a broken proxy prove nothing: the job's end tells, and a job that goes on leaves it open."""
    running.gitlab.play_faults.append(PlayFault(effect, answer))
    result = hold(running.app("chris"), "1.4.0", "stop", cancel_job=True)
    if effect == "now":
        assert done(result).deployment is not None
    else:
        troubled(result, "unknown")
    assert running.release("1.4.0").state == "held"


def test_a_play_that_may_still_arrive_is_not_canceled(team: Team) -> None:
    """A canceled job that is played is cloned, and the clone runs: the waiting job is left alone."""
    team.approved(team.tested("1.4.0").version)
    team.gitlab.play_faults.append(PlayFault("later"))
    troubled(deploy(team.app("chris"), "1.4.0", "dev"), "unknown")
    result = troubled(hold(team.app("chris"), "1.4.0", "stop", cancel_job=True), "unknown")
    assert result.release.state == "held"
    assert [call.method for call in team.gitlab.calls].count("cancel") == 0
    assert dev_job(team).status == "manual"


def test_an_outage_after_the_hold_leaves_it_held(running: Team) -> None:
    """The release waits whatever GitLab says; the deployment is open, and the way on is said."""
    running.gitlab.fail("job", nth=2)
    result = troubled(hold(running.app("chris"), "1.4.0", "stop", cancel_job=True), "unknown")
    assert result.release.state == "held"


def test_ctrl_c_after_the_hold_does_not_say_that_nothing_was_changed(running: Team) -> None:
    """The hold stands: that is what comes back."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    running.gitlab.before("job", interrupt, nth=2)
    assert troubled(hold(running.app("chris"), "1.4.0", "stop", cancel_job=True), "unknown").release.state == "held"


def test_a_held_release_can_have_its_job_canceled(running: Team) -> None:
    """Whoever held it first did not think of the job."""
    done(hold(running.app("rita"), "1.4.0", "stop"))
    result = done(hold(running.app("chris"), "1.4.0", "and the job", cancel_job=True))
    assert names(result) == ["release_held", "deployment_settled"]
    assert "in_state" in gates(hold(running.app("chris"), "1.4.0", "once more", cancel_job=True))


def test_both_directions_at_once(two: Team) -> None:
    """Two environments are watched side by side by one look after the other."""
    seen: list[str] = []

    def finish(job: Job) -> None:
        seen.append(job.name)
        two.gitlab.finish(job.id)

    done(rollback(two.app("chris"), "1.3.0", "prod", "x", wait=False))
    done(rollback(two.app("chris"), "1.3.0", "dev", "x", wait=False))
    two.heard.on_look = finish
    results = reconcile(two.app("dana")).results
    assert [each.deployment.environment for each in results if each.deployment] == ["prod", "dev"]
    assert [each.trouble for each in results] == [None, None]
    assert seen[:2] == ["deploy-prod", "deploy-dev"]


def test_an_outage_while_going_back_leaves_it_open(two: Team) -> None:
    """Exit 5, and reconcile goes on."""
    two.gitlab.fail("job", nth=2)
    troubled(rollback(two.app("chris"), "1.3.0", "prod", "x"), "unknown")
    assert done(reconcile(two.app("dana")).results[0]).release.version == "1.3.0"
    assert live(two, "prod") == ("1.3.0", "rollback")


def test_an_outage_before_arming_sends_nothing(two: Team) -> None:
    """The deployment is abandoned, so that prod is free."""
    two.gitlab.fail("job")
    sent = len(two.gitlab.plays())
    with pytest.raises(GitLabError):
        rollback(two.app("chris"), "1.3.0", "prod", "x")
    assert len(two.gitlab.plays()) == sent
    assert two.release("1.3.0").deployments[-1].outcome == "abandoned"


def test_what_ended_meanwhile_is_recorded_first(team: Team) -> None:
    """Whoever comes next finds the environment free: no reconcile is needed in between."""
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    team.gitlab.finish(dev_job(team).id)
    team.runs_at_once()
    team.approved(team.tested("1.5.0").version)
    result = done(deploy(team.app("dana"), "1.5.0", "dev"))
    assert result.release.state == "deployed-dev"
    assert team.release("1.4.0").state == "deployed-dev"
    assert "deployment 1 of 1.4.0 to dev had ended: success" in team.heard.notes


def test_an_approval_is_judged_by_what_ended_meanwhile(running: Team) -> None:
    """Prod can be approved at once, although nobody had recorded that dev succeeded."""
    running.gitlab.finish(dev_job(running).id)
    assert names(done(approve(running.app("anna"), "1.4.0", "prod"))) == ["approval_given"]
    assert running.release("1.4.0").state == "deployed-dev"


def test_what_runs_is_let_alone(running: Team) -> None:
    """One look, no waiting, and the command is decided with the deployment open."""
    slept = len(running.clock.slept)
    assert "nothing_under_way" in gates(reject(running.app("anna"), "1.4.0", "dev", "stop"))
    assert len(running.clock.slept) == slept
    assert running.release("1.4.0").deployments[0].is_open


def test_an_outage_in_the_brief_look_stops_nobody_from_holding(running: Team) -> None:
    """The line can be stopped whatever the look says."""
    running.gitlab.fail("job")
    assert done(hold(running.app("rita"), "1.4.0", "stop")).release.state == "held"


def test_a_run_that_was_settled_while_ours_was_refused_is_what_is_told(failed: Team) -> None:
    """Emil was quicker, and a watcher recorded his end before our answer came: not that nothing was deployed."""

    def quicker() -> None:
        failed.gitlab.finish(failed.gitlab.retry(dev_job(failed).id, "emil").job.id)  # type: ignore[union-attr]
        reconcile(failed.app("dana"))

    failed.gitlab.before("retry", quicker)
    result = troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "failed")
    assert (result.release.state, result.release.held_from) == ("held", "deployed-dev")


def test_a_retry_that_was_doubled_on_its_way_is_watched(failed: Team) -> None:
    """The first copy runs, and the second, which is refused for that, is the one that is answered."""
    failed.gitlab.play_faults.append(PlayFault("now", PlayAnswer(403, None, "Job is not retryable")))
    result = done(deploy(failed.app("chris"), "1.4.0", "dev"))
    assert names(result)[:3] == ["deployment_requested", "play_requested", "play_unknown"]
    assert (result.release.state, len(failed.gitlab.plays())) == ("deployed-dev", 2)


def test_a_retry_that_is_refused_because_of_somebody_else_is_refused(failed: Team) -> None:
    """Emil's job runs, and ours was never made: nothing of ours was deployed."""
    failed.heard.on_look = lambda job: None
    failed.gitlab.before("retry", lambda: failed.gitlab.retry(dev_job(failed).id, "emil"))
    result = troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "gitlab")
    assert names(result)[-2:] == ["play_refused", "deployment_settled"]


def test_an_outage_behind_a_refusal_leaves_the_retry_open(failed: Team) -> None:
    """Nobody can tell whether a copy of it runs."""
    failed.gitlab.play_faults.append(PlayFault("now", PlayAnswer(403, None, "Job is not retryable")))
    failed.gitlab.before("retry", lambda: failed.gitlab.fail("jobs"))
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    failed.runs_at_once()
    assert done(reconcile(failed.app("dana")).results[0]).release.state == "deployed-dev"


def test_a_rollback_that_gitlab_refuses_says_what_may_forbid_it(two: Team) -> None:
    """An amend, which helps a deployment, is no way for a release that ran everywhere."""
    two.gitlab.play_faults.append(PlayFault("never", PlayAnswer(403, None, "Forbidden")))
    trouble = troubled(rollback(two.app("chris"), "1.3.0", "prod", "rounding"), "gitlab").trouble
    assert trouble is not None
    base_job = two.release("1.3.0").deployments[-1].base_job
    assert trouble.why[0] == f"GitLab refused the retry of job {base_job}: 403 Forbidden"
    assert "the project forbids to go back" in trouble.why[-1]
    assert not [step for step in trouble.next_step if "amend" in str(step)]
    assert str(trouble.next_step[-1]).startswith("relflow rollback prod --to 1.3.0 -m REASON     if")


def test_a_release_that_went_on_is_not_stopped_by_a_rollback_behind_it(two: Team) -> None:
    """1.4.0 stands in deployed-prod: that dev goes back to 1.3.0 changes nothing about it."""
    result = done(rollback(two.app("chris"), "1.3.0", "dev", "for the demo"))
    assert "release_held" not in names(result)
    assert two.release("1.4.0").state == "deployed-prod"


@pytest.fixture
def both(team: Team) -> Team:
    """Two jobs of 1.4.0 run: its deployment to prod, and a rollback of dev to it."""
    brought(team, "1.4.0", "dev")
    team.approved("1.4.0", "prod", by=("anna", "ben"))
    for begun in (
        deploy(team.app("chris"), "1.4.0", "prod", wait=False),
        rollback(team.app("chris"), "1.4.0", "dev", "disk was full", wait=False),
    ):
        deployment = done(begun).deployment
        assert deployment is not None
        team.gitlab.change(deployment.job_id or 0, "running")
    return team


def canceled(team: Team) -> list[int]:
    """The jobs that were canceled, in order."""
    return [job.id for job in team.gitlab.jobs.values() if job.status == "canceled"]


def test_a_hold_cancels_all_that_runs_for_it(both: Team) -> None:
    """The release that is shown is the one after the last record, whichever job ended last."""
    both.heard.on_look = lambda job: None
    result = done(hold(both.app("chris"), "1.4.0", "wrong totals", cancel_job=True))
    assert names(result) == ["release_held", "deployment_settled", "deployment_settled"]
    assert len(canceled(both)) == 2
    assert result.release == both.release("1.4.0")


def test_what_was_quicker_than_its_cancel_shows_in_the_release(both: Team) -> None:
    """Prod's job ends after dev's and succeeds: that is where the release got, and what is shown."""

    def slowly(job: Job) -> None:
        if job.name == "deploy-prod" and both.heard.looks.count(job) > 1:
            both.gitlab.finish(job.id)

    both.heard.on_look = slowly
    both.gitlab.play_faults.append(PlayFault("never"))
    result = troubled(hold(both.app("chris"), "1.4.0", "wrong totals", cancel_job=True), "failed")
    assert result.release == both.release("1.4.0")
    assert result.release.held_from == "deployed-prod"


def test_an_outage_at_one_job_does_not_spare_the_other(both: Team) -> None:
    """The look at the first fails; the second is canceled, and the first is said to be open."""
    both.heard.on_look = lambda job: None
    both.gitlab.fail("job", nth=3)  # after the brief looks at both
    result = troubled(hold(both.app("chris"), "1.4.0", "wrong totals", cancel_job=True), "unknown")
    assert len(canceled(both)) == 1
    assert names(result) == ["release_held", "deployment_settled"]


def test_ctrl_c_while_canceling_names_what_is_open(running: Team) -> None:
    """Each record is told once, with the deployment that it is about."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    running.gitlab.before("cancel", interrupt)
    result = troubled(hold(running.app("chris"), "1.4.0", "stop", cancel_job=True), "unknown")
    assert names(result) == ["release_held"]
    assert result.deployment == running.release("1.4.0").deployments[0]


def test_a_retry_whose_pipeline_was_deleted_is_held(failed: Team) -> None:
    """Nobody can tell whether it ran: the deployment waits for a person."""
    failed.gitlab.play_faults.append(PlayFault("later"))
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    bound = failed.release("1.4.0").pipeline
    assert bound is not None
    del failed.gitlab.pipelines[bound.id]
    result = troubled(reconcile(failed.app("dana")).results[0], "unknown")
    assert (result.release.state, result.release.deployments[1].odd) == (
        "held",
        f"pipeline {bound.id} is gone from GitLab",
    )


def test_a_project_that_is_hidden_is_not_gone(failed: Team) -> None:
    """Otto sees nothing of it, and records nothing: only who sees the project can tell that a pipeline is gone."""
    failed.gitlab.play_faults.append(PlayFault("later"))
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    [seen] = reconcile(failed.app("otto")).results
    troubled(seen, "unknown")
    assert (seen.recorded, failed.release("1.4.0").state) == ((), "approved-dev")
    failed.gitlab.deliver()
    assert done(reconcile(failed.app("dana")).results[0]).release.state == "deployed-dev"


def test_a_pipeline_that_is_gone_brings_nothing_any_more(two: Team) -> None:
    """It is a rule that says no: a new pipeline for what is to go on, another release for what is to come back."""
    two.approved(two.tested("1.5.0").version)
    for version in ("1.3.0", "1.5.0"):
        bound = two.release(version).pipeline
        assert bound is not None
        two.gitlab.delete_pipeline(bound.id)
    refused = deploy(two.app("chris"), "1.5.0", "dev")
    assert isinstance(refused, No)
    [gate] = [each for each in refused.refusals if each.holds is False]
    assert (gate.gate, gate.next) == ("job_playable", "relflow amend 1.5.0 --pipeline ID -m REASON")
    assert "job_playable" in gates(rollback(two.app("chris"), "1.3.0", "prod", "back"))


def test_a_retry_that_runs_cannot_be_given_up(failed: Team) -> None:
    """Nobody has seen its job yet: the pipeline is looked at."""
    failed.gitlab.play_faults.append(PlayFault("later"))
    troubled(deploy(failed.app("chris"), "1.4.0", "dev"), "unknown")
    failed.gitlab.deliver()
    failed.clock.jump(timedelta(hours=1))
    assert gates(abandon(failed.app("dana"), 2, "lost")) == {"job_at_rest"}
    assert done(reconcile(failed.app("dana")).results[0]).release.state == "deployed-dev"
