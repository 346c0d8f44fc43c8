"""What an answer to a play proves, and what a look does: the two tables of the protocol, row by row and in total."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.answers import PlayAnswer, classify, is_of_a_copy
from relflow.core.commands import AbandonDeployment, SettleDeployment
from relflow.core.decide import decide
from relflow.core.decision import Accepted
from relflow.core.evolve import evolve
from relflow.core.facts import UNDERWAY, Job, Pipeline
from relflow.core.observe import Ended, Odd, Running, Waiting, observe
from relflow.core.workflow import Workflow, ladder, states
from tests.core.examples import ANNA, AT, WORKFLOW, deployment, facts, job, pipeline, release, word
from tests.strategies.facts import jobs
from tests.strategies.policies import workflows
from tests.strategies.words import ENDS, STATUSES

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
    kind, detail = classify(answer, deployment())
    expected = answer.status == 200 and answer.job is not None and answer.job.id == 73
    assert (kind == "accepted") == (expected and answer.job is not None and answer.job.status in UNDERWAY)
    assert kind in {"accepted", "unknown", "refused"}
    assert detail


@given(answers)
def test_only_what_had_no_effect_is_a_refusal(answer: PlayAnswer) -> None:
    """GitLab said so before it touched the job, or the request never left: then, and then only, nothing was played."""
    kind, _ = classify(answer, deployment())
    assert (kind == "refused") == (
        kind != "accepted" and (answer.status in {401, 403, 404, 405} or not answer.was_sent)
    )


ANSWERS = [
    (PlayAnswer(200, job(status="pending"), ""), "accepted"),
    (PlayAnswer(200, job(status="running", username="ben"), ""), "accepted"),
    (PlayAnswer(200, job(status="success"), ""), "unknown"),
    (PlayAnswer(200, job(status="manual"), ""), "unknown"),
    (PlayAnswer(200, job(status="a word of tomorrow"), ""), "unknown"),
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
    assert classify(answer, deployment())[0] == kind


RETRY = deployment(job_id=None, job_url=None, base_job=73)
MADE = job(id=80, status="pending")
ANSWERS_TO_A_RETRY = [
    (PlayAnswer(201, MADE, ""), "accepted"),
    (PlayAnswer(201, job(id=80, status="running", username="ben"), ""), "accepted"),
    (PlayAnswer(201, job(id=80, status="created"), ""), "accepted"),
    (PlayAnswer(201, job(id=80, status="manual"), ""), "unknown"),
    (PlayAnswer(200, MADE, ""), "unknown"),
    (PlayAnswer(201, job(id=73, status="pending"), ""), "unknown"),
    (PlayAnswer(201, job(id=70, status="pending"), ""), "unknown"),
    (PlayAnswer(201, job("test", id=80, status="pending"), ""), "unknown"),
    (PlayAnswer(201, job(id=80, status="success"), ""), "unknown"),
    (PlayAnswer(201, None, "<html>"), "unknown"),
    (PlayAnswer(400, None, ""), "unknown"),
    (PlayAnswer(403, None, "Job is not retryable"), "refused"),
    (PlayAnswer(None, None, "timed out"), "unknown"),
]


@pytest.mark.parametrize(("answer", "kind"), ANSWERS_TO_A_RETRY)
def test_the_table_of_answers_to_a_retry(answer: PlayAnswer, kind: str) -> None:
    """201 with a new job of the name: nothing else says that it was started."""
    assert classify(answer, RETRY)[0] == kind


NOT_RETRYABLE = PlayAnswer(403, None, "Job is not retryable")
BY_DANA, BY_BEN = job(id=80, status="running", user_id=14), job(id=80, status="running", user_id=12)


@pytest.mark.parametrize(
    ("runs", "kind"),
    [((BY_DANA,), "unknown"), ((BY_BEN,), "refused"), ((BY_BEN, BY_DANA), "unknown"), ((job(id=70),), "refused")],
)
def test_a_refusal_beside_a_run_of_our_own_proves_nothing(runs: tuple[Job, ...], kind: str) -> None:
    """The second of two copies is refused because of what the first one made; a run of somebody else's is no copy."""
    assert is_of_a_copy(NOT_RETRYABLE, RETRY)
    assert classify(NOT_RETRYABLE, RETRY, pipeline(job(status="failed"), *runs))[0] == kind


@pytest.mark.parametrize("status", [None, 201, 400, 401, 404, 405, 409, 500])
def test_what_no_copy_is_answered(status: int | None) -> None:
    """Only a 403 to a retry: no other refusal looks at the job, and the second copy of a play is answered 400."""
    assert not is_of_a_copy(PlayAnswer(status, None, ""), RETRY)
    assert not is_of_a_copy(NOT_RETRYABLE, deployment())


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
    *((phase, "a word of tomorrow", "waiting") for phase in OPEN),
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
    }.get(shown, job(status=shown, **mine))
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


OURS: dict[str, Any] = {"user_id": 14, "username": "dana"}
BEN: dict[str, Any] = {"user_id": 12, "username": "ben"}
#: The runs of the name since the job that is retried, and what a look says while ours is not known.
LOOKS_AT_A_RETRY: list[tuple[tuple[Any, ...], str]] = [
    ((), "waiting"),
    ((job(id=80, status="created", **OURS),), "waiting"),
    ((job(id=80, status="manual", **OURS),), "waiting"),
    ((job(id=80, status="a word of tomorrow", **OURS),), "waiting"),
    *(((job(id=80, status=status, **OURS),), "running") for status in WAITING),
    *(((job(id=80, status=status, **OURS),), "ended") for status in ("success", "failed", "canceled")),
    ((job(id=80, status="success", **BEN),), "foreign"),
    ((job(id=80, status="success", commit="d" * 40, **OURS),), "odd"),
    ((job(id=80, status="failed", **OURS), job(id=81, status="running", **BEN)), "odd"),
    ((job(id=80, status="running", **OURS), job(id=81, status="created", **BEN)), "odd"),
    ((job(id=80, status="success", **OURS), job(id=81, status="a word of tomorrow", **BEN)), "odd"),
]


@pytest.mark.parametrize(("runs", "says"), LOOKS_AT_A_RETRY)
def test_the_table_of_looks_at_a_retry(runs: tuple[Any, ...], says: str) -> None:
    """The one younger job is ours; while there is none it counts as manual; of two nobody can tell."""
    shown = pipeline(job(status="failed", **BEN), *runs)
    found = observe(RETRY, None, shown)
    word = "foreign" if isinstance(found, Ended) and found.foreign else type(found).__name__.lower()
    assert word == says


def test_a_retry_whose_pipeline_is_gone_is_odd() -> None:
    """Nobody can tell whether it ran."""
    assert observe(RETRY, None, None) == Odd("pipeline 7 is gone from GitLab")


@pytest.mark.parametrize("status", ["running", "created", "success"])
def test_a_run_beside_a_retry_that_is_known_is_a_sibling(status: str) -> None:
    """Also one between the job that was retried and ours."""
    mine = job(id=81, status="success", **OURS)
    known = deployment("accepted", job_id=81, base_job=73)
    beside = pipeline(job(status="failed"), job(id=80, status=status, **BEN), mine)
    assert isinstance(observe(known, mine, beside), Odd)
    assert isinstance(observe(known, mine, pipeline(job(status="failed"), mine)), Ended)


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
    over = replace(SIBLING, jobs=tuple(replace(each, status="failed") for each in SIBLING.jobs or ()))
    listed: Pipeline = over if shown == "a sibling ran" else pipeline()
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


@given(workflow=workflows(least=3), data=st.data(), outcome=st.sampled_from(["success", *ENDS]))
def test_a_rollback_holds_what_it_replaced_where_that_goes_on_from_there(
    workflow: Workflow, data: st.DataObject, outcome: str
) -> None:
    """With any environments: whoever stands in deployed-E or one step further waits, and nobody else does."""
    name, way = data.draw(st.sampled_from(workflow.names)), ladder(workflow)
    back = deployment("accepted", kind="rollback", environment=name, job_id=80, base_job=73)
    of, begins = release(way[-1], deployments=(back,)), way.index(f"deployed-{name}")
    for stands in states(workflow):
        other = replace(release(stands, held_from=way[0] if stands == "held" else None), version="1.5.0")
        seen = facts(ANNA, job=job(id=80, status=outcome, user_id=14, username="dana"), replaced=other)
        decision = decide(workflow, of, SettleDeployment(name, 1), seen)
        assert isinstance(decision, Accepted)
        held = [each.release for each in decision.events if each.target == "held"]
        assert held == ["1.5.0"] * (outcome == "success" and stands in way[begins : begins + 2])
        after = of
        for each in decision.events:
            after = evolve(after, each) or after if each.release == of.version else after
        assert (after.state, after.held_from) == (of.state, of.held_from)
