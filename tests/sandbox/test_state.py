"""What is kept between two lives of a sandbox, and what refuses to start."""

import json
import shutil
import socket
from pathlib import Path

import pytest

from relflow.sandbox.errors import SandboxError
from relflow.sandbox.model.persistence import load_tables, save_tables
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask, Start
from tests.sandbox.repositories import Workshop, commit, create_repository


def refusal(repo: Path | None, *, port: int = 0, state_dir: Path | None = None) -> SandboxError:
    """Return why a sandbox does not start."""
    with pytest.raises(SandboxError) as caught:
        Sandbox(repo, port=port, state_dir=state_dir)
    return caught.value


def test_a_restart_goes_on_with_the_same_ids(tmp_path: Path, start: Start, person: Ask) -> None:
    """Pipelines, jobs, traces, deployments, tokens and settings are as before; new ids go on after the old ones."""
    first = start(state_dir=tmp_path / "state")
    first.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    anna = person(first)
    anna.play(5012)
    first.wait_for(lambda tables: tables.jobs[5012].status is Status.SUCCESS)
    anna.ask("PUT", "", json={"ci_forward_deployment_enabled": False})
    paths = ("jobs", "pipelines", "environments", "protected_tags", "repository/tags")
    before = {path: anna.get(path) for path in paths}
    trace = anna.ask("GET", "jobs/5012/trace").text
    first.stop()

    second = start(state_dir=tmp_path / "state")
    anna = person(second)
    old, new = first.url, second.url
    assert {path: anna.get(path) for path in paths} == json.loads(json.dumps(before).replace(old, new))
    assert anna.ask("GET", "jobs/5012/trace").text == trace
    assert anna.get("")["ci_forward_deployment_enabled"] is False
    assert anna.retry(5012).json()["id"] == 5017
    assert anna.ask("POST", "pipeline", json={"ref": "main"}).json()["id"] == 1005


def test_jobs_that_ran_when_it_ended_have_failed(tmp_path: Path, workshop: Workshop, person: Ask) -> None:
    """runner_system_failure; what waited in the queue goes on, and the process of the first life is gone."""
    workshop.switch("hold-go")
    first = workshop.open(more="  resource_group: prod\n", state_dir=tmp_path / "state")
    running, waiting = workshop.offered("v1"), workshop.offered("v2")
    anna = person(first)
    anna.play(running.id)
    workshop.until(running.id, Status.RUNNING)
    anna.play(waiting.id)
    workshop.until(waiting.id, Status.WAITING_FOR_RESOURCE)
    first.stop()
    workshop.switch("hold-go", on=False)

    workshop.open(state_dir=tmp_path / "state")
    assert workshop.until(running.id, Status.FAILED).failure_reason == "runner_system_failure"
    workshop.until(waiting.id, Status.SUCCESS)


def test_a_push_while_it_was_away_is_seen(tmp_path: Path, workshop: Workshop) -> None:
    """Only what is new since the last look gets a pipeline."""
    first = workshop.open(state_dir=tmp_path / "state")
    first.stop()
    sha = commit(workshop.repo, {"a": "a"})
    second = workshop.open(state_dir=tmp_path / "state")
    assert [pipeline.sha == sha for pipeline in second.site.tables.pipelines] == [False, True]


def test_what_was_answered_is_on_disk(tmp_path: Path, start: Start, person: Ask) -> None:
    """The file is written before the answer: a sandbox killed right after it gives no id twice."""
    sandbox = start(state_dir=tmp_path / "state")
    made = person(sandbox).ask("POST", "pipeline", json={"ref": "main"}).json()
    tables = load_tables(tmp_path / "state" / "state.json")
    assert made["id"] in [pipeline.id for pipeline in tables.pipelines]
    assert tables.pipelines.next_id == made["id"] + 1


def test_saving_and_loading_changes_nothing(settled: Sandbox, tmp_path: Path) -> None:
    """All tables come back equal."""
    save_tables(settled.site.tables, tmp_path / "state.json")
    assert load_tables(tmp_path / "state.json") == settled.site.tables


def test_the_state_of_an_older_sandbox(settled: Sandbox, tmp_path: Path) -> None:
    """It had fewer tables: what it did not know is empty."""
    file = tmp_path / "state.json"
    save_tables(settled.site.tables, file)
    older = json.loads(file.read_text())
    del older["releases"]
    file.write_text(json.dumps(older))
    assert load_tables(file) == settled.site.tables


def test_two_sandboxes_do_not_share_a_folder(tmp_path: Path, start: Start) -> None:
    """The second one is refused, and the first one goes on."""
    start(state_dir=tmp_path / "state")
    assert "another sandbox" in refusal(None, state_dir=tmp_path / "state").why


def test_state_of_another_repository_is_refused(tmp_path: Path, workshop: Workshop) -> None:
    """Pipelines of commits that are not there could only answer nonsense."""
    workshop.open(state_dir=tmp_path / "state").stop()
    shutil.rmtree(workshop.repo)
    create_repository(workshop.repo, "a:\n  script: echo other\n")
    assert "commits that this repository does not have" in refusal(workshop.repo, state_dir=tmp_path / "state").why


def test_a_used_port_is_refused() -> None:
    """With the port in the sentence, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = refusal(None, port=port)
    assert str(port) in found.what
    assert "--port" in found.next_step


@pytest.mark.parametrize(
    ("ci_file", "why"),
    [
        (None, "there is no .gitlab-ci.yml on main"),
        ("a:\n  script: echo\n  needs: [b]\n", "a:needs: the sandbox does not know this key"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, ci_file: str | None, why: str) -> None:
    """At the start, for the default branch, with the key."""
    assert why in refusal(create_repository(tmp_path / "repo", ci_file)).why


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    """A folder without git, a file, and nothing at all."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for name in ("file", "folder", "nothing"):
        assert "--repo" in refusal(tmp_path / name).next_step


def test_an_empty_repository_is_refused(tmp_path: Path) -> None:
    """Nothing to run yet."""
    repo = create_repository(tmp_path / "repo", None)
    shutil.rmtree(repo / ".git" / "refs" / "heads")
    (repo / ".git" / "refs" / "heads").mkdir()
    assert "has no commit" in refusal(repo).why


def test_a_temporary_folder_goes_away(start: Start) -> None:
    """Without --state-dir nothing is left behind."""
    sandbox = start()
    folder = sandbox.site.folder
    assert folder.is_dir()
    sandbox.stop()
    assert not folder.exists()
