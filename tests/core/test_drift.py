"""What is drift, whose release it holds, and what accepting it makes of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from relflow.core import live as living
from relflow.core.decision import Accepted, Refused
from relflow.core.drift import Drift
from relflow.core.drifting import Sighting, decide_acceptance, detected, is_run
from relflow.core.events import DriftDetected, Event, ReleaseHeld
from relflow.core.evolve import evolve, with_drift
from relflow.core.facts import Facts, Job, RemoteDeployment
from relflow.core.people import itself
from relflow.core.release import Deployment, Release
from tests.core.examples import (
    AT,
    CHRIS,
    COMMIT,
    OTHER,
    RITA,
    STRANGER,
    WORKFLOW,
    deployment,
    drift,
    facts,
    job,
    release,
)

RECONCILE = itself("reconcile")
LATER = AT + timedelta(minutes=5)


def ran(status: str = "success", **fields: Any) -> Job:
    """Job 81, which ben played: deploy-dev of pipeline 7."""
    known: dict[str, Any] = {"id": 81, "user_id": 12, "username": "ben", "pipeline_id": 7, "started_at": AT}
    return job(**{"name": "deploy-dev", "status": status, **known, "finished_at": LATER, **fields})


def shown(of: Job | None = None, **fields: Any) -> RemoteDeployment:
    """Deployment 41, as GitLab lists it."""
    known: dict[str, Any] = {
        "id": 41,
        "environment": "dev",
        "status": "success",
        "commit": of.commit if of else COMMIT,
        "job": of,
    }
    return RemoteDeployment(**{**known, "updated_at": LATER, "username": "anna", **fields})


def seen(of: RemoteDeployment, **fields: Any) -> Sighting:
    """It in dev, with nothing of relflow's that accounts for it."""
    known: dict[str, Any] = {"environment": "dev", "own": (), "is_known": False, "release": release("tested")}
    return Sighting(shown=of, **{**known, **fields})


def found(sighting: Sighting) -> tuple[Event, ...]:
    """What is recorded of it."""
    return detected(sighting, AT, RECONCILE, 3)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (shown(ran()), True),
        (shown(ran("running", finished_at=None)), True),
        (shown(ran("failed")), True),
        (shown(ran("pending", started_at=None)), True),
        (shown(ran("manual", started_at=None)), False),
        (shown(ran("created", started_at=None)), False),
        (shown(ran("canceled", started_at=None)), False),
        (shown(ran("skipped", started_at=None)), False),
        (shown(ran(started_at=AT - timedelta(seconds=1))), False),
        (shown(ran("pending", started_at=None), updated_at=AT - timedelta(seconds=1)), False),
        (shown(None), True),
        (shown(None, updated_at=AT - timedelta(seconds=1)), False),
        *((shown(None, status=status), False) for status in ("created", "blocked", "skipped")),
        *((shown(None, status=status), True) for status in ("running", "failed", "canceled", "dreaming")),
    ],
)
def test_what_is_a_run(of: RemoteDeployment, expected: bool) -> None:
    """A job that somebody set going since relflow cares, and a claim that it was; a job that only waits is none."""
    assert is_run(of, AT) is expected


@pytest.mark.parametrize(
    ("own", "is_its"),
    [
        (deployment("settled", outcome="success"), True),
        (deployment("accepted"), True),
        (deployment("settled", outcome="failed"), False),
        (deployment("settled", outcome="abandoned"), False),
        (deployment("settled", outcome="abandoned", odd="job 73 is gone from GitLab"), True),
        (deployment("settled", outcome="success", environment="prod"), False),
        (deployment("settled", outcome="success", commit=OTHER), False),
    ],
)
def test_what_a_deleted_pipeline_leaves_of_ones_own(own: Deployment, is_its: bool) -> None:
    """No job tells whose it was: it is the deployment of that commit to that place which ended so, or may yet."""
    sighting = seen(shown(None), release=release("deployed-dev", deployments=(own,)))
    assert (found(sighting) == ()) is is_its


def test_a_run_that_nobody_asked_for() -> None:
    """One record says who, what, which commit and when, and the release that the commit belongs to is held."""
    drifted, held = found(seen(shown(ran())))
    assert isinstance(drifted, DriftDetected)
    assert isinstance(held, ReleaseHeld)
    assert (drifted.actor, drifted.environment, drifted.release, drifted.commit) == (RECONCILE, "dev", "1.4.0", COMMIT)
    assert (drifted.job_id, drifted.played_by, drifted.status) == (81, "gitlab:ben", "success")
    assert (drifted.gitlab_deployment_id, drifted.finished_at, drifted.deployment_id) == (41, LATER, None)
    assert (held.source, held.target, held.reason) == (
        "tested",
        "held",
        "job 81 (deploy-dev), started by ben, went to dev without relflow",
    )


def test_a_deployment_that_was_only_recorded() -> None:
    """It has no job, and the one who recorded it is named; the record says that nothing ran."""
    drifted, held = found(seen(shown(None)))
    assert isinstance(drifted, DriftDetected)
    assert (drifted.job_id, drifted.played_by, drifted.status) == (None, "gitlab:anna", "success")
    assert held.reason == "deployment 41, recorded by anna went to dev without relflow"


def test_who_is_held_already_stays_where_it_is() -> None:
    """The record is made all the same; nothing is held twice, and a commit of no release holds nobody."""
    held = release("held", held_from="approved-dev")
    (alone,) = found(seen(shown(ran()), release=held))
    assert (alone.name, alone.source, alone.target) == ("drift_detected", "held", "held")
    (alone,) = found(seen(shown(ran(commit=OTHER)), release=None))
    assert (alone.name, alone.release, alone.source, alone.commit) == ("drift_detected", None, None, OTHER)


@pytest.mark.parametrize("own", [deployment("accepted"), deployment("settled", outcome="failed")])
def test_what_a_deployment_accounts_for(own: Any) -> None:
    """A job of relflow's own deployment is none of it, whoever started it: how it ends is that deployment's to say."""
    assert found(seen(shown(ran(id=73)), own=(own,))) == ()


def test_what_was_given_up_accounts_for_nothing() -> None:
    """A play that came after its deployment was abandoned is never silent; a later attempt of the job accounts."""
    given_up = deployment("settled", outcome="abandoned", settled_at=AT)
    drifted, _ = found(seen(shown(ran(id=73)), own=(given_up,)))
    assert isinstance(drifted, DriftDetected)
    assert drifted.deployment_id == given_up.id
    looked_at = replace(given_up, finished_at=AT)
    assert found(seen(shown(ran(id=73)), own=(looked_at,))) == ()
    again = deployment("settled", id=2, outcome="success", settled_at=AT)
    assert found(seen(shown(ran(id=73)), own=(given_up, again))) == ()


def test_a_run_is_written_down_once() -> None:
    """Whatever it did since it was found."""
    assert found(seen(shown(ran()), is_known=True)) == ()


def accepted(of: Release | None, drifted: Drift, now: Job | None, known: Facts | None = None) -> tuple[Event, ...]:
    """The events of an acceptance that must be."""
    decision = decide_acceptance(WORKFLOW, of, drifted, now, "it was an emergency", known or facts(CHRIS))
    assert isinstance(decision, Accepted), decision
    return decision.events


HELD = release("held", held_from="approved-dev")


def test_the_next_step_of_a_release_becomes_its_deployment() -> None:
    """Approved, and its own job: it is recorded as a foreign deployment, and resuming leads behind it."""
    events = accepted(HELD, drift(), ran(), facts(CHRIS, next_deployment_id=5))
    assert [each.name for each in events] == [
        "drift_accepted",
        "deployment_requested",
        "deployment_settled",
        "release_deployed",
    ]
    after: Release | None = HELD
    for event in events:
        after = evolve(after, event)
    assert after is not None
    assert (after.state, after.held_from) == ("held", "deployed-dev")
    (made,) = after.deployments
    assert (made.id, made.kind, made.outcome, made.job_id, made.finished_at) == (5, "foreign", "success", 81, LATER)
    assert made.requested_by.id == "gitlab:ben"


@pytest.mark.parametrize(
    ("of", "run"),
    [
        (release("held", held_from="tested"), ran()),
        (release("held", held_from="deployed-dev"), ran()),
        (HELD, ran("failed")),
        (HELD, ran(name="hotfix-dev")),
        (HELD, ran(pipeline_id=8)),
        (HELD, ran(commit=OTHER)),
        (HELD, None),
        (None, ran()),
    ],
)
def test_whatever_else_is_only_noted(of: Release | None, run: Job | None) -> None:
    """Not approved, another job, another pipeline, a failure, a job that is gone, a commit of no release."""
    (only,) = accepted(of, drift(version=of and of.version), run)
    assert only.name == "drift_accepted"


def test_the_acceptance_knows_how_the_run_ended() -> None:
    """It was found while it ran; what is live follows from how it ended."""
    running = drift(status="running", finished_at=None)
    (first, *_) = accepted(HELD, running, ran())
    (known,) = with_drift({running.id: running}, first).values()
    assert (known.status, known.finished_at, known.accepted_by, known.accepted_at) == ("success", LATER, CHRIS, AT)
    assert not known.is_open


@pytest.mark.parametrize(
    ("drifted", "run", "reason", "actor", "gate", "why"),
    [
        (drift(), ran(), "yes", STRANGER, "may_act", "stranger is no member of group/data-provider"),
        (drift(), ran(), "yes", RITA, "may_act", "rita has access level 20, drift accept needs Developer (30)"),
        (drift(), ran(), " ", CHRIS, "reason_given", "a reason is needed"),
        (drift(accepted_by=RITA, accepted_at=AT), ran(), "yes", CHRIS, "drift_open", "rita accepted it already"),
        (
            drift(),
            ran("running"),
            "yes",
            CHRIS,
            "run_ended",
            "job 81 is running: what it brings is not known yet",
        ),
    ],
)
def test_who_may_not(drifted: Drift, run: Job, reason: str, actor: Any, gate: str, why: str) -> None:
    """Developers accept, with a reason, once, and when it is known what happened."""
    decision = decide_acceptance(WORKFLOW, HELD, drifted, run, reason, facts(actor))
    assert isinstance(decision, Refused)
    assert [(each.gate, each.why) for each in decision.refusals] == [(gate, why)]


@pytest.mark.parametrize(
    ("finished_at", "found_at", "is_live"),
    [
        (AT + timedelta(seconds=1), AT, True),
        (AT, LATER, False),
        (AT - timedelta(seconds=1), LATER, False),
        (None, AT + timedelta(seconds=1), True),
        (None, AT, False),
    ],
)
def test_what_ended_last_is_live(finished_at: datetime | None, found_at: datetime, is_live: bool) -> None:
    """By GitLab's clock where it told, whatever was recorded first."""
    own = deployment("settled", outcome="success", settled_at=LATER + timedelta(hours=1), finished_at=AT)
    there = living.foreign(drift(version=None, finished_at=finished_at, found_at=found_at), own)
    assert (there is not None) is is_live
    if there is not None:
        assert (there.label, there.kind, there.by) == (f"commit {COMMIT[:12]}", "foreign", "gitlab:ben")


def test_alone_it_is_live() -> None:
    """Where relflow brought nothing."""
    there = living.foreign(drift(), None)
    assert there is not None
    assert (there.version, there.since, there.pipeline_id) == ("1.4.0", AT, 7)
    unsettled = replace(deployment("settled", outcome="success"), settled_at=AT - timedelta(days=1))
    assert living.foreign(drift(), unsettled) is not None
