"""Many at once: two plays, eight clients, and a person who is faster."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.people import Person
from tests.sandbox.repositories import Workshop, eventually

GROUP = "  resource_group: prod\n"
GATE = "gate:\n  stage: build\n  when: manual\n  allow_failure: false\n  script: ['true']\n"


def overtaken(sandbox: Sandbox, slow: Person, job_id: int, meanwhile: Callable[[], object]) -> requests.Response:
    """Play slowly: checked, then something else happens, then the effect. Return the answer to the slow play."""
    sandbox.fault(method="POST", path="/projects/*/jobs/*/play", kind="delay", at="between", seconds=10)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(slow.play, job_id)
        eventually(lambda: sandbox.application.faults.shown()[0]["waiting"])
        meanwhile()
        sandbox.application.faults.clear()
        return answer.result()


def test_two_plays_at_once_both_answer_200_and_one_runs(workshop: Workshop, person: Ask) -> None:
    """Both passed the checks while the job was manual: the loser gets 200 too, and sees the winner as user."""
    sandbox = workshop.open()
    job = workshop.offered()
    chris, dana = person(sandbox, "chris"), person(sandbox, "dana")
    known = len(sandbox.site.tables.jobs.rows)
    workshop.switch("hold-go")
    answer = overtaken(sandbox, chris, job.id, lambda: dana.play(job.id))
    assert (answer.status_code, answer.json()["id"], answer.json()["user"]["username"]) == (200, job.id, "dana")
    workshop.switch("hold-go", on=False)
    workshop.until(job.id, Status.SUCCESS)
    assert workshop.runs() == ["v1"]
    assert len(sandbox.site.tables.jobs.rows) == known


def test_a_play_overtaken_by_a_whole_run_starts_a_second_one(workshop: Workshop, person: Ask) -> None:
    """The job finished between the checks and the effect of the late play: it is cloned, and deploys again."""
    sandbox = workshop.open()
    job = workshop.offered()
    chris, dana = person(sandbox, "chris"), person(sandbox, "dana")

    def whole_run() -> None:
        dana.play(job.id)
        workshop.until(job.id, Status.SUCCESS)

    answer = overtaken(sandbox, chris, job.id, whole_run)
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, job.id, "success")
    clone = workshop.job(sandbox.site.tables.pipelines[job.pipeline_id], "go", Status.SUCCESS)
    assert clone.id > job.id
    assert workshop.runs() == ["v1", "v1"]


def test_plays_that_really_race_start_one_run(workshop: Workshop, person: Ask) -> None:
    """Eight plays of one job let go together: each is 200 or 400, at least one is 200, and one run comes of it."""
    sandbox = workshop.open()
    workshop.switch("hold-go")
    job = workshop.offered()
    people = [person(sandbox, ("anna", "ben", "chris", "dana")[number % 4]) for number in range(8)]
    together = threading.Barrier(8)

    def play(one: Person) -> int:
        together.wait()
        return one.play(job.id).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(play, people))
    workshop.switch("hold-go", on=False)
    workshop.until(job.id, Status.SUCCESS)
    assert set(statuses) <= {200, 400}
    assert 200 in statuses
    assert workshop.runs() == ["v1"]


def test_a_person_can_be_planned_to_play_first(workshop: Workshop, person: Ask) -> None:
    """The fault `person`: ben plays just before chris's play arrives, which is then one too many."""
    sandbox = workshop.open()
    workshop.switch("hold-go")
    job = workshop.offered()
    path = f"/projects/42/jobs/{job.id}/play"
    sandbox.fault(path=path, kind="person", user="ben", act={"path": path})
    assert person(sandbox, "chris").play(job.id).status_code == 400
    assert sandbox.site.tables.jobs[job.id].user_id == 12


def test_eight_clients_at_once_are_all_answered(sandbox: Sandbox, person: Ask) -> None:
    """Eight clients, 41 requests each, reading and writing: every answer is right, no id is given twice."""
    paths = ["jobs", "pipelines", "deployments", "environments", "repository/tags", "members/all"]
    people = [person(sandbox, ("anna", "ben", "chris", "dana")[number % 4]) for number in range(8)]

    def client(one: Person) -> list[int]:
        reads = [one.ask("GET", paths[index % len(paths)]).status_code for index in range(40)]
        write = one.ask("POST", "pipeline", json={"ref": "v1.4.0"}).status_code
        return [*reads, write]

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for found in pool.map(client, people) for status in found]
    assert set(statuses) == {200, 201}
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    pipelines = list(sandbox.site.tables.pipelines)
    assert len({pipeline.iid for pipeline in pipelines}) == len(pipelines) == 4 + 8


def test_one_resource_group_runs_one_job_at_a_time(workshop: Workshop, person: Ask) -> None:
    """Two played jobs of a group: the second waits for the first, and starts by itself when that one ends."""
    sandbox = workshop.open(more=GROUP)
    workshop.switch("hold-go")
    first, second = workshop.offered("v1"), workshop.offered("v2")
    anna = person(sandbox)
    anna.play(first.id)
    workshop.until(first.id, Status.RUNNING)
    anna.play(second.id)
    workshop.until(second.id, Status.WAITING_FOR_RESOURCE)
    assert anna.get("resource_groups/prod/current_job")["id"] == first.id
    assert [job["id"] for job in anna.get("resource_groups/prod/upcoming_jobs")] == [second.id]
    workshop.switch("hold-go", on=False)
    began = workshop.until(second.id, Status.SUCCESS).started_at
    ended = sandbox.site.tables.jobs[first.id].finished_at
    assert ended is not None
    assert began is not None
    assert ended <= began


def test_oldest_first_lets_a_forgotten_pipeline_hold_all_others(workshop: Workshop, person: Ask) -> None:
    """process_mode oldest_first counts jobs that are not ready, so a played job may wait without end."""
    sandbox = workshop.open(more=GROUP + GATE)
    anna = person(sandbox)
    pipeline = workshop.tag("v1")
    forgotten, gate = workshop.job(sandbox.site.tables.pipelines[1001], "go"), workshop.job(pipeline, "gate", "manual")
    anna.play(gate.id)
    job = workshop.job(pipeline, "go", Status.MANUAL)
    anna.ask("PUT", "resource_groups/prod", json={"process_mode": "oldest_first"})
    anna.play(job.id)
    upcoming = [one["id"] for one in anna.get("resource_groups/prod/upcoming_jobs")]
    assert upcoming[0] == forgotten.id
    assert job.id in upcoming
    assert anna.ask("GET", "resource_groups/prod/current_job").status_code == 404
    anna.ask("PUT", "resource_groups/prod", json={"process_mode": "unordered"})
    workshop.until(job.id, Status.SUCCESS)
