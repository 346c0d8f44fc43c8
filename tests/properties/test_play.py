"""What an answer to a play proves, and what a look does: the two tables of the protocol, row by row and in total."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.answers import PlayAnswer, classify
from relflow.core.commands import AbandonDeployment, SettleDeployment
from relflow.core.decide import decide
from relflow.core.decision import Accepted
from relflow.core.evolve import evolve
from relflow.core.facts import UNDERWAY, Pipeline
from relflow.core.observe import Ended, Odd, Running, Waiting, observe
from tests.core.examples import ANNA, AT, WORKFLOW, deployment, facts, job, pipeline, release, word
from tests.strategies import STATUSES, jobs

COMMIT = "c" * 40
statuses = st.sampled_from([None, 200, 201, 301, 400, 401, 403, 404, 405, 409, 418, 429, 500, 502, 503])
answers = st.builds(
    PlayAnswer,
    statuses | statuses | st.just(200) | st.integers(100, 599),
    st.none() | jobs(id=73, name="deploy-dev", commit=COMMIT) | jobs(id=74, name="deploy-dev", commit=COMMIT),
    st.text(max_size=5),
    st.sampled_from([True, True, False]),
)


@given(answers)
def test_only_the_expected_job_under_way_is_an_acceptance(answer: PlayAnswer) -> None:
    """200, our job, waiting or running: nothing else says that it was started."""
    kind, detail = classify(answer, 73)
    expected = answer.status == 200 and answer.job is not None and answer.job.id == 73
    assert (kind == "accepted") == (expected and answer.job is not None and answer.job.status in UNDERWAY)
    assert kind in {"accepted", "unknown", "refused"}
    assert detail


@given(answers)
def test_only_what_had_no_effect_is_a_refusal(answer: PlayAnswer) -> None:
    """GitLab said so before it touched the job, or the request never left: then, and then only, nothing was played."""
    kind, _ = classify(answer, 73)
    assert (kind == "refused") == (
        kind != "accepted" and (answer.status in {401, 403, 404, 405} or not answer.was_sent)
    )


ANSWERS = [
    (PlayAnswer(200, job(status="pending"), ""), "accepted"),
    (PlayAnswer(200, job(status="running", username="ben"), ""), "accepted"),
    (PlayAnswer(200, job(status="success"), ""), "unknown"),
    (PlayAnswer(200, job(status="manual"), ""), "unknown"),
    (PlayAnswer(200, job(id=99, status="running"), ""), "unknown"),
    (PlayAnswer(200, None, "<html>"), "unknown"),
    (PlayAnswer(302, None, ""), "unknown"),
    (PlayAnswer(400, None, "Unplayable Job"), "unknown"),
    (PlayAnswer(401, None, ""), "refused"),
    (PlayAnswer(403, None, ""), "refused"),
    (PlayAnswer(404, None, ""), "refused"),
    (PlayAnswer(405, None, ""), "refused"),
    (PlayAnswer(409, None, ""), "unknown"),
    (PlayAnswer(429, None, ""), "unknown"),
    (PlayAnswer(500, None, ""), "unknown"),
    (PlayAnswer(None, None, "timed out"), "unknown"),
    (PlayAnswer(None, None, "no route", was_sent=False), "refused"),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS)
def test_the_table_of_answers(answer: PlayAnswer, kind: str) -> None:
    """Each row of the table."""
    assert classify(answer, 73)[0] == kind


OPEN = ("intended", "armed", "accepted", "unknown")
WAITING = ("waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "canceling")
SIBLING = pipeline(job(), job(id=79, status="running", username="ben", user_id=12))

#: phase, what GitLab shows, what the look says. `dana`, 14, asked for the deployment.
TABLE = [
    *((phase, "manual", "waiting") for phase in ("intended", "armed", "unknown")),
    ("accepted", "manual", "odd"),
    *((phase, status, "running") for phase in OPEN for status in WAITING),
    *((phase, status, "waiting") for phase in OPEN for status in ("created", "scheduled", "skipped")),
    *(("intended", status, "foreign") for status in ("success", "failed", "canceled")),
    *((phase, status, "ended") for phase in OPEN[1:] for status in ("success", "failed", "canceled")),
    *((phase, "gone", "odd") for phase in OPEN),
    *((phase, "a sibling ran", "odd") for phase in OPEN),
    *((phase, "another commit", "odd") for phase in OPEN),
    *((phase, "another job", "odd") for phase in OPEN),
    *((phase, "success of ben's", "foreign") for phase in OPEN),
    *((phase, "success of nobody's", "foreign") for phase in OPEN),
]


def look(phase: str, shown: str) -> tuple[str, str | None]:
    """What a look at GitLab in that condition says, and the outcome it would record."""
    mine: dict[str, Any] = {"user_id": 14, "username": "dana"}
    seen = {
        "gone": None,
        "a sibling ran": job(status="success", **mine),
        "another commit": job(status="success", commit="d" * 40, **mine),
        "another job": job(id=99, status="success", **mine),
        "success of ben's": job(status="success", user_id=12, username="ben"),
        "success of nobody's": job(status="success"),
    }.get(shown, job(status=shown, **mine) if shown in STATUSES else None)
    found = observe(deployment(phase), seen, SIBLING if shown == "a sibling ran" else pipeline())
    match found:
        case Waiting():
            return "waiting", None
        case Running():
            return "running", None
        case Ended():
            return ("foreign" if found.foreign else "ended"), found.outcome
        case Odd():
            return "odd", None


@pytest.mark.parametrize(("phase", "shown", "says"), TABLE)
def test_the_table_of_looks(phase: str, shown: str, says: str) -> None:
    """Each field of the reconcile table; an outcome is the job's own status."""
    found, outcome = look(phase, shown)
    assert found == says
    assert outcome == (shown.partition(" ")[0] if says in {"ended", "foreign"} else None)


def test_the_table_has_every_status() -> None:
    """A status that GitLab knows and the table does not would be a hole in the protocol."""
    assert {(phase, status) for phase in OPEN for status in STATUSES} <= {row[:2] for row in TABLE}


@given(
    st.sampled_from(OPEN),
    st.none() | jobs(id=73, name="deploy-dev", commit=COMMIT) | jobs(id=74, name="deploy-dev", commit=COMMIT),
    st.lists(jobs(id=80, name="deploy-dev", commit=COMMIT), max_size=2).map(tuple),
    st.booleans(),
)
def test_a_look_always_says_one_thing(phase: str, seen: object, others: tuple[object, ...], listed: bool) -> None:
    """Total over all that GitLab may show; a success is told for one job only, at one commit, and without a sibling."""
    found_in = pipeline(*others) if listed and others else None  # type: ignore[arg-type]
    found = observe(deployment(phase), seen, found_in)  # type: ignore[arg-type]
    assert isinstance(found, Waiting | Running | Ended | Odd)
    if isinstance(found, Ended) and found.outcome == "success":
        assert (found.job.id, found.job.status, found.job.commit) == (73, "success", COMMIT)
        assert not any(each.is_started for each in (found_in.named("deploy-dev") if found_in else ()))
    if isinstance(found, Odd):
        assert found.why


@pytest.mark.parametrize("phase", OPEN)
@pytest.mark.parametrize("shown", [*STATUSES, "gone", "a sibling ran"])
def test_whatever_gitlab_shows_there_is_a_way_to_close(phase: str, shown: str) -> None:
    """Once jobs have finished and the quiet period is over, settling or abandoning closes every open deployment."""
    seen = (
        None if shown == "gone" else job(status=shown if shown in STATUSES else "success", user_id=14, username="dana")
    )
    if seen is not None and seen.status in UNDERWAY:
        return
    listed: Pipeline = SIBLING if shown == "a sibling ran" else pipeline()
    of = release("approved-dev", approvals=(word(ANNA),), deployments=(deployment(phase),))
    later = facts(ANNA, at=AT.replace(hour=10), job=seen, pipelines=(listed,))
    for command in (SettleDeployment("dev", 1), AbandonDeployment("dev", 1, "over")):
        decision = decide(WORKFLOW, of, command, later)
        if isinstance(decision, Accepted):
            for each in decision.events:
                of = evolve(of, each) or of
        if of.open_deployment("dev") is None:
            return
    raise AssertionError("it stays open for ever")
