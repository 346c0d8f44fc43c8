"""What goes wrong on demand, kind by kind: what the client sees, and whether the job was played."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from relflow.sandbox.wire.faults import Kind
from tests.sandbox.conftest import Ask
from tests.sandbox.people import Person
from tests.sandbox.repositories import Workshop, eventually

PLAY = "/projects/*/jobs/*/play"


def plan(sandbox: Sandbox, **wanted: Any) -> Any:
    """Plan a fault through the sandbox's own door."""
    body = {"method": "POST", "path": PLAY, **wanted}
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json=body, timeout=10)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def job(workshop: Workshop) -> Job:
    """A job that waits to be played, and then holds on."""
    workshop.open()
    workshop.switch("hold-go")
    return workshop.offered()


@pytest.fixture
def chris(workshop: Workshop, job: Job, person: Ask) -> Person:
    """A developer who plays."""
    return person(workshop.sandbox, "chris")


def was_played(workshop: Workshop, job: Job) -> bool:
    """Whether the play had its effect."""
    return workshop.sandbox.site.tables.jobs[job.id].status is not Status.MANUAL


@pytest.mark.parametrize(
    ("wanted", "status", "text"),
    [
        ({"status": 503}, 503, '{"message":"503 Service Unavailable"}'),
        ({"status": 500}, 500, '{"message":"500 Internal Server Error"}'),
        ({"status": 429}, 429, "Retry later\n"),
        ({"status": 409}, 409, '{"message":"409 Conflict: Resource lock"}'),
        ({"status": 520}, 520, '{"message":"520"}'),
        ({"status": 502, "body": "<html>Bad Gateway</html>"}, 502, "<html>Bad Gateway</html>"),
        ({"status": 200, "body": {"id": 1}, "headers": {"X-Odd": "yes"}}, 200, '{"id":1}'),
    ],
)
def test_status_answers_without_effect(
    workshop: Workshop, job: Job, chris: Person, wanted: dict[str, Any], status: int, text: str
) -> None:
    """Any status with GitLab's body or the one given; the job still waits."""
    plan(workshop.sandbox, kind="status", **wanted)
    answer = chris.play(job.id)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers.get("X-Odd") == wanted.get("headers", {}).get("X-Odd")
    assert ("Retry-After" in answer.headers) is (status == 429)
    assert not was_played(workshop, job)


def test_how_long_to_wait_can_be_a_date(workshop: Workshop, chris: Person) -> None:
    """`Retry-After` is a number of seconds unless told otherwise; a proxy may write a time."""
    date = "Wed, 21 Oct 2037 07:28:00 GMT"
    for headers in ({}, {"Retry-After": date}):
        plan(workshop.sandbox, method="GET", path="/user", kind="status", status=429, headers=headers)
    assert [chris.ask("GET", "/user").headers["Retry-After"] for _ in range(2)] == ["1", date]


def test_status_can_come_after_the_effect(workshop: Workshop, job: Job, chris: Person) -> None:
    """An error is no proof that nothing happened: 400 after a play that took effect."""
    plan(workshop.sandbox, kind="status", status=400, effect=True)
    assert chris.play(job.id).status_code == 400
    assert was_played(workshop, job)


def test_html_is_a_success_that_is_none(workshop: Workshop, job: Job, chris: Person) -> None:
    """200 with a page of a proxy: not JSON, not played."""
    plan(workshop.sandbox, kind="html")
    answer = chris.play(job.id)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert not was_played(workshop, job)


def test_redirect_leads_away(workshop: Workshop, job: Job, chris: Person) -> None:
    """302 to a place that can be chosen."""
    plan(workshop.sandbox, kind="redirect", headers={"Location": "https://login.example.org/"})
    answer = chris.play(job.id)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://login.example.org/")
    assert not was_played(workshop, job)


@pytest.mark.parametrize(("kind", "played"), [("lost_before", False), ("lost_after", True), ("reset", False)])
def test_lost_answers(workshop: Workshop, job: Job, chris: Person, kind: str, played: bool) -> None:
    """The connection ends without an answer; only the server knows whether the job was played."""
    plan(workshop.sandbox, kind=kind)
    with pytest.raises(requests.ConnectionError) as caught:
        chris.play(job.id)
    assert ("reset by peer" in str(caught.value)) is (kind == "reset")
    assert was_played(workshop, job) is played
    assert chris.get(f"jobs/{job.id}")["id"] == job.id, "the next request is answered"


def test_a_reset_may_come_after_the_effect(workshop: Workshop, job: Job, chris: Person) -> None:
    """`effect` overrides what a kind does by default."""
    plan(workshop.sandbox, kind="reset", effect=True)
    with pytest.raises(requests.ConnectionError):
        chris.play(job.id)
    assert was_played(workshop, job)


def test_truncated_bodies_end_too_early(workshop: Workshop, job: Job, chris: Person) -> None:
    """The whole length is announced and half of it sent, after the effect."""
    plan(workshop.sandbox, kind="truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        chris.play(job.id)
    assert was_played(workshop, job)


@pytest.mark.parametrize(("at", "played"), [("before", False), ("between", False), ("after", True)])
def test_delays_at_three_moments(workshop: Workshop, job: Job, chris: Person, at: str, played: bool) -> None:
    """A client that gives up meanwhile cannot know whether the effect came before or will come later."""
    plan(workshop.sandbox, kind="delay", at=at, seconds=20)
    with pytest.raises(requests.ReadTimeout):
        chris.session.post(f"{workshop.sandbox.url}/api/v4/projects/42/jobs/{job.id}/play", timeout=0.2)
    eventually(lambda: workshop.sandbox.application.faults.shown()[0]["waiting"])
    assert was_played(workshop, job) is played
    requests.delete(f"{workshop.sandbox.url}/sandbox/faults", timeout=10)
    workshop.until(job.id, Status.RUNNING)


def test_late_delivery_plays_after_the_client_has_given_up(workshop: Workshop, job: Job, chris: Person) -> None:
    """The connection ends at once, and the effect comes when nobody waits for it any more."""
    plan(workshop.sandbox, kind="late_delivery", seconds=20)
    with pytest.raises(requests.ConnectionError):
        chris.play(job.id)
    assert not was_played(workshop, job)
    workshop.sandbox.application.faults.clear()
    workshop.until(job.id, Status.RUNNING)


@pytest.mark.parametrize(("seconds", "clones"), [(0, 0), (20, 1)])
def test_a_doubled_play_is_one_or_two(
    workshop: Workshop, job: Job, chris: Person, seconds: int, clones: int, person: Ask
) -> None:
    """While the job is under way the second is refused, and that is the answer; once it has ended it is cloned."""
    plan(workshop.sandbox, kind="doubled", seconds=seconds)
    if not seconds:
        answer = chris.play(job.id)
        assert (answer.status_code, answer.json()["message"]) == (400, "400 Bad request - Unplayable Job")
    else:
        with pytest.raises(requests.ReadTimeout):
            chris.session.post(f"{workshop.sandbox.url}/api/v4/projects/42/jobs/{job.id}/play", timeout=0.2)
        workshop.switch("hold-go", on=False)
        workshop.until(job.id, Status.SUCCESS)
        workshop.sandbox.application.faults.clear()
    tables = workshop.sandbox.wait_for(
        lambda tables: tables if len(tables.jobs_of(job.pipeline_id, retried=True)) == 2 + clones else None
    )
    assert tables.jobs[job.id].status is not Status.MANUAL


def test_a_falsified_answer_is_the_true_one_but_for_what_is_told(workshop: Workshop, job: Job, chris: Person) -> None:
    """Some values of its JSON, in every row of a list; another status; more headers. The play took effect."""
    lie = {"status": "success", "user": {"username": "eve"}, "commit": None}
    plan(workshop.sandbox, kind="falsified", status=201, body=lie, headers={"X-Odd": "yes"})
    answer = chris.play(job.id)
    told = answer.json()
    assert (answer.status_code, answer.headers["X-Odd"]) == (201, "yes")
    assert (told["id"], told["status"], told["commit"]) == (job.id, "success", None)
    assert (told["user"]["username"], told["user"]["name"]) == ("eve", "Chris Conrad")
    assert was_played(workshop, job)
    plan(workshop.sandbox, method="GET", path="/projects/*/jobs", kind="falsified", body={"id": 7})
    assert {row["id"] for row in chris.get("jobs")} == {7}


def test_slow_bodies_arrive_whole(workshop: Workshop, job: Job, chris: Person) -> None:
    """Piece by piece over the seconds given, but complete."""
    plan(workshop.sandbox, kind="slow_body", seconds=0.2)
    began = time.monotonic()
    assert chris.play(job.id).json()["id"] == job.id
    assert time.monotonic() - began > 0.19


def test_the_nth_request_and_no_other(workshop: Workshop, job: Job, chris: Person) -> None:
    """Counted from the moment of planning, per fault, by method and path."""
    plan(workshop.sandbox, method="GET", path="/projects/42/jobs/*", kind="status", status=503, nth=2, times=2)
    path = f"jobs/{job.id}"
    assert [chris.ask("GET", path).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert chris.ask("GET", f"{path}/trace").status_code == 200, "a star is one segment"
    shown = requests.get(f"{workshop.sandbox.url}/sandbox/faults", timeout=10).json()
    assert [(one["matched"], one["applied"]) for one in shown] == [(5, 2)]


def test_always_until_cleared(workshop: Workshop, job: Job, chris: Person) -> None:
    """`always` goes on; DELETE ends all faults at once; `**` covers any number of segments."""
    plan(workshop.sandbox, method="*", path="/projects/**", kind="status", status=500, always=True)
    assert [chris.ask("GET", "jobs").status_code for _ in range(3)] == [500] * 3
    assert chris.play(job.id).status_code == 500
    assert requests.delete(f"{workshop.sandbox.url}/sandbox/faults", timeout=10).status_code == 204
    assert chris.play(job.id).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "earthquake"},
        {"kind": "status", "sort": 1},
        {"kind": "delay", "seconds": "soon"},
        {"kind": "falsified", "body": "a lie"},
        {"kind": "person"},
        {"kind": "delay", "at": "between", "path": "/x"},
        {},
    ],
)
def test_faults_that_are_not_understood_are_refused(settled: Sandbox, wanted: dict[str, Any]) -> None:
    """A misspelt fault would make a test green for the wrong reason."""
    answer = requests.post(f"{settled.url}/sandbox/faults", json={"path": PLAY, **wanted}, timeout=10)
    assert answer.status_code == 400
    assert settled.application.faults.shown() == []


def test_every_kind_is_documented() -> None:
    """The page of the reference has a row for each, and for nothing else."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md").read_text()
    _, table = page.split("| `kind` |")
    rows = {name for line in table.splitlines() for name in re.findall("`([a-z_]+)`", line[: line.find("|", 1)])}
    assert rows - {"effect"} == set(Kind)


def test_everything_received_is_listed(workshop: Workshop, job: Job, chris: Person) -> None:
    """Who sent what, when, and what became of it; a lost answer has no status; tokens are never kept."""
    sandbox = workshop.sandbox
    door = f"{sandbox.url}/sandbox/received"
    requests.delete(door, timeout=10)
    plan(sandbox, kind="lost_after")
    secret = {"key": "PERMIT", "value": "glpat-sandbox-anna and more"}
    with pytest.raises(requests.ConnectionError):
        chris.play(job.id, job_variables_attributes=[secret], api_token="x")
    chris.ask("GET", "jobs?private_token=glpat-sandbox-chris&per_page=1")
    requests.get(f"{sandbox.url}/api/v4/user", timeout=10)
    play, listing, stranger = requests.get(door, timeout=10).json()
    assert (play["method"], play["path"], play["user"], play["status"], play["fault"]) == (
        *("POST", f"/projects/42/jobs/{job.id}/play", "chris"),
        *(None, "lost_after"),
    )
    assert play["body"] == {
        "job_variables_attributes": [{"key": "PERMIT", "value": "[removed] and more"}],
        "api_token": "[removed]",
    }
    assert (listing["query"], listing["status"]) == ("private_token=[removed]&per_page=1", 200)
    assert (stranger["user"], stranger["status"]) == (None, 401)
    assert play["at"] <= listing["at"] <= stranger["at"]


def test_the_sandboxes_own_door_knows_nothing_else(settled: Sandbox) -> None:
    """404 for other paths below /sandbox; it needs no token."""
    assert requests.get(f"{settled.url}/sandbox/else", timeout=10).status_code == 404
