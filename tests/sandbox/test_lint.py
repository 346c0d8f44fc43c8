"""The CI lint: what GitLab makes of a configuration, of a commit or sent along."""

from pathlib import Path

from relflow.sandbox.repo.git import git
from tests.sandbox.conftest import Ask, Start
from tests.sandbox.repositories import Workshop, commit, create_repository

PART = "shared: {stage: build, script: 'true', retry: 0}\n"


def test_the_configuration_of_a_ref(workshop: Workshop, person: Ask) -> None:
    """What it includes is in it; without a ref it is that of the default branch; no such ref is 404."""
    rita, folder = person(workshop.open(), "rita"), workshop.repo
    before = rita.get("ci/lint")
    commit(folder, {"part.yml": PART, ".gitlab-ci.yml": f"include: part.yml\n{before['merged_yaml']}"})
    found = rita.get("ci/lint", content_ref="main", include_jobs="true")
    assert (found["valid"], found["errors"], found["warnings"]) == (True, [], [])
    assert [each["name"] for each in found["jobs"]] == ["shared", "build", "go"]
    assert (found["jobs"][2]["when"], found["jobs"][2]["environment"]) == ("manual", "prod")
    assert "shared:" in found["merged_yaml"]
    assert "include" not in found["merged_yaml"]
    assert rita.ask("GET", "ci/lint?content_ref=none").status_code == 404


def test_a_configuration_that_is_sent(workshop: Workshop, person: Ask) -> None:
    """It need not be pushed. An invalid one is no error of the request; a reporter may not ask."""
    chris = person(workshop.open(), "chris")
    valid = chris.ask("POST", "ci/lint", json={"content": PART}).json()
    assert (valid["valid"], "jobs" in valid) == (True, False)
    wrong = chris.ask("POST", "ci/lint", json={"content": "include: none.yml\na: {script: b}\n"})
    assert wrong.status_code == 200
    assert (wrong.json()["valid"], wrong.json()["merged_yaml"]) == (False, None)
    assert wrong.json()["errors"] == ["include: Local file `none.yml` does not exist!"]
    assert person(workshop.sandbox, "rita").ask("POST", "ci/lint", json={"content": PART}).status_code == 403


def test_a_commit_without_a_file(start: Start, person: Ask, tmp_path: Path) -> None:
    """GitLab says so, with 200."""
    folder = create_repository(tmp_path / "bare", PART)
    sandbox = start(folder, logs=[])
    git(folder, "checkout", "--quiet", "-b", "bare")
    (folder / ".gitlab-ci.yml").unlink()
    commit(folder, {"README.md": "nothing"})
    found = person(sandbox).get("ci/lint", content_ref="bare")
    assert (found["valid"], found["errors"]) == (False, ["Please provide content of .gitlab-ci.yml"])
