"""How the project is set up: what a maintainer changes in GitLab, and what jobs leave for a while."""

from collections.abc import Callable
from pathlib import Path

import pytest

from relflow.sandbox.clock import set_ahead
from relflow.sandbox.model.records import Job
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import create_repository

MAIN = "protected_branches/main"
LEAVES = """
stages: [build]
build: {stage: build, script: ["mkdir -p out && echo four > out/a"], artifacts: {paths: [out], expire_in: 2 days}}
"""


def test_who_may_push_is_changed_row_by_row(sandbox: Sandbox, person: Ask) -> None:
    """A row is named by its id; one that is not there is 404, and a developer may not."""
    anna, chris = person(sandbox), person(sandbox, "chris")
    anna.ask("DELETE", MAIN)
    open_ = {"name": "main", "push_access_level": 30, "merge_access_level": 30, "allow_force_push": True}
    [row] = anna.ask("POST", "protected_branches", json=open_).json()["push_access_levels"]
    assert row["access_level"] == 30
    change = {"allowed_to_push": [{"id": row["id"], "access_level": 40}], "allow_force_push": False}
    assert chris.ask("PATCH", MAIN, json=change).status_code == 403
    changed = anna.ask("PATCH", MAIN, json=change).json()
    levels = {key: [each["access_level"] for each in changed[f"{key}_access_levels"]] for key in ("push", "merge")}
    assert (levels, changed["allow_force_push"]) == ({"push": [40], "merge": [30]}, False)
    assert anna.get("protected_branches")[0] == changed
    added = {"allowed_to_push": [{"access_level": 0}, {"id": row["id"], "_destroy": True}]}
    assert [each["access_level"] for each in anna.ask("PATCH", MAIN, json=added).json()["push_access_levels"]] == [0]
    for path, body in ((MAIN, {"allowed_to_push": [{"id": 1, "access_level": 40}]}), ("protected_branches/x", {})):
        assert anna.ask("PATCH", path, json=body).status_code == 404


def test_settings_that_bear_upon_deployments(sandbox: Sandbox, person: Ask) -> None:
    """They are shown, and a maintainer changes them."""
    anna = person(sandbox)
    changes = {"keep_latest_artifact": False, "ci_forward_deployment_enabled": False}
    assert anna.get("")["keep_latest_artifact"] is True
    shown = anna.ask("PUT", "", json=changes).json()
    assert {key: shown[key] for key in changes} == changes
    assert person(sandbox, "chris").ask("PUT", "", json=changes).status_code == 403


@pytest.fixture
def built(start: Callable[..., Sandbox], tmp_path: Path) -> tuple[Sandbox, Job]:
    """A sandbox whose job left a folder for two days."""
    sandbox = start(create_repository(tmp_path / "service", LEAVES))
    job = sandbox.wait_for(lambda tables: next((each for each in tables.jobs if each.status is Status.SUCCESS), None))
    return sandbox, job


def test_what_a_job_leaves_expires(built: tuple[Sandbox, Job], person: Ask) -> None:
    """It is listed with its size until its day; that of a ref's last pipeline is kept where the project says so."""
    (sandbox, job), days = built, 3 * 86_400
    anna = person(sandbox)
    shown = anna.get(f"jobs/{job.id}")
    archive = {"file_type": "archive", "file_format": "zip", "filename": "artifacts.zip", "size": 5}
    assert archive in shown["artifacts"]
    assert shown["artifacts_file"] == {"filename": "artifacts.zip", "size": 5}
    assert shown["artifacts_expire_at"] is not None
    try:
        set_ahead(days)
        assert archive in anna.get(f"jobs/{job.id}")["artifacts"]
        anna.ask("PUT", "", json={"keep_latest_artifact": False})
        assert archive not in anna.get(f"jobs/{job.id}")["artifacts"]
    finally:
        set_ahead(0)


def test_what_a_job_left_can_be_kept(built: tuple[Sandbox, Job], person: Ask) -> None:
    """Then it never expires; who may not play may not keep, and of nothing nothing is kept."""
    sandbox, job = built
    path = f"jobs/{job.id}/artifacts/keep"
    assert person(sandbox, "rita").ask("POST", path).status_code == 403
    kept = person(sandbox).ask("POST", path)
    assert (kept.status_code, kept.json()["artifacts_expire_at"]) == (200, None)
    assert person(sandbox).ask("POST", "jobs/1/artifacts/keep").status_code == 404


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 week", 604_800), ("2 hrs 20 min", 8400), ("30", 30), ("never", None), ("3 mos", 7_776_000)],
)
def test_spans_of_time(text: str, seconds: int | None) -> None:
    """As people write them in a CI file."""
    from relflow.sandbox.ci.file import parse_ci_file

    file = parse_ci_file(f"job: {{script: [echo], artifacts: {{paths: [a], expire_in: {text}}}}}\n")
    assert file.jobs[0].artifacts.expire_in_s == seconds


def test_a_span_that_nobody_knows_is_refused() -> None:
    """By the name of its key."""
    from relflow.sandbox.ci.file import parse_ci_file
    from relflow.sandbox.ci.spec import CiFileError

    with pytest.raises(CiFileError, match="job:artifacts:expire_in: 1 fortnight"):
        parse_ci_file("job: {script: [echo], artifacts: {paths: [a], expire_in: 1 fortnight}}\n")
