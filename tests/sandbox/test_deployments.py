"""Environments and deployments, and what makes an old one outdated."""

from typing import Any

import pytest

from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.people import Person
from tests.sandbox.repositories import Workshop


def deployed(workshop: Workshop, one: Person, job_id: int) -> None:
    """Play a job to its success."""
    assert one.play(job_id).status_code == 200
    workshop.until(job_id, Status.SUCCESS)


def test_a_deployment_is_there_long_before_anybody_plays(settled: Sandbox, person: Ask) -> None:
    """Its id comes with the pipeline; it is blocked while the job waits, which means no approval is asked for."""
    found = person(settled).get("deployments", environment="prod")
    assert [(one["id"], one["ref"], one["status"]) for one in found] == [
        (302, "v1.2.0", "blocked"),
        (304, "v1.3.0", "skipped"),
        (306, "v1.4.0", "blocked"),
        (308, "main", "blocked"),
    ]
    assert found[2]["deployable"]["name"] == "deploy-prod"


def test_the_player_is_the_user_of_the_job_not_of_the_deployment(workshop: Workshop, person: Ask) -> None:
    """deployment.user made the pipeline; deployable.user played; what is live is the last success."""
    sandbox = workshop.open()
    job = workshop.offered()
    chris = person(sandbox, "chris")
    deployed(workshop, chris, job.id)
    found = chris.get(f"deployments/{job.deployment_id}")
    assert (found["status"], found["user"]["username"], found["deployable"]["user"]["username"]) == (
        *("success", "anna"),
        "chris",
    )
    environment = chris.get("environments", name="prod")[0]
    assert "last_deployment" not in environment
    assert chris.get(f"environments/{environment['id']}")["last_deployment"]["id"] == job.deployment_id


def test_a_retry_is_a_new_deployment(workshop: Workshop, person: Ask) -> None:
    """New id, new iid, of the same commit; the old one stays as it was."""
    sandbox = workshop.open()
    job = workshop.offered()
    anna = person(sandbox)
    deployed(workshop, anna, job.id)
    clone = anna.retry(job.id).json()
    workshop.until(clone["id"], Status.SUCCESS)
    old, new = anna.get("deployments", environment="prod", status="success")
    assert new["id"] > old["id"] == job.deployment_id
    assert new["iid"] > old["iid"]
    assert new["sha"] == old["sha"]
    assert new["deployable"]["id"] == clone["id"]


def test_a_waiting_job_of_an_older_pipeline_is_outdated(workshop: Workshop, person: Ask) -> None:
    """After a newer success every right on the older waiting job is gone: play, retry and cancel answer 403."""
    sandbox = workshop.open()
    old, new = workshop.offered("v1"), workshop.offered("v2")
    anna = person(sandbox)
    deployed(workshop, anna, new.id)
    for answer in (anna.play(old.id), anna.retry(old.id), anna.cancel(old.id)):
        assert (answer.status_code, answer.json()) == (403, {"message": "403 Forbidden"})


def test_a_finished_older_job_may_be_played_again_as_a_rollback(workshop: Workshop, person: Ask) -> None:
    """Rollbacks are allowed by default; without them the finished job is closed too."""
    sandbox = workshop.open()
    old, new = workshop.offered("v1"), workshop.offered("v2")
    anna = person(sandbox)
    deployed(workshop, anna, old.id)
    deployed(workshop, anna, new.id)
    anna.ask("PUT", "", json={"ci_forward_deployment_rollback_allowed": False})
    assert anna.retry(old.id).status_code == 403
    anna.ask("PUT", "", json={"ci_forward_deployment_rollback_allowed": True})
    clone = anna.retry(old.id).json()
    workshop.until(clone["id"], Status.SUCCESS)
    assert workshop.runs() == ["v1", "v2", "v1"]


def test_without_the_check_older_jobs_stay_open(workshop: Workshop, person: Ask) -> None:
    """ci_forward_deployment_enabled off: an older waiting job may be played after a newer success."""
    sandbox = workshop.open()
    old, new = workshop.offered("v1"), workshop.offered("v2")
    anna = person(sandbox)
    deployed(workshop, anna, new.id)
    anna.ask("PUT", "", json={"ci_forward_deployment_enabled": False})
    deployed(workshop, anna, old.id)


def test_a_queued_job_that_becomes_outdated_fails(workshop: Workshop, person: Ask) -> None:
    """It waited for the resource while a newer deployment succeeded: failed_outdated_deployment_job, and no run."""
    sandbox = workshop.open(more="  resource_group: prod\n")
    workshop.switch("hold-go")
    old, new = workshop.offered("v1"), workshop.offered("v2")
    anna = person(sandbox)
    anna.play(new.id)
    workshop.until_run()
    anna.play(old.id)
    workshop.switch("hold-go", on=False)
    assert workshop.until(old.id, Status.FAILED).failure_reason == "failed_outdated_deployment_job"
    assert workshop.runs() == ["v2"]
    assert anna.get(f"jobs/{old.id}")["failure_reason"] == "failed_outdated_deployment_job"


def test_the_same_commit_is_never_outdated(workshop: Workshop, person: Ask) -> None:
    """Two pipelines of one sha: the older waiting job may still be played."""
    sandbox = workshop.open()
    old = workshop.offered("v1")
    anna = person(sandbox)
    pipeline = sandbox.site.tables.pipelines[anna.ask("POST", "pipeline", json={"ref": "v1"}).json()["id"]]
    deployed(workshop, anna, workshop.job(pipeline, "go", Status.MANUAL).id)
    deployed(workshop, anna, old.id)


def recorded(one: Person, **changes: Any) -> Any:
    """Record a deployment through the API."""
    body = {"environment": "prod", "sha": "v1.2.0", "ref": "v1.2.0", "tag": True, "status": "success", **changes}
    return one.ask("POST", "deployments", json=body)


def test_a_recorded_deployment_runs_nothing_and_has_no_job(sandbox: Sandbox, person: Ask) -> None:
    """201 with deployable null: the record counts as what is live, and only the null tells it from a real one."""
    chris = person(sandbox, "chris")
    made = recorded(chris, environment="moon")
    assert made.status_code == 201
    assert (made.json()["deployable"], made.json()["status"]) == (None, "success")
    environment = chris.get("environments", name="moon")[0]
    assert chris.get(f"environments/{environment['id']}")["last_deployment"]["id"] == made.json()["id"]
    assert recorded(person(sandbox, "rita")).status_code == 403


def test_only_recorded_deployments_can_be_changed(sandbox: Sandbox, person: Ask) -> None:
    """PUT on a job's deployment is refused with GitLab's sentence; DELETE not while it runs or is live."""
    chris = person(sandbox, "chris")
    own = recorded(chris, status="running").json()["id"]
    refused = chris.ask("PUT", "deployments/302", json={"status": "failed"})
    assert refused.json()["message"].endswith("Deployments created using GitLab CI can not be updated using the API")
    assert chris.ask("DELETE", f"deployments/{own}").json() == {"message": "Cannot destroy running deployment"}
    assert chris.ask("PUT", f"deployments/{own}", json={"status": "success"}).json()["status"] == "success"
    assert chris.ask("DELETE", f"deployments/{own}").status_code == 400
    assert recorded(chris).status_code == 201
    assert chris.ask("DELETE", f"deployments/{own}").status_code == 204
    assert chris.ask("GET", f"deployments/{own}").status_code == 404


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"environment": "dev"}, 4),
        ({"status": "blocked"}, 6),
        ({"status": "skipped", "environment": "prod"}, 1),
        ({"updated_after": "2099-01-01"}, 0),
        ({"updated_before": "2099-01-01", "order_by": "updated_at"}, 8),
        ({"finished_after": "2020-01-01", "order_by": "finished_at", "status": "success"}, 0),
    ],
)
def test_filters_of_the_list(settled: Sandbox, person: Ask, filters: dict[str, str], count: int) -> None:
    """Each filter leaves what it says."""
    assert len(person(settled).get("deployments", **filters)) == count


@pytest.mark.parametrize(
    "filters",
    [
        {"finished_after": "2020-01-01"},
        {"finished_after": "2020-01-01", "updated_after": "2020-01-01"},
        {"updated_after": "2020-01-01", "order_by": "id"},
        {"status": "done"},
        {"updated_after": "yesterday"},
    ],
)
def test_filters_that_do_not_go_together(settled: Sandbox, person: Ask, filters: dict[str, str]) -> None:
    """finished_* needs its order and the status success; updated_* needs its order; both together never."""
    assert person(settled).ask("GET", "deployments", params=filters).status_code == 400


def test_order_is_by_id_upwards(settled: Sandbox, person: Ask) -> None:
    """The default of this list is oldest first, unlike the others."""
    anna = person(settled)
    ids = [one["id"] for one in anna.get("deployments")]
    assert ids == sorted(ids)
    assert [one["id"] for one in anna.get("deployments", sort="desc")] == ids[::-1]


def test_environments_know_their_tier(settled: Sandbox, person: Ask) -> None:
    """By name, or as the CI file says; short searches are refused."""
    anna = person(settled)
    assert [(one["name"], one["tier"]) for one in anna.get("environments")] == [
        ("dev", "development"),
        ("prod", "production"),
    ]
    assert [one["name"] for one in anna.get("environments", search="pro")] == ["prod"]
    assert anna.ask("GET", "environments?search=pr").status_code == 400


def test_environments_can_be_made_by_hand(sandbox: Sandbox, person: Ask) -> None:
    """201 once; the same name again is taken."""
    chris = person(sandbox, "chris")
    made = chris.ask("POST", "environments", json={"name": "staging-2", "external_url": "https://s.example.org"})
    assert (made.status_code, made.json()["tier"], made.json()["last_deployment"]) == (201, "staging", None)
    again = chris.ask("POST", "environments", json={"name": "staging-2"})
    assert (again.status_code, again.json()) == (400, {"message": {"name": ["has already been taken"]}})
