"""What a play does, by the status of the job when it arrives: the table in GitLab's source, row by row."""

from collections.abc import Callable

import pytest

from relflow.sandbox.engine import runner
from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import Status
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop

UNPLAYABLE = {"message": "400 Bad request - Unplayable Job"}
GROUP = "  resource_group: prod\n"


def finished(workshop: Workshop, person: Ask, status: Status) -> Job:
    """Return the job `go` after a run that ended in this status."""
    workshop.open()
    job = workshop.offered()
    if status is Status.FAILED:
        workshop.switch("fail-go")
    if status in (Status.CANCELED, Status.CANCELING):
        workshop.switch("hold-go")
    chris = person(workshop.sandbox, "chris")
    assert chris.play(job.id, job_variables_attributes=[{"key": "NOTE", "value": "first"}]).status_code == 200
    if status is Status.CANCELED:
        workshop.until_run()
        assert chris.cancel(job.id).json()["status"] == "canceling"
    return workshop.until(job.id, status)


def test_a_waiting_manual_job_starts_under_its_own_id(workshop: Workshop, person: Ask) -> None:
    """manual: 200, the same id, on its way, and the player is its user from then on."""
    workshop.open()
    job = workshop.offered()
    assert job.user_id == 11
    answer = person(workshop.sandbox, "chris").play(job.id)
    body = answer.json()
    assert (answer.status_code, body["id"], body["status"], body["user"]["username"]) == (
        200,
        job.id,
        "pending",
        "chris",
    )
    assert workshop.until(job.id, Status.SUCCESS).user_id == 13
    assert workshop.runs() == ["v1"]


def test_a_job_with_a_resource_group_waits_for_the_resource_first(workshop: Workshop, person: Ask) -> None:
    """Manual with a resource group: the answer says waiting_for_resource even when the resource is free."""
    workshop.open(more=GROUP)
    answer = person(workshop.sandbox).play(workshop.offered().id)
    assert (answer.status_code, answer.json()["status"]) == (200, "waiting_for_resource")


def created(workshop: Workshop, person: Ask) -> Job:
    """A job whose earlier stage is not done."""
    workshop.switch("hold-build")
    workshop.open()
    return workshop.job(workshop.tag("v1"), "go", Status.CREATED)


def skipped(workshop: Workshop, person: Ask) -> Job:
    """A job whose earlier stage failed."""
    workshop.switch("fail-build")
    workshop.open()
    return workshop.job(workshop.tag("v1"), "go", Status.SKIPPED)


def running(workshop: Workshop, person: Ask) -> Job:
    """A job that was played and runs."""
    workshop.switch("hold-go")
    workshop.open()
    job = workshop.offered()
    person(workshop.sandbox).play(job.id)
    return workshop.until(job.id, Status.RUNNING)


def waiting_for_resource(workshop: Workshop, person: Ask) -> Job:
    """A job that was played while another one holds the resource."""
    workshop.switch("hold-go")
    workshop.open(more=GROUP)
    holder, waiting = workshop.offered("v1"), workshop.offered("v2")
    anna = person(workshop.sandbox)
    anna.play(holder.id)
    workshop.until(holder.id, Status.RUNNING)
    anna.play(waiting.id)
    return workshop.until(waiting.id, Status.WAITING_FOR_RESOURCE)


@pytest.mark.parametrize("state", [created, skipped, running, waiting_for_resource])
def test_a_job_that_cannot_be_started_is_unplayable(
    workshop: Workshop, person: Ask, state: Callable[[Workshop, Ask], Job]
) -> None:
    """created, skipped, running, waiting_for_resource: 400, and nothing runs because of it."""
    job = state(workshop, person)
    tables = workshop.sandbox.site.tables
    known = len(tables.jobs.rows)
    answer = person(workshop.sandbox).play(job.id)
    assert (answer.status_code, answer.json()) == (400, UNPLAYABLE)
    assert tables.jobs[job.id] == job
    assert len(tables.jobs.rows) == known


def test_a_pending_job_is_unplayable(workshop: Workshop, person: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """pending: 400, when no runner has taken the job yet."""
    workshop.open()
    job = workshop.offered()
    monkeypatch.setattr(runner, "CONCURRENT_JOBS", 0)
    anna = person(workshop.sandbox)
    assert anna.play(job.id).json()["status"] == "pending"
    answer = anna.play(job.id)
    assert (answer.status_code, answer.json()) == (400, UNPLAYABLE)


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED, Status.CANCELED])
def test_a_finished_job_is_cloned_and_the_answer_shows_the_old_one(
    workshop: Workshop, person: Ask, status: Status
) -> None:
    """success, failed, canceled: 200 with the old id and status, while a clone runs with the first run's variables."""
    job = finished(workshop, person, status)
    for name in ("fail-go", "hold-go"):
        if (workshop.switches / name).exists():
            workshop.switch(name, on=False)
    dana = person(workshop.sandbox, "dana")
    answer = dana.play(job.id, job_variables_attributes=[{"key": "NOTE", "value": "second"}])
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, job.id, status)
    clone = workshop.job(workshop.sandbox.site.tables.pipelines[job.pipeline_id], "go", Status.SUCCESS)
    assert clone.id > job.id
    assert clone.user_id == 14
    assert workshop.runs() == ["v1 first", "v1 first"]
    assert workshop.sandbox.site.tables.jobs[job.id].user_id == 13, "the old job keeps who played it"


def test_a_canceling_job_is_cloned_too(workshop: Workshop, person: Ask) -> None:
    """canceling: 200 and a clone, although the old process has not ended yet."""
    ignore = "  before_script: [trap '' TERM]\n"
    workshop.switch("hold-go")
    workshop.open(more=ignore)
    job = workshop.offered()
    anna = person(workshop.sandbox)
    anna.play(job.id)
    workshop.until_run()
    assert anna.cancel(job.id).json()["status"] == "canceling"
    answer = anna.play(job.id)
    assert (answer.status_code, answer.json()["status"]) == (200, "canceling")
    clone = workshop.job(workshop.sandbox.site.tables.pipelines[job.pipeline_id], "go", Status.RUNNING)
    assert clone.id > job.id


def test_a_job_that_was_cloned_already_is_unplayable(workshop: Workshop, person: Ask) -> None:
    """Superseded by a clone: 400, so the same old job gives one clone only."""
    job = finished(workshop, person, Status.SUCCESS)
    anna = person(workshop.sandbox)
    assert anna.play(job.id).status_code == 200
    answer = anna.play(job.id)
    assert (answer.status_code, answer.json()) == (400, UNPLAYABLE)


def test_a_job_of_an_archived_project_is_forbidden(workshop: Workshop, person: Ask) -> None:
    """archived: 403, not 400."""
    workshop.open()
    job = workshop.offered()
    anna = person(workshop.sandbox)
    assert anna.ask("POST", "archive").json()["archived"] is True
    answer = anna.play(job.id)
    assert (answer.status_code, answer.json()) == (403, {"message": "403 Forbidden"})
    assert anna.get(f"jobs/{job.id}")["archived"] is True


def test_a_job_that_starts_by_itself_is_never_playable(workshop: Workshop, person: Ask) -> None:
    """When on_success: 400, finished or not; retry is the call for those."""
    workshop.open()
    build = workshop.job(workshop.tag("v1"), "build", Status.SUCCESS)
    assert person(workshop.sandbox).play(build.id).status_code == 400


def test_playing_lets_skipped_jobs_be_decided_again(workshop: Workshop, person: Ask) -> None:
    """A job skipped because a manual job before it failed waits again when that one is played anew."""
    more = "  allow_failure: false\nafter:\n  stage: .post\n  script: [echo after]\n"
    workshop.switch("fail-go")
    workshop.open(more=more)
    job = workshop.offered()
    anna = person(workshop.sandbox)
    anna.play(job.id)
    pipeline = workshop.sandbox.site.tables.pipelines[job.pipeline_id]
    workshop.job(pipeline, "after", Status.SKIPPED)
    workshop.switch("fail-go", on=False)
    anna.play(job.id)
    workshop.job(pipeline, "after", Status.SUCCESS)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"job_variables_attributes": [{"value": "v"}]}, 400, {"error": "job_variables_attributes[0][key] is missing"}),
        ({"job_variables_attributes": "NOTE"}, 400, {"error": "job_variables_attributes is invalid"}),
        ({"job_inputs": {"region": "eu"}}, 400, {"message": "400 Bad request - Unknown input: region"}),
    ],
)
def test_a_malformed_play_starts_nothing(
    workshop: Workshop, person: Ask, body: dict[str, object], status: int, error: dict[str, str]
) -> None:
    """Variables without a key, or inputs nobody declared: refused in GitLab's words, and the job still waits."""
    workshop.open()
    job = workshop.offered()
    answer = person(workshop.sandbox).play(job.id, **body)
    assert (answer.status_code, answer.json()) == (status, error)
    assert workshop.sandbox.site.tables.jobs[job.id].status is Status.MANUAL
