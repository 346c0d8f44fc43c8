"""Who may see, play and change what, and in which words everybody else is refused."""

import pytest

from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop

FORBIDDEN = {"message": "403 Forbidden"}
HIDDEN = {"message": "404 Project Not Found"}


def manual_job(settled: Sandbox, ref: str) -> Job:
    """Return the job `deploy-prod` of a ref of the sample."""
    tables = settled.site.tables
    pipeline = next(row for row in tables.pipelines if row.ref == ref)
    return next(job for job in tables.jobs_of(pipeline.id) if job.name == "deploy-prod")


@pytest.mark.parametrize("path", ["", "jobs", "pipelines/1001", "members/all", "nothing/like/that"])
def test_the_outsider_does_not_learn_that_the_project_exists(settled: Sandbox, person: Ask, path: str) -> None:
    """A hidden project and one that is not there are refused in the same words."""
    answer = person(settled, "otto").ask("GET", path)
    unknown_route = path.startswith("nothing")
    assert (answer.status_code, answer.json()) == (404, {"error": "404 Not Found"} if unknown_route else HIDDEN)


@pytest.mark.parametrize("project", ["43", "demo%2Fother", "0"])
def test_a_project_that_is_not_there_is_not_found(settled: Sandbox, person: Ask, project: str) -> None:
    """404 Project Not Found, for members too."""
    answer = person(settled).ask("GET", f"/projects/{project}/jobs")
    assert (answer.status_code, answer.json()) == (404, HIDDEN)


def test_the_path_of_the_project_works_like_its_number(settled: Sandbox, person: Ask) -> None:
    """`demo%2Fdata-provider` and 42 are the same, without regard to case."""
    anna = person(settled)
    assert anna.get("/projects/demo%2Fdata-provider/jobs/5001") == anna.get("jobs/5001")
    assert anna.get("/projects/Demo%2FData-Provider")["id"] == 42


def test_the_outsider_cannot_play(settled: Sandbox, person: Ask) -> None:
    """404, as if there were no such project."""
    answer = person(settled, "otto").play(manual_job(settled, "v1.4.0").id)
    assert (answer.status_code, answer.json()) == (404, HIDDEN)


def test_the_reporter_reads_but_does_not_write(settled: Sandbox, person: Ask) -> None:
    """200 for lists; 403 for play, retry, cancel, pipelines and deployments; 404 first for a job that is not there."""
    rita = person(settled, "rita")
    job = manual_job(settled, "v1.4.0")
    assert rita.get(f"jobs/{job.id}")["status"] == "manual"
    refused = [
        rita.play(job.id),
        rita.retry(5001),
        rita.cancel(job.id),
        rita.ask("POST", "pipeline", json={"ref": "main"}),
    ]
    assert [(answer.status_code, answer.json()) for answer in refused] == [(403, FORBIDDEN)] * 4
    assert rita.play(9999).status_code == 404


@pytest.mark.parametrize(("ref", "username", "status"), [("main", "chris", 403), ("main", "rita", 403)])
def test_a_protected_branch_is_closed_to_who_may_not_push_or_merge(
    settled: Sandbox, person: Ask, ref: str, username: str, status: int
) -> None:
    """`main` is protected for maintainers: a developer cannot play, retry or cancel its jobs."""
    job = manual_job(settled, ref)
    one = person(settled, username)
    for answer in (one.play(job.id), one.retry(job.id), one.cancel(job.id)):
        assert (answer.status_code, answer.json()) == (status, FORBIDDEN)


def test_merge_right_opens_a_protected_branch(sandbox: Sandbox, person: Ask) -> None:
    """Who may merge may play, although pushing stays closed."""
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    anna, chris = person(sandbox), person(sandbox, "chris")
    job = manual_job(sandbox, "main")
    assert chris.play(job.id).status_code == 403
    assert anna.ask("DELETE", "protected_branches/main").status_code == 204
    protection = {"name": "main", "push_access_level": 40, "merge_access_level": 30}
    assert anna.ask("POST", "protected_branches", json=protection).status_code == 201
    assert chris.play(job.id).status_code == 200
    assert chris.get("repository/branches/main")["developers_can_merge"] is True


def test_a_protected_tag_can_be_closed_to_developers(sandbox: Sandbox, person: Ask) -> None:
    """Who may not create the tag may not play its jobs, nor run a pipeline for it."""
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    anna, chris = person(sandbox), person(sandbox, "chris")
    job = manual_job(sandbox, "v1.4.0")
    assert anna.ask("DELETE", "protected_tags/v%2A").status_code == 204
    assert anna.ask("POST", "protected_tags", json={"name": "v*", "create_access_level": 40}).status_code == 201
    assert chris.play(job.id).status_code == 403
    answer = chris.ask("POST", "pipeline", json={"ref": "v1.4.0"})
    assert answer.status_code == 400
    assert "sufficient permission to run a pipeline on 'v1.4.0'" in answer.json()["message"]["base"][0]
    assert anna.play(job.id).status_code == 200


def test_nobody_at_all_may_be_allowed(sandbox: Sandbox, person: Ask) -> None:
    """Level 0 means no one, not everyone."""
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    anna = person(sandbox)
    anna.ask("DELETE", "protected_tags/v%2A")
    anna.ask("POST", "protected_tags", json={"name": "v1.4*", "create_access_level": 0})
    assert anna.play(manual_job(sandbox, "v1.4.0").id).status_code == 403
    assert anna.play(manual_job(sandbox, "v1.2.0").id).status_code == 200


def test_protections_are_for_maintainers_to_change(settled: Sandbox, person: Ask) -> None:
    """A developer gets 403; protecting the same name twice is a conflict."""
    chris, anna = person(settled, "chris"), person(settled)
    assert chris.ask("DELETE", "protected_branches/main").status_code == 403
    assert chris.ask("PUT", "", json={"ci_forward_deployment_enabled": False}).status_code == 403
    assert anna.ask("POST", "protected_branches", json={"name": "main"}).status_code == 409


def test_variables_need_their_own_right(workshop: Workshop, person: Ask) -> None:
    """With the override role `maintainer` a developer plays without variables only."""
    sandbox = workshop.open()
    job = workshop.offered()
    anna, chris = person(sandbox), person(sandbox, "chris")
    answer = anna.ask("PUT", "", json={"ci_pipeline_variables_minimum_override_role": "maintainer"})
    assert answer.json()["ci_pipeline_variables_minimum_override_role"] == "maintainer"
    variables = [{"key": "NOTE", "value": "hello"}]
    refused = chris.play(job.id, job_variables_attributes=variables)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert anna.play(job.id, job_variables_attributes=variables).status_code == 200
    workshop.until(job.id, Status.SUCCESS)
    assert workshop.runs() == ["v1 hello"]


def test_archived_projects_can_be_read_only(workshop: Workshop, person: Ask) -> None:
    """Everything that writes is refused until the project comes back."""
    sandbox = workshop.open()
    anna = person(sandbox)
    assert anna.ask("POST", "archive").status_code == 201
    assert anna.ask("POST", "pipeline", json={"ref": "main"}).status_code == 403
    assert anna.get("")["archived"] is True
    assert anna.ask("POST", "unarchive").status_code == 201
    assert anna.ask("POST", "pipeline", json={"ref": "main"}).status_code == 201
