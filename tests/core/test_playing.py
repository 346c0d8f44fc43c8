"""The steps of playing a job, by example: arm, record the answer, settle, abandon; and what a look proves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core import events as e
from relflow.core.commands import (
    AbandonDeployment,
    ArmDeployment,
    DeployRelease,
    HoldRelease,
    RecordAnswer,
    RollbackRelease,
    SettleDeployment,
    Step,
)
from relflow.core.evolve import evolve
from relflow.core.people import itself
from relflow.core.release import Release
from tests.core.examples import (
    ANNA,
    AT,
    BEN,
    DANA,
    IDS,
    OTHER,
    RITA,
    WORKFLOW,
    accepted,
    after,
    deployment,
    environment,
    facts,
    job,
    pipeline,
    ready,
    refused,
    release,
    word,
)

ARM, SETTLE = ArmDeployment("dev", 1, 5), SettleDeployment("dev", 1)
ABANDON = AbandonDeployment("dev", 1, "the runner is gone")
QUIET = timedelta(minutes=10)


def at_phase(phase: str, state: str = "approved-dev", **fields: Any) -> Release:
    """A release whose deployment 1 to dev is open in that phase."""
    held_from = "approved-dev" if state == "held" else None
    made = (deployment(phase, **fields),)
    return release(state, row_version=5, held_from=held_from, approvals=(word(ANNA),), deployments=made)


def played(status: str, by: str = "dana", **fields: Any) -> Any:
    """The deployment's job after somebody played it."""
    return job(status=status, username=by, user_id=IDS[by], **fields)


def names(events: tuple[e.Event, ...]) -> list[str]:
    """What happened, in order."""
    return [each.name for each in events]


def test_a_request_names_the_job_and_keeps_the_gates() -> None:
    """Nothing was played yet; what was asked for, and why it was allowed, stands in one record."""
    of = release("approved-dev", approvals=(word(ANNA),))
    (made,) = accepted(of, DeployRelease("dev"), ready(DANA, next_deployment_id=4))
    assert isinstance(made, e.DeploymentRequested)
    assert (made.deployment_id, made.kind, made.attempt, made.pipeline_id, made.job_id) == (4, "deploy", 1, 7, 73)
    assert all(each.holds for each in made.gates)
    asked = evolve(of, made)
    assert asked is not None
    assert asked.state == "approved-dev"
    assert asked.open_deployment("dev") == asked.deployment(4)


def test_attempts_count_by_environment_and_revision() -> None:
    """A second request after an abandoned one is attempt 2; what was tried for an older revision is another matter."""
    tried = (deployment("settled", outcome="abandoned"), deployment("settled", id=2, revision=0, outcome="failed"))
    of = release("approved-dev", approvals=(word(ANNA),), deployments=tried)
    (made,) = accepted(of, DeployRelease("dev"), ready(DANA))
    assert isinstance(made, e.DeploymentRequested)
    assert made.attempt == 2


AGAIN = pipeline(job("test", "success", id=72), job(status="failed"))
LIVE = release(
    "deployed-prod",
    approvals=(word(ANNA),),
    deployments=(deployment("settled", outcome="success"),),
)
BACK = pipeline(job("test", "success", id=72), job(status="success"))


def test_a_new_attempt_retries_what_failed() -> None:
    """The job to come is not known yet: the record names the one that it is made of."""
    of = release("approved-dev", approvals=(word(ANNA),), deployments=(deployment("settled", outcome="failed"),))
    (made,) = accepted(of, DeployRelease("dev"), ready(DANA, pipelines=(AGAIN,), next_deployment_id=2))
    assert isinstance(made, e.DeploymentRequested)
    assert (made.kind, made.attempt, made.job_id, made.job_url, made.base_job) == ("deploy", 2, None, None, 73)


def test_a_rollback_runs_a_success_again_and_says_why() -> None:
    """It is asked of the release that is to come back, whatever state it has reached since."""
    (made,) = accepted(LIVE, RollbackRelease("dev", "rounding"), ready(DANA, pipelines=(BACK,)))
    assert isinstance(made, e.DeploymentRequested)
    assert (made.kind, made.attempt, made.base_job, made.reason) == ("rollback", 1, 73, "rounding")
    assert (made.source, made.target) == ("deployed-prod", "deployed-prod")


RETRY: dict[str, Any] = {"job_id": None, "job_url": None, "base_job": 73}


@pytest.mark.parametrize(
    ("kind", "status", "arms"),
    [
        ("deploy", "failed", True),
        ("deploy", "canceled", True),
        ("deploy", "success", False),
        ("deploy", "running", False),
        ("deploy", "manual", False),
        ("rollback", "success", True),
        ("rollback", "failed", True),
        ("rollback", "manual", False),
        ("rollback", "pending", False),
    ],
)
def test_arming_a_retry_looks_at_the_job_that_it_is_made_of(kind: str, status: str, arms: bool) -> None:
    """It must still be as the request saw it: ended, and in a way that may be run again."""
    of = at_phase("intended", kind=kind, **RETRY)
    (said,) = accepted(of, ARM, facts(DANA, job=played(status)))
    assert isinstance(said, e.PlayRequested) == arms
    if isinstance(said, e.PlayRequested):
        assert said.job_id == 73


def test_an_accepted_retry_knows_its_job() -> None:
    """From then on the deployment is looked at by that job."""
    made = job(id=80, status="pending", url="j/80", username="dana", user_id=14)
    then = after(at_phase("armed", **RETRY), RecordAnswer("dev", 1, "accepted", "", made), facts(itself("deploy")))
    (known,) = then.deployments
    assert (known.phase, known.job_id, known.job_url, known.base_job) == ("accepted", 80, "j/80", 73)


def test_a_retry_that_nobody_answered_is_settled_by_its_only_run() -> None:
    """The run that the pipeline shows since is the deployment's, and stands in it from then on."""
    shown = pipeline(job(status="failed"), job(id=80, status="success", url="j/80", username="dana", user_id=14))
    then = after(at_phase("unknown", **RETRY), SETTLE, facts(itself("reconcile"), pipelines=(shown,)))
    (known,) = then.deployments
    assert (known.outcome, known.job_id, known.job_url) == ("success", 80, "j/80")
    assert then.state == "deployed-dev"


def back_again(state: str = "deployed-prod", **fields: Any) -> Release:
    """A release whose rollback of dev is accepted; it ran there before."""
    held_from = "deployed-prod" if state == "held" else None
    fields |= {"kind": "rollback", "id": 2, "job_id": 80, "base_job": 73}
    tried = (deployment("settled", outcome="success"), deployment("accepted", **fields))
    return release(state, held_from=held_from, approvals=(word(ANNA),), deployments=tried)


@pytest.mark.parametrize("state", ["deployed-prod", "held"])
def test_a_rollback_leaves_its_release_where_it_stands(state: str) -> None:
    """It is live again, and that is recorded; its state says how far it came, and that has not changed."""
    of = back_again(state)
    seen = facts(itself("deploy"), job=played("success", id=80))
    events = accepted(of, SettleDeployment("dev", 2), seen)
    assert names(events) == ["deployment_settled", "release_deployed"]
    then = after(of, SettleDeployment("dev", 2), seen)
    assert (then.state, then.held_from) == (of.state, of.held_from)
    assert then.deployments[1].outcome == "success"


@pytest.mark.parametrize(
    ("stands", "is_held"),
    [("deployed-dev", True), ("approved-prod", True), ("deployed-prod", False), ("held", False), ("tested", False)],
)
def test_what_a_rollback_replaces_is_held(stands: str, is_held: bool) -> None:
    """Whoever was about to go on from the environment must not go on as if it still ran there."""
    held_from = "deployed-dev" if stands == "held" else None
    other = replace(release(stands, held_from=held_from), version="1.5.0")
    seen = facts(itself("deploy"), job=played("success", id=80), replaced=other)
    events = accepted(back_again(), SettleDeployment("dev", 2), seen)
    held = [each for each in events if isinstance(each, e.ReleaseHeld)]
    assert [(each.release, each.source, each.target) for each in held] == [("1.5.0", stands, "held")] * is_held
    assert all(each.reason == "dev was rolled back to 1.4.0" for each in held)


@pytest.mark.parametrize(
    ("stands", "is_held"),
    [("approved-stage", True), ("deployed-stage", False), ("approved-prod", False)],
)
def test_what_went_on_from_there_is_not_held(stands: str, is_held: bool) -> None:
    """With an environment between: only the next one's approval was given for what runs there."""
    stage = replace(WORKFLOW.environments[0], name="stage", job="deploy-stage")
    workflow = replace(WORKFLOW, environments=(WORKFLOW.environments[0], stage, WORKFLOW.environments[1]))
    seen = facts(ANNA, job=played("success", id=80), replaced=replace(release(stands), version="1.5.0"))
    events = accepted(back_again(), SettleDeployment("dev", 2), seen, workflow)
    assert ("release_held" in names(events)) == is_held


@pytest.mark.parametrize("outcome", ["failed", "canceled"])
def test_a_rollback_that_did_not_work_replaces_nothing(outcome: str) -> None:
    """What ran there runs there still."""
    seen = facts(itself("deploy"), job=played(outcome, id=80), replaced=replace(release("deployed-dev"), version="1.5"))
    assert names(accepted(back_again(), SettleDeployment("dev", 2), seen)) == ["deployment_settled"]


def test_a_retry_is_not_abandoned_while_a_run_may_be_its_own() -> None:
    """While the job is not known, any run of the name since may be."""
    of = at_phase("unknown", **RETRY)
    runs = pipeline(job(status="failed"), job(id=80, status="running", username="ben", user_id=12))
    assert refused(of, ABANDON, facts(ANNA, pipelines=(runs,), at=AT + QUIET)) == {
        "job_at_rest": "job 80 is running: cancel it in GitLab, or wait"
    }
    assert refused(of, ABANDON, facts(ANNA, pipelines=(AGAIN,))) == {
        "job_at_rest": "the retry of job 73 may still arrive at GitLab"
    }
    assert after(of, ABANDON, facts(ANNA, pipelines=(AGAIN,), at=AT + QUIET)).open_deployment("dev") is None


@pytest.mark.parametrize("known", [True, False])
def test_a_clone_that_was_just_made_is_not_abandoned(known: bool) -> None:
    """GitLab is about to queue it; a job that is to be played is `created` while it waits for others."""
    clone = job(id=80, status="created")
    of = at_phase("accepted" if known else "unknown", **{**RETRY, "job_id": 80 if known else None})
    later = facts(ANNA, job=clone if known else None, pipelines=(pipeline(job(status="failed"), clone),), at=AT + QUIET)
    assert refused(of, ABANDON, later) == {"job_at_rest": "job 80 is created: cancel it in GitLab, or wait"}
    waits = facts(ANNA, job=job(status="created"), at=AT + QUIET)
    assert after(at_phase("unknown"), ABANDON, waits).open_deployment("dev") is None


def test_arming_says_so_before_the_post() -> None:
    """The job waits and the release stands as the request left it: the play may leave once this is committed."""
    armed = after(at_phase("intended"), ARM, facts(DANA, job=job())).deployment(1)
    assert armed is not None
    assert (armed.phase, armed.played_at) == ("armed", AT)


@pytest.mark.parametrize(
    ("of", "seen", "why"),
    [
        (at_phase("intended", "held"), job(), "1.4.0 was held meanwhile"),
        (at_phase("intended"), None, "job 73 is gone from GitLab"),
        (at_phase("intended"), job(commit=OTHER), "job 73 belongs to commit dddddddddddd"),
        (at_phase("intended"), played("running", "ben"), "job 73 is running, started by ben"),
        (at_phase("intended"), job(status="pending"), "job 73 is pending, started by somebody"),
        (
            release("approved-dev", row_version=6, deployments=at_phase("intended").deployments),
            job(),
            "1.4.0 was changed by somebody else meanwhile",
        ),
    ],
)
def test_what_moved_meanwhile_is_not_played(of: Release, seen: Any, why: str) -> None:
    """The deployment is abandoned on the spot, and the environment is free again."""
    (settled,) = accepted(of, ARM, facts(DANA, job=seen))
    assert isinstance(settled, e.DeploymentSettled)
    assert (settled.outcome, settled.reason) == ("abandoned", f"nothing was played: {why}")
    assert after(of, ARM, facts(DANA, job=seen)).open_deployment("dev") is None


@pytest.mark.parametrize(
    ("answer", "happened", "phase"),
    [
        ("accepted", ["play_accepted"], "accepted"),
        ("unknown", ["play_unknown"], "unknown"),
        ("refused", ["play_refused", "deployment_settled"], "settled"),
        ("no word of ours", ["play_unknown"], "unknown"),
    ],
)
def test_an_answer_moves_the_deployment_and_never_the_release(answer: str, happened: list[str], phase: str) -> None:
    """Only a refusal closes it; what is not understood proves nothing, and is not taken for one."""
    shown = job(id=80, status="pending", url="j/80")
    command, of = RecordAnswer("dev", 1, answer, "said so", shown), at_phase("armed", **RETRY)
    assert names(accepted(of, command, facts(itself("deploy")))) == happened
    then = after(of, command, facts(itself("deploy")))
    assert [each.phase for each in then.deployments] == [phase]
    assert then.deployments[0].job_id == (80 if answer == "accepted" else None)
    assert then.state == "approved-dev"


STEPS: list[tuple[Release, Step, str, str]] = [
    (at_phase("armed"), ARM, "deployment_intended", "deployment 1 is armed already"),
    (
        at_phase("intended"),
        RecordAnswer("dev", 1, "accepted", ""),
        "deployment_armed",
        "deployment 1 is intended, not armed",
    ),
    (at_phase("settled", outcome="failed"), SETTLE, "deployment_open", "deployment 1 is settled: failed"),
    (at_phase("armed"), SettleDeployment("dev", 9), "deployment_open", "1.4.0 has no deployment 9 to dev"),
    (at_phase("armed"), SettleDeployment("prod", 1), "deployment_open", "1.4.0 has no deployment 1 to prod"),
]


@pytest.mark.parametrize(("of", "command", "gate", "why"), STEPS)
def test_a_step_out_of_turn_is_refused(of: Release, command: Step, gate: str, why: str) -> None:
    """Two processes may be at the same deployment: the one that comes second is told."""
    assert refused(of, command, facts(DANA)) == {gate: why}


def test_success_deploys() -> None:
    """A look at the job, and nothing else, makes the release deployed-dev."""
    of = at_phase("accepted")
    seen = facts(itself("deploy"), job=played("success"), pipelines=(pipeline(),))
    assert names(accepted(of, SETTLE, seen)) == ["deployment_settled", "release_deployed"]
    assert after(of, SETTLE, seen).state == "deployed-dev"


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_failure_leaves_the_release_where_it_stands(status: str) -> None:
    """The state says what is true, the deployment says what was tried."""
    then = after(at_phase("accepted"), SETTLE, facts(itself("deploy"), job=played(status)))
    assert (then.state, then.deployments[0].outcome) == ("approved-dev", status)


def test_success_while_held_is_not_lost() -> None:
    """The release stays held; resuming leads to where the job brought it."""
    then = after(at_phase("accepted", "held"), SETTLE, facts(itself("deploy"), job=played("success")))
    assert (then.state, then.held_from, then.stands_in) == ("held", "deployed-dev", "deployed-dev")


@pytest.mark.parametrize("phase", ["armed", "accepted", "unknown"])
def test_somebody_elses_success_deploys_and_holds(phase: str) -> None:
    """One drift names them; each record begins where the one before ended."""
    events = accepted(at_phase(phase), SETTLE, facts(itself("deploy"), job=played("success", "ben")))
    assert names(events) == ["deployment_settled", "release_deployed", "drift_detected", "release_held"]
    assert [(each.source, each.target) for each in events] == [
        ("approved-dev", "approved-dev"),
        ("approved-dev", "deployed-dev"),
        ("deployed-dev", "deployed-dev"),
        ("deployed-dev", "held"),
    ]
    drift, held = events[2:]
    assert isinstance(drift, e.DriftDetected)
    assert (drift.played_by, drift.job_id) == ("gitlab:ben", 73)
    assert held.reason == "job 73 was started by ben, not by dana"
    then = after(at_phase(phase), SETTLE, facts(itself("deploy"), job=played("success", "ben")))
    assert (then.deployments[0].outcome, then.deployments[0].odd) == ("success", held.reason)


def test_what_ran_before_arming_was_not_ours() -> None:
    """Relflow had sent nothing: even the requester's own click is a stranger's run."""
    events = accepted(at_phase("intended"), SETTLE, facts(itself("reconcile"), job=played("success", "dana")))
    assert names(events)[2:] == ["drift_detected", "release_held"]


def test_what_cannot_be_explained_holds_once() -> None:
    """The deployment stays open with the reason, each foreign run is noted; a second look says how to close it."""
    other = job(id=79, status="running", username="ben", user_id=12)
    seen = facts(itself("reconcile"), job=played("success"), pipelines=(pipeline(job(), other),))
    assert names(accepted(at_phase("accepted"), SETTLE, seen)) == ["drift_detected", "release_held"]
    then = after(at_phase("accepted"), SETTLE, seen)
    why = "deploy-dev ran again outside this deployment (job 79 by ben: running)"
    assert (then.state, then.held_from, then.deployments[0].odd) == ("held", "approved-dev", why)
    assert then.deployments[0].is_open
    assert refused(then, SETTLE, seen) == {"job_finished": why}


@pytest.mark.parametrize(
    ("seen", "why"),
    [(played("running"), "job 73 is running: running"), (job(), "job 73 is manual, not started")],
)
def test_what_is_not_over_cannot_be_settled(seen: Any, why: str) -> None:
    """Look again later."""
    assert refused(at_phase("armed"), SETTLE, facts(itself("deploy"), job=seen)) == {"job_finished": why}


def test_the_end_is_kept_though_the_policy_dropped_the_environment() -> None:
    """What was begun can end; the release cannot move to a state that is no more."""
    elsewhere = environment("dev", name="qa")
    events = accepted(at_phase("accepted"), SETTLE, facts(itself("deploy"), job=played("success")), elsewhere)
    assert names(events) == ["deployment_settled"]


def test_an_intended_deployment_can_be_abandoned_at_once() -> None:
    """Nothing was sent for it."""
    then = after(at_phase("intended"), ABANDON, facts(ANNA))
    assert (then.deployments[0].outcome, then.state) == ("abandoned", "approved-dev")


def test_an_odd_deployment_is_closed_on_a_persons_word() -> None:
    """Its end cannot be recorded any other way, not even where its job succeeded."""
    of = at_phase("accepted", "held", odd="deploy-dev ran again")
    assert after(of, ABANDON, facts(ANNA, job=played("success"))).open_deployment("dev") is None


NOT_YET = [
    (at_phase("accepted"), played("running"), "job_at_rest", "job 73 is running: cancel it in GitLab, or wait"),
    (at_phase("intended"), played("pending"), "job_at_rest", "job 73 is pending: cancel it in GitLab, or wait"),
    (at_phase("accepted"), played("success"), "job_at_rest", "job 73 succeeded: its end can be recorded"),
    (at_phase("unknown"), job(), "job_at_rest", "the play of job 73 may still arrive at GitLab"),
    (at_phase("unknown"), None, "job_at_rest", "the play of job 73 may still arrive at GitLab"),
]


@pytest.mark.parametrize(("of", "seen", "gate", "why"), NOT_YET)
def test_what_may_still_deploy_is_not_abandoned(of: Release, seen: Any, gate: str, why: str) -> None:
    """An abandoned deployment must not deploy later."""
    assert refused(of, ABANDON, facts(ANNA, job=seen)) == {gate: why}


def test_after_the_quiet_period_it_can_be_abandoned() -> None:
    """A play that did not arrive within ten minutes will not."""
    of = at_phase("unknown")
    assert refused(of, ABANDON, facts(ANNA, job=job(), at=AT + QUIET - timedelta(seconds=1)))
    assert after(of, ABANDON, facts(ANNA, job=job(), at=AT + QUIET)).open_deployment("dev") is None


def test_the_quiet_period_begins_with_the_play() -> None:
    """It may have been requested long before: a person was asked, or a database was locked."""
    of = at_phase("unknown", requested_at=AT - timedelta(hours=1))
    assert refused(of, ABANDON, facts(ANNA, job=job(), at=AT + QUIET - timedelta(seconds=1)))


def test_abandoning_needs_a_reason_and_the_right_to() -> None:
    """Both are said at once."""
    said = refused(at_phase("intended"), AbandonDeployment("dev", 1, ""), facts(RITA))
    assert said == {
        "may_act": "rita has access level 20, abandon needs Developer (30)",
        "reason_given": "a reason is needed",
    }


def test_a_hold_before_arming_stops_it_and_after_arming_does_not() -> None:
    """Once armed the play may have left: the deployment goes on, whatever the release does."""
    assert after(at_phase("intended", "held"), ARM, facts(BEN, job=job())).open_deployment("dev") is None
    then = after(at_phase("armed", "held"), RecordAnswer("dev", 1, "accepted", "x"), facts(itself("deploy")))
    assert then.deployments[0].phase == "accepted"


@pytest.mark.parametrize(
    ("phase", "cancels"), [("intended", ()), ("armed", (1,)), ("accepted", (1,)), ("unknown", (1,))]
)
def test_a_hold_names_the_deployments_that_it_cancels(phase: str, cancels: tuple[int, ...]) -> None:
    """Those whose play may have left; an intended one abandons itself."""
    of = at_phase(phase)
    (held,) = accepted(of, HoldRelease("stop", cancel_job=True), facts(RITA))
    assert isinstance(held, e.ReleaseHeld)
    assert held.cancels == cancels
    (plain,) = accepted(of, HoldRelease("stop"), facts(RITA))
    assert isinstance(plain, e.ReleaseHeld)
    assert plain.cancels == ()


def test_a_held_release_can_still_have_its_job_canceled() -> None:
    """Whoever held it first did not think of the job; the place to resume to stays what it was."""
    of = at_phase("accepted", "held")
    then = after(of, HoldRelease("stop it", cancel_job=True), facts(RITA))
    assert (then.state, then.held_from) == ("held", "approved-dev")
    assert "in_state" in refused(release("held", held_from="tested"), HoldRelease("x", cancel_job=True), facts(RITA))
