"""Starting the job of an open deployment once more, by example: who may, when, and what an older epoch may say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core import events as e
from relflow.core.commands import AbandonDeployment, ArmDeployment, RecordAnswer, ReplayDeployment, SettleDeployment
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.facts import EnvironmentFacts, Facts, Job
from relflow.core.people import itself
from relflow.core.release import Release
from relflow.core.starting import QUIET
from tests.core.examples import (
    ANNA,
    AT,
    BEN,
    CHRIS,
    COMMIT,
    IDS,
    OTHER,
    RITA,
    WORKFLOW,
    accepted,
    after,
    deployment,
    environment,
    job,
    pipeline,
    ready,
    refused,
)
from tests.core.test_playing import RETRY, at_phase, names, played

REPLAY = ReplayDeployment("dev", 1, "the network was down")
SETTLE = SettleDeployment("dev", 1)
LATER = AT + QUIET
SOME = EnvironmentFacts(open_deployment=deployment("armed"), open_version="1.4.0")


def known(actor: Any = BEN, seen: Job | None = None, *runs: Job, **more: Any) -> Facts:
    """What a replay looks at once the quiet period is over: the job that the POST would name, and the others."""
    base = seen or job()
    jobs = (job("test", "success", id=72), base, *runs)
    return ready(actor, **{"at": LATER, "job": base, "pipelines": (pipeline(*jobs),), "environment": SOME, **more})


def taken(of: Release | None = None, seen: Facts | None = None) -> Release:
    """A release whose deployment ben has taken over from dana."""
    return after(of or at_phase("unknown"), REPLAY, seen or known())


@pytest.mark.parametrize("phase", ["intended", "armed", "unknown"])
def test_a_replay_begins_an_epoch_and_announces_its_play(phase: str) -> None:
    """Both stand in the log before the POST leaves, with the reason and with what allowed it."""
    begun, asked = accepted(at_phase(phase), REPLAY, known())
    assert isinstance(begun, e.DeploymentTakenOver)
    assert isinstance(asked, e.PlayRequested)
    assert (begun.deployment_id, begun.epoch, begun.reason) == (1, 2, "the network was down")
    assert begun.gates
    assert all(each.holds for each in begun.gates)
    assert (asked.deployment_id, asked.job_id) == (1, 73)
    (open_,) = taken(at_phase(phase)).deployments
    assert (open_.phase, open_.epoch, open_.played_at) == ("armed", 2, LATER)
    assert (open_.requested_by.name, [each.name for each in open_.taken_over_by]) == ("dana", ["ben"])


def test_epochs_count_up() -> None:
    """Each take-over begins the next, whoever it is by."""
    then = after(taken(), REPLAY, known(CHRIS, at=LATER + QUIET))
    assert [each.name for each in then.deployments[0].starters] == ["dana", "ben", "chris"]
    assert then.deployments[0].epoch == 3


@pytest.mark.parametrize("kind", ["deploy", "rollback"])
def test_a_retry_is_replayed_while_no_run_is_younger(kind: str) -> None:
    """The POST names the job that ended, as the first one did."""
    of = at_phase("unknown", **RETRY, kind=kind)
    if kind == "rollback":
        before = deployment("settled", id=9, outcome="success")
        of = replace(of, state="deployed-dev", deployments=(before, *of.deployments))
    base = played("success" if kind == "rollback" else "failed")
    (_, asked) = accepted(of, REPLAY, known(BEN, base))
    assert isinstance(asked, e.PlayRequested)
    assert asked.job_id == 73
    run = job(id=80, status="running", username="ben", user_id=12)
    assert refused(of, REPLAY, known(BEN, base, run))["job_unstarted"] == "job 80 is running: watch it"
    for status in ("created", "a word of tomorrow"):
        clone = job(id=80, status=status)
        assert refused(of, REPLAY, known(BEN, base, clone)) == {"job_unstarted": f"job 80 is {status}: look again"}


#: Phase and what GitLab shows after the quiet period, and what refuses a replay; None where it is allowed.
CELLS: list[tuple[str, Job | None, str | None]] = [
    *((phase, job(), None) for phase in ("intended", "armed", "unknown")),
    ("accepted", job(), "GitLab accepted the play already"),
    *(
        (phase, played(status), f"job 73 is {status}: watch it")
        for phase in ("intended", "armed", "unknown")
        for status in ("waiting_for_resource", "pending", "running")
    ),
    *(
        (phase, played(status), f"job 73 {said}: its end can be recorded")
        for phase in ("intended", "armed", "unknown")
        for status, said in (("success", "succeeded"), ("failed", "failed"), ("canceled", "was canceled"))
    ),
    *((phase, None, "job 73 is gone from GitLab") for phase in ("intended", "armed", "unknown")),
    ("unknown", job(status="created"), "job 73 is created"),
    ("unknown", job(status="skipped"), "job 73 is skipped"),
    ("unknown", job(status="a word of tomorrow"), "job 73 is a word of tomorrow"),
    ("unknown", job(commit=OTHER), f"job 73 belongs to commit {OTHER[:12]}, not {COMMIT[:12]}"),
]


@pytest.mark.parametrize(("phase", "seen", "why"), CELLS)
def test_the_row_of_replays_in_the_table_of_reconciling(phase: str, seen: Job | None, why: str | None) -> None:
    """Only a job that waits as it did before the first play is started."""
    facts = known(BEN, seen) if seen else known(BEN, job=None)
    if why is None:
        assert names(accepted(at_phase(phase), REPLAY, facts)) == ["deployment_taken_over", "play_requested"]
    else:
        assert refused(at_phase(phase), REPLAY, facts)["job_unstarted"] == why


def test_a_younger_run_of_the_job_is_not_played_beside() -> None:
    """Somebody ran it again: a person looks at both first."""
    sibling = job(id=79, status="success", username="ben", user_id=12)
    why = refused(at_phase("unknown"), REPLAY, known(BEN, job(), sibling))["job_unstarted"]
    assert why == "deploy-dev ran again outside this deployment (job 79 by ben: success)"


@pytest.mark.parametrize("phase", ["armed", "unknown"])
def test_a_replay_waits_for_the_quiet_period(phase: str) -> None:
    """The first play may still arrive; of an intended one nothing can."""
    early = known(at=LATER - timedelta(seconds=1))
    decision = decide(WORKFLOW, at_phase(phase), REPLAY, early)
    assert isinstance(decision, Refused)
    [wait] = decision.refusals
    assert (wait.gate, wait.why) == ("quiet_period_over", "the play of job 73 may still arrive at GitLab")
    assert (wait.earliest, wait.next) == (LATER, "relflow reconcile --replay 1 -m REASON")
    assert accepted(at_phase("intended"), REPLAY, known(at=AT))


def test_who_comes_second_is_told_whose_play_it_is() -> None:
    """The quiet period of the new play has begun."""
    why = refused(taken(), REPLAY, known(CHRIS))
    assert why == {"quiet_period_over": "the play of job 73 by ben may still arrive at GitLab"}


def test_an_odd_deployment_is_not_replayed() -> None:
    """A person closes it."""
    of = at_phase("unknown", odd="deploy-dev ran again")
    assert refused(of, REPLAY, known())["job_unstarted"] == "deploy-dev ran again"


def test_a_replay_is_a_decision_to_deploy() -> None:
    """Every gate of a deployment is asked of whoever replays; that the environment is taken by itself is no reason."""
    nobody_agrees = replace(at_phase("unknown"), approvals=())
    assert "quorum_met" in refused(nobody_agrees, REPLAY, known())
    assert "in_state" in refused(at_phase("unknown", "held"), REPLAY, known())
    assert "may_act" in refused(at_phase("unknown"), REPLAY, known(RITA))
    assert "evidence_current" in refused(at_phase("unknown"), REPLAY, known(newest_pipeline=9))
    apart = environment("dev", four_eyes=("creator", "deployer"))
    assert "four_eyes" in refused(at_phase("unknown"), REPLAY, known(ANNA), apart)
    other = EnvironmentFacts(open_deployment=deployment("armed", id=5), open_version="1.5.0")
    assert "environment_free" in refused(at_phase("unknown"), REPLAY, known(environment=other))


def test_whom_a_refused_replay_asks_is_told_to_replay() -> None:
    """A second deployment would find this one open."""
    apart = environment("dev", four_eyes=("creator", "deployer"))
    decision = decide(apart, at_phase("unknown"), REPLAY, known(ANNA))
    assert isinstance(decision, Refused)
    assert [each.next for each in decision.refusals] == ["relflow reconcile --replay 1 -m REASON"]


def test_a_replay_needs_a_reason_and_an_environment() -> None:
    """Both are said; a policy may have dropped the environment since."""
    silent = ReplayDeployment("dev", 1, " ")
    assert refused(at_phase("unknown"), silent, known()) == {"reason_given": "a reason is needed"}
    qa = environment("dev", name="qa")
    why = "the policy has no environment dev any more"
    assert refused(at_phase("unknown"), REPLAY, known(), qa) == {"environment_known": why}


LATE: list[Any] = [
    ArmDeployment("dev", 1, 7),
    RecordAnswer("dev", 1, "accepted", "", job(status="pending")),
    RecordAnswer("dev", 1, "unknown", ""),
    RecordAnswer("dev", 1, "refused", "it was never sent"),
    AbandonDeployment("dev", 1, "nothing was played", epoch=1),
]


@pytest.mark.parametrize("late", LATE)
def test_i7_nothing_is_recorded_under_an_epoch_that_is_over(late: Any) -> None:
    """Whoever slept meanwhile is told who has it now, and closes nothing that another has started."""
    facts = known(at=LATER + QUIET)
    assert refused(taken(), late, facts) == {"epoch_current": "deployment 1 was taken over by ben, epoch 2"}


def test_anybodys_look_and_word_need_no_epoch() -> None:
    """Looking settles; a person closes whatever there is."""
    assert after(taken(), SETTLE, known(itself("reconcile"), played("success", "ben"))).state == "deployed-dev"
    given_up = AbandonDeployment("dev", 1, "no runner")
    assert after(taken(), given_up, known(at=LATER + QUIET)).open_deployment("dev") is None


@pytest.mark.parametrize("by", ["dana", "ben"])
def test_whoever_relflow_played_it_for_is_no_stranger(by: str) -> None:
    """The first play may be the one that arrived."""
    events = accepted(taken(), SETTLE, known(itself("reconcile"), played("success", by)))
    assert names(events) == ["deployment_settled", "release_deployed"]


def test_a_stranger_is_named_with_all_who_asked() -> None:
    """So that a person can ask each of them."""
    events = accepted(taken(), SETTLE, known(itself("reconcile"), played("success", "chris")))
    assert events[-1].reason == "job 73 was started by chris, not by dana or ben"


def test_a_refused_replay_does_not_say_that_nothing_was_played() -> None:
    """What an epoch before sent may have arrived in that moment; where it did not, nobody waits ten minutes more."""
    refusal = RecordAnswer("dev", 1, "refused", "403 Forbidden", epoch=2)
    assert names(accepted(taken(), refusal, known(itself("deploy")))) == ["play_refused"]
    (open_,) = after(taken(), refusal, known(itself("deploy"))).deployments
    assert open_.phase == "unknown"
    given_up = AbandonDeployment("dev", 1, "not allowed")
    assert after(after(taken(), refusal, known()), given_up, known()).open_deployment("dev") is None
    assert IDS["dana"] == open_.requested_by.gitlab_user_id
