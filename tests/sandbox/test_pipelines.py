"""Where pipelines come from, what is in them, and how they are found."""

from typing import Any

import pytest

from relflow.sandbox.model.statuses import Status
from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask, Start
from tests.sandbox.repositories import Workshop, commit, create_repository, eventually, is_alive


def test_at_the_start_every_branch_and_tag_has_its_pipeline(settled: Sandbox, person: Ask) -> None:
    """Oldest commit first; whoever wrote the commit made the pipeline; ids begin apart from each other."""
    found = person(settled).get("pipelines", sort="asc")
    assert [(one["id"], one["ref"], one["source"], one["status"]) for one in found] == [
        (1001, "v1.2.0", "push", "success"),
        (1002, "v1.3.0", "push", "failed"),
        (1003, "v1.4.0", "push", "success"),
        (1004, "main", "push", "success"),
    ]
    authors = [person(settled).get(f"pipelines/{one['id']}")["user"]["username"] for one in found]
    assert authors == ["anna", "chris", "dana", "emil"]


def test_a_push_is_seen_for_the_tag_and_its_branch(workshop: Workshop) -> None:
    """A tagged commit on a branch gives two pipelines of one sha; before_sha is known for the branch only."""
    sandbox = workshop.open()
    before = sandbox.repository
    old = git(before, "rev-parse", "HEAD").strip()
    tag = workshop.tag("v1")
    branch = sandbox.wait_for(
        lambda tables: next((row for row in tables.pipelines if row.ref == "main" and row.sha == tag.sha), None)
    )
    assert (tag.tag, tag.before_sha) == (True, "0" * 40)
    assert (branch.tag, branch.before_sha) == (False, old)


def test_a_real_push_from_a_clone_is_seen(sandbox: Sandbox, person: Ask, tmp_path: Any) -> None:
    """The sample is a repository like any other: clone, commit, push, and the pipeline runs."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(sandbox.repository), str(clone))
    sha = commit(clone, {"NOTES": "pushed\n"}, author="dana")
    git(clone, "push", "--quiet", "origin", "main")
    pipeline = sandbox.wait_for(lambda tables: next((row for row in tables.pipelines if row.sha == sha), None))
    assert pipeline.user_id == 14
    assert person(sandbox).get(f"repository/commits/{sha}")["last_pipeline"]["id"] == pipeline.id


def test_skip_ci_makes_a_skipped_pipeline(workshop: Workshop, person: Ask) -> None:
    """`[skip ci]` in the message: a pipeline without jobs on push; asking for one by hand ignores it."""
    sandbox = workshop.open()
    pipeline = workshop.tag("v1", message="Change nothing [skip ci]")
    assert pipeline.status is Status.SKIPPED
    assert sandbox.site.tables.jobs_of(pipeline.id) == []
    assert person(sandbox).ask("POST", "pipeline", json={"ref": "v1"}).json()["status"] == "created"


def test_a_bad_file_on_another_ref_gives_a_failed_pipeline(workshop: Workshop, start: Start, person: Ask) -> None:
    """What cannot run on a push is kept with its errors; by hand it is refused with them."""
    logs: list[str] = []
    repo = create_repository(workshop.repo.with_name("bad"), "a:\n  script: echo a\n")
    sandbox = start(repo, logs=logs)
    sha = commit(repo, {".gitlab-ci.yml": "a:\n  script: echo a\n  needs: [b]\n"})
    pipeline = sandbox.wait_for(lambda tables: next((row for row in tables.pipelines if row.sha == sha), None))
    assert pipeline.status is Status.FAILED
    assert pipeline.yaml_errors is not None
    assert "a:needs" in pipeline.yaml_errors
    anna = person(sandbox)
    answer = anna.ask("POST", "pipeline", json={"ref": "main"})
    assert answer.status_code == 400
    assert "a:needs" in answer.json()["message"]["base"][0]
    assert [row["id"] for row in anna.get("pipelines", yaml_errors="true")] == [pipeline.id]
    assert len(logs) == 1
    assert "a:needs" in logs[0]


def test_a_pipeline_by_hand_belongs_to_who_asked(workshop: Workshop, person: Ask) -> None:
    """201, source api, created; its variables reach the jobs; asking twice makes two."""
    sandbox = workshop.open()
    workshop.tag("v1")
    body = {"ref": "v1", "variables": [{"key": "NOTE", "value": "by hand"}]}
    made = [person(sandbox, "dana").ask("POST", "pipeline", json=body).json() for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert (made[0]["source"], made[0]["status"], made[0]["user"]["username"], made[0]["tag"]) == (
        *("api", "created", "dana"),
        True,
    )
    for one in made:
        workshop.job(sandbox.site.tables.pipelines[one["id"]], "build", Status.SUCCESS)
    assert workshop.runs("build").count("v1 by hand") == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"error": "ref is missing"}),
        ({"ref": "nowhere"}, {"message": {"base": ["Reference not found"]}}),
        ({"ref": "main", "variables": [{"key": "A"}]}, {"error": "variables[0][value] is missing"}),
    ],
)
def test_a_pipeline_that_cannot_be_made(
    settled: Sandbox, person: Ask, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    """400, in the shape that each kind of mistake has in GitLab."""
    answer = person(settled).ask("POST", "pipeline", json=body)
    assert (answer.status_code, answer.json()) == (400, expected)


def test_rules_that_leave_no_job_make_no_pipeline(start: Start, person: Ask, tmp_path: Any) -> None:
    """Nothing on push, and 400 with GitLab's sentence by hand."""
    logs: list[str] = []
    rules = "only-tags:\n  script: echo tag\n  rules:\n    - if: $CI_COMMIT_TAG\n"
    sandbox = start(create_repository(tmp_path / "rules", rules), logs=logs)
    assert list(sandbox.site.tables.pipelines) == []
    assert "rules configuration" in logs[0]
    answer = person(sandbox).ask("POST", "pipeline", json={"ref": "main"})
    assert "will not run for the selected trigger" in answer.json()["message"]["base"][0]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"ref": "v1.3.0"}, [1002]),
        ({"status": "failed"}, [1002]),
        ({"scope": "tags"}, [1003, 1002, 1001]),
        ({"scope": "branches"}, [1004]),
        ({"scope": "finished"}, [1004, 1003, 1002, 1001]),
        ({"scope": "running"}, []),
        ({"source": "api"}, []),
        ({"username": "dana"}, [1003]),
        ({"order_by": "ref", "sort": "asc"}, [1004, 1001, 1002, 1003]),
        ({"created_after": "2099-01-01"}, []),
        ({"updated_before": "2099-01-01T00:00:00Z", "per_page": 1}, [1004]),
        ({"yaml_errors": "true"}, []),
    ],
)
def test_filters_of_the_list(settled: Sandbox, person: Ask, filters: dict[str, Any], ids: list[int]) -> None:
    """Each filter leaves what it says, newest first unless told otherwise."""
    assert [one["id"] for one in person(settled).get("pipelines", **filters)] == ids


@pytest.mark.parametrize("filters", [{"scope": "all"}, {"status": "done"}, {"order_by": "sha"}, {"sort": "up"}])
def test_unknown_words_in_filters_are_refused(settled: Sandbox, person: Ask, filters: dict[str, str]) -> None:
    """400 in the shape of GitLab's parameter checks."""
    answer = person(settled).ask("GET", "pipelines", params=filters)
    name = next(iter(filters))
    assert (answer.status_code, answer.json()) == (400, {"error": f"{name} does not have a valid value"})


def test_the_sha_filter_finds_all_pipelines_of_a_commit(settled: Sandbox, person: Ask) -> None:
    """By full sha, exactly."""
    anna = person(settled)
    sha = anna.get("repository/tags/v1.4.0")["commit"]["id"]
    assert [one["ref"] for one in anna.get("pipelines", sha=sha)] == ["v1.4.0"]


def test_latest_is_forbidden_where_there_is_none(settled: Sandbox, person: Ask) -> None:
    """403, as documented, not 404; for the default branch when no ref is given."""
    anna = person(settled)
    assert anna.get("pipelines/latest")["ref"] == "main"
    assert anna.get("pipelines/latest", ref="v1.2.0")["id"] == 1001
    assert anna.ask("GET", "pipelines/latest?ref=nowhere").status_code == 403


def test_jobs_of_a_pipeline_newest_first_by_scope(settled: Sandbox, person: Ask) -> None:
    """Ids ascend by stage; several scopes add up; an unknown one is refused; there are no bridges."""
    anna = person(settled)
    jobs = anna.get("pipelines/1003/jobs")
    assert [job["name"] for job in reversed(jobs)] == ["unit", "lint", "deploy-dev", "deploy-prod"]
    assert len(anna.get("pipelines/1003/jobs?scope[]=manual&scope[]=success")) == 4
    assert len(anna.get("pipelines/1003/jobs?scope=manual")) == 2
    assert anna.ask("GET", "pipelines/1003/jobs?scope[]=done").status_code == 400
    assert anna.get("pipelines/1003/bridges") == []


def test_the_failed_release_says_why(settled: Sandbox, person: Ask) -> None:
    """v1.3.0: the test job failed with its reason, trace and report; nothing after it can be played."""
    anna = person(settled)
    jobs = {job["name"]: job for job in anna.get("pipelines/1002/jobs")}
    assert (jobs["unit"]["status"], jobs["unit"]["failure_reason"]) == ("failed", "script_failure")
    assert "failure_reason" not in jobs["lint"]
    assert jobs["deploy-prod"]["status"] == "skipped"
    trace = anna.ask("GET", f"jobs/{jobs['unit']['id']}/trace")
    assert trace.headers["Content-Type"] == "text/plain"
    assert "FAILED  averages the prices: expected 5, got 3" in trace.text
    summary = anna.get("pipelines/1002/test_report_summary")
    assert summary["total"]["failed"] == 1
    assert (summary["test_suites"][0]["name"], summary["test_suites"][0]["build_ids"]) == ("unit", [jobs["unit"]["id"]])


def test_coverage_comes_from_the_output(settled: Sandbox, person: Ask) -> None:
    """A number on the job, a text on the pipeline."""
    anna = person(settled)
    assert anna.get("pipelines/1003")["coverage"] == "75.00"
    assert {job["coverage"] for job in anna.get("pipelines/1003/jobs")} == {75.0, None}


def test_a_blocking_manual_job_hides_a_failure(start: Start, person: Ask, tmp_path: Any) -> None:
    """Manual is looked at before failed: the pipeline says manual although a job of it failed."""
    text = "bad:\n  script: exit 1\nask:\n  script: echo\n  rules:\n    - when: manual\n"
    sandbox = start(create_repository(tmp_path / "blocked", text))
    sandbox.wait_for(lambda tables: any(job.status is Status.FAILED for job in tables.jobs))
    pipeline = sandbox.wait_for(lambda tables: next((row for row in tables.pipelines if row.status == "manual"), None))
    assert person(sandbox).get(f"pipelines/{pipeline.id}")["detailed_status"]["text"] == "Blocked"


def test_jobs_see_gitlabs_variables(start: Start, person: Ask, tmp_path: Any) -> None:
    """Predefined, global, job and rule variables, later ones winning and referring to earlier ones."""
    text = """
variables: {WHO: global, GREETING: "hello $CI_COMMIT_REF_NAME"}
show:
  variables: {WHO: job}
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      variables: {PLACE: main}
  environment: {name: review/$CI_COMMIT_REF_SLUG, url: "https://$CI_ENVIRONMENT_SLUG.example.org"}
  script:
    - echo "$WHO|$GREETING|$PLACE|$CI_JOB_NAME|$CI_ENVIRONMENT_NAME|$CI_ENVIRONMENT_URL|$GITLAB_USER_LOGIN|$CI"
    - test "$(git rev-parse HEAD)" = "$CI_COMMIT_SHA"
"""
    sandbox = start(create_repository(tmp_path / "shown", text))
    job = sandbox.wait_for(lambda tables: next((row for row in tables.jobs if row.is_complete), None))
    trace = person(sandbox).ask("GET", f"jobs/{job.id}/trace").text
    expected = "job|hello main|main|show|review/main|https://review-main.example.org|anna|true"
    assert expected in trace
    assert job.status is Status.SUCCESS, trace


def test_a_job_of_a_deleted_tag_still_runs(workshop: Workshop, person: Ask) -> None:
    """The commit is what a pipeline is of; the name may be gone."""
    sandbox = workshop.open()
    job = workshop.offered()
    git(workshop.repo, "tag", "--delete", "v1")
    assert person(sandbox).play(job.id).status_code == 200
    workshop.until(job.id, Status.SUCCESS)


def test_a_variable_that_no_process_can_have_fails_the_job(workshop: Workshop, person: Ask) -> None:
    """A zero byte in a value: runner_system_failure, and the sandbox goes on."""
    sandbox = workshop.open()
    job = workshop.offered()
    person(sandbox).play(job.id, job_variables_attributes=[{"key": "NOTE", "value": "a\0b"}])
    assert workshop.until(job.id, Status.FAILED).failure_reason == "runner_system_failure"


def test_what_a_script_leaves_in_the_background_ends_with_it(start: Start, tmp_path: Any) -> None:
    """A job is over when its script is; no process of it stays behind."""
    pids = tmp_path / "pids"
    text = f"leave:\n  script:\n    - sleep 300 & echo $! > {pids}\n"
    sandbox = start(create_repository(tmp_path / "repo", text))
    sandbox.wait_for(lambda tables: any(job.status is Status.SUCCESS for job in tables.jobs))
    assert eventually(lambda: not is_alive(int(pids.read_text())))


def test_the_surroundings_of_the_sandbox_stay_out_of_jobs(
    start: Start, person: Ask, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in the environment of who starts the sandbox reaches no job and no trace."""
    monkeypatch.setenv("GITLAB_TOKEN", "canary-1234")
    sandbox = start(create_repository(tmp_path / "env", "show:\n  script: env\n"))
    job = sandbox.wait_for(lambda tables: next((row for row in tables.jobs if row.is_complete), None))
    assert "canary-1234" not in person(sandbox).ask("GET", f"jobs/{job.id}/trace").text
