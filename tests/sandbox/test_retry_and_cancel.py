"""Retry and cancel, of jobs and of whole pipelines."""

import pytest

from relflow.sandbox.model.statuses import Status
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop


def played(workshop: Workshop, person: Ask) -> int:
    """Play the job `go` of a new version to its end and return its id."""
    job = workshop.offered()
    person(workshop.sandbox, "chris").play(job.id)
    workshop.until(job.id, Status.SUCCESS, Status.FAILED)
    return job.id


def test_retry_answers_with_the_new_job_and_deploys_at_once(workshop: Workshop, person: Ask) -> None:
    """201, another id, no second click needed although the job is manual: retry is a second way to deploy."""
    workshop.open()
    old = played(workshop, person)
    answer = person(workshop.sandbox, "dana").retry(old)
    assert (answer.status_code, answer.json()["user"]["username"]) == (201, "dana")
    assert answer.json()["id"] > old
    workshop.until(answer.json()["id"], Status.SUCCESS)
    assert workshop.runs() == ["v1", "v1"]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_not_finished_or_was_retried_is_not_retryable(workshop: Workshop, person: Ask, again: bool) -> None:
    """A waiting job and one that has a clone already: 403 with the reason."""
    workshop.open()
    anna = person(workshop.sandbox)
    job_id = played(workshop, person) if again else workshop.offered().id
    if again:
        anna.retry(job_id)
    answer = anna.retry(job_id)
    assert (answer.status_code, answer.json()) == (403, {"message": "403 Forbidden - Job is not retryable"})


def test_retried_jobs_are_hidden_unless_asked_for(workshop: Workshop, person: Ask) -> None:
    """The list of a pipeline shows the newest run of each name; include_retried shows all."""
    workshop.open()
    old = played(workshop, person)
    anna = person(workshop.sandbox)
    new = anna.retry(old).json()
    path = f"pipelines/{new['pipeline']['id']}/jobs"
    assert old not in [job["id"] for job in anna.get(path)]
    everything = [job["id"] for job in anna.get(path, include_retried=True)]
    assert everything == sorted(everything, reverse=True)
    assert {old, new["id"]} <= set(everything)


def test_retrying_a_failed_stage_lets_the_later_ones_go_on(workshop: Workshop, person: Ask) -> None:
    """The jobs skipped because of a failure wait again, and the pipeline forgets the failure."""
    workshop.switch("fail-build")
    workshop.open()
    pipeline = workshop.tag("v1")
    failed = workshop.job(pipeline, "build", Status.FAILED)
    workshop.job(pipeline, "go", Status.SKIPPED)
    workshop.switch("fail-build", on=False)
    person(workshop.sandbox).retry(failed.id)
    workshop.job(pipeline, "go", Status.MANUAL)
    assert workshop.sandbox.site.tables.pipelines[pipeline.id].status is Status.SUCCESS


def test_cancel_ends_the_process_and_its_children(workshop: Workshop, person: Ask) -> None:
    """running: canceling at once, canceled when the process group is gone."""
    workshop.switch("hold-go")
    workshop.open()
    job = workshop.offered()
    anna = person(workshop.sandbox)
    anna.play(job.id)
    workshop.until_run()
    answer = anna.cancel(job.id)
    assert (answer.status_code, answer.json()["status"]) == (201, "canceling")
    assert workshop.until(job.id, Status.CANCELED).failure_reason is None


def test_cancel_of_a_waiting_manual_job_is_possible_and_play_then_clones(workshop: Workshop, person: Ask) -> None:
    """manual: canceled, and its deployment too; a play afterwards makes a new job."""
    workshop.open()
    job = workshop.offered()
    anna = person(workshop.sandbox)
    assert anna.cancel(job.id).json()["status"] == "canceled"
    assert anna.get(f"deployments/{job.deployment_id}")["status"] == "canceled"
    assert anna.play(job.id).json()["id"] == job.id
    pipeline = workshop.sandbox.site.tables.pipelines[job.pipeline_id]
    assert workshop.job(pipeline, "go", Status.SUCCESS).id > job.id


def test_cancel_of_a_finished_job_answers_201_and_changes_nothing(workshop: Workshop, person: Ask) -> None:
    """success: 201 with the job as it is."""
    workshop.open()
    job_id = played(workshop, person)
    before = workshop.sandbox.site.tables.jobs[job_id]
    answer = person(workshop.sandbox).cancel(job_id)
    assert (answer.status_code, answer.json()["status"]) == (201, "success")
    assert workshop.sandbox.site.tables.jobs[job_id] == before


def test_force_cancel_is_for_maintainers_and_does_not_wait(workshop: Workshop, person: Ask) -> None:
    """Canceling with force: 403 for a developer, canceled at once for a maintainer."""
    workshop.switch("hold-go")
    workshop.open(more="  before_script: [trap '' TERM]\n")
    job = workshop.offered()
    anna, chris = person(workshop.sandbox), person(workshop.sandbox, "chris")
    anna.play(job.id)
    workshop.until_run()
    anna.cancel(job.id)
    assert chris.ask("POST", f"jobs/{job.id}/cancel?force=true").status_code == 403
    assert anna.ask("POST", f"jobs/{job.id}/cancel?force=true").json()["status"] == "canceled"


def test_retry_of_a_pipeline_runs_failures_again_and_offers_manual_jobs(workshop: Workshop, person: Ask) -> None:
    """Failed jobs are cloned; a manual one among them waits to be played again."""
    workshop.switch("fail-go")
    workshop.open()
    failed = played(workshop, person)
    pipeline = workshop.sandbox.site.tables.pipelines[workshop.sandbox.site.tables.jobs[failed].pipeline_id]
    answer = person(workshop.sandbox).ask("POST", f"pipelines/{pipeline.id}/retry")
    assert answer.status_code == 201
    assert workshop.job(pipeline, "go", Status.MANUAL).id > failed
    assert workshop.runs() == ["v1"]


def test_cancel_of_a_pipeline_leaves_manual_jobs(workshop: Workshop, person: Ask) -> None:
    """200 in any state: what runs is canceled, what waits to be played stays."""
    workshop.open(more="other:\n  stage: deploy\n  script: *script\n")
    workshop.switch("hold-other")
    pipeline = workshop.tag("v1")
    other = workshop.job(pipeline, "other", Status.RUNNING)
    go = workshop.job(pipeline, "go", Status.MANUAL)
    anna = person(workshop.sandbox)
    assert anna.ask("POST", f"pipelines/{pipeline.id}/cancel").status_code == 200
    workshop.until(other.id, Status.CANCELED)
    assert workshop.sandbox.site.tables.jobs[go.id].status is Status.MANUAL
    assert anna.ask("POST", f"pipelines/{pipeline.id}/cancel").status_code == 200
