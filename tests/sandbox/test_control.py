"""The sandbox's own door beside the faults: a clock that is wrong, and pipelines that somebody deletes."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from relflow.sandbox.clock import now, parse_time, set_ahead
from relflow.sandbox.model.statuses import Status
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop, eventually

HOUR = 3600


@pytest.fixture
def right_clock() -> Iterator[None]:
    """The clock is the machine's again afterwards."""
    yield
    set_ahead(0)


@pytest.mark.usefixtures("right_clock")
@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
def test_its_clock_can_be_wrong(workshop: Workshop, person: Ask, ahead: int) -> None:
    """The header of every answer, and the times of jobs and deployments, are those of its own clock."""
    sandbox = workshop.open()
    job, right = workshop.offered(), now()
    told = requests.put(f"{sandbox.url}/sandbox/clock", json={"ahead": ahead}, timeout=10).json()
    chris = person(sandbox, "chris")
    answer = chris.play(job.id)
    workshop.until(job.id, Status.SUCCESS)
    deployment = chris.get(f"deployments/{job.deployment_id}")
    moments = [parse_time(text) for text in (told["now"], deployment["updated_at"])]
    for moment in (parsedate_to_datetime(answer.headers["Date"]), *moments):
        assert abs(moment - right - timedelta(seconds=ahead)) < timedelta(minutes=5)


@pytest.mark.parametrize("status", [Status.MANUAL, Status.RUNNING, Status.SUCCESS])
def test_a_pipeline_can_be_deleted(workshop: Workshop, person: Ask, status: Status) -> None:
    """It and its jobs are gone with 404, also one that runs; the deployment stays, and shows no job."""
    sandbox = workshop.open()
    anna, job = person(sandbox, "anna"), workshop.offered()
    if status is Status.RUNNING:
        workshop.switch("hold-go")
    if status is not Status.MANUAL:
        anna.play(job.id)
        workshop.until(job.id, status)
    door = f"{sandbox.url}/sandbox/pipelines"
    assert requests.delete(door, json={"id": job.pipeline_id}, timeout=10).status_code == 204
    for path in (f"jobs/{job.id}", f"pipelines/{job.pipeline_id}", f"pipelines/{job.pipeline_id}/jobs"):
        answer = anna.ask("GET", path)
        assert (answer.status_code, answer.json()) == (404, {"message": "404 Not found"})
    assert anna.play(job.id).status_code == 404
    deployment = anna.get(f"deployments/{job.deployment_id}")
    assert deployment["deployable"] is None
    assert deployment["status"] == ("blocked" if status is Status.MANUAL else status)
    eventually(lambda: not (sandbox.site.folder / "builds" / str(job.id)).exists())
    assert requests.delete(door, json={"id": job.pipeline_id}, timeout=10).status_code == 404
