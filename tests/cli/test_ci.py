"""`ci init` and `ci lint`: questions, exit codes, shapes, and where the CI file is looked for."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from relflow.adapters.ci.drafting import PART
from tests.cli.running import Run, run_here
from tests.cli.schemas import wrong
from tests.cli.terminal import at_terminal
from tests.contract.samples import LINT, PROJECT
from tests.contract.stub import Stub, reply

MANUAL = "{stage: deploy, script: a, when: manual, resource_group: x, environment:"
CI = f"unit: {{script: a}}\ndeploy-dev: {MANUAL} dev}}\ndeploy-prod: {MANUAL} production}}\n"
TOKEN = {"RELFLOW_TOKEN": "glpat-x"}


def test_without_a_terminal_it_writes_nothing_unless_told(home: Path, run: Run) -> None:
    """Exit 2 names the option; with it both files are there, and a second time nothing is to be done."""
    ended = run("ci", "init")
    assert (ended.code, "relflow ci init --yes" in ended.err) == (2, True)
    assert not (home / ".gitlab-ci.yml").exists()
    assert run("ci", "init", "--yes").code == 0
    assert (home / PART).exists()
    again = run("ci", "init")
    assert (again.code, again.out) == (0, "nothing is to be done: every job that relflow.toml names is there\n")
    assert run("ci", "lint").out == ".gitlab-ci.yml: nothing found\n"


def test_what_init_prints_as_json(run: Run) -> None:
    """The files, how they changed, and what is left; none where nothing was to be done."""
    first, second = run("ci", "init", "--yes", "--json").json, run("ci", "init", "--json").json
    assert wrong("ci-init", first) == wrong("ci-init", second) == []
    assert (first["files"], second["files"]) == ([PART, ".gitlab-ci.yml"], [])
    assert "+  resource_group: production" in first["diff"].splitlines()


def test_it_shows_what_it_would_write_and_asks(home: Path) -> None:
    """The difference is on the screen before the question; a no leaves everything as it was."""
    (home / ".gitlab-ci.yml").write_text("unit: {script: a}\n")
    with at_terminal(home, "ci", "init") as terminal:
        terminal.until("[y/N]")
        assert "+  when: manual" in terminal.shown
        assert "+include:" in terminal.shown
        terminal.types("n\n")
        assert terminal.ended() == 130
    assert (home / ".gitlab-ci.yml").read_text() == "unit: {script: a}\n"
    with at_terminal(home, "ci", "init") as terminal:
        terminal.until("[y/N]")
        terminal.types("y\n")
        assert terminal.ended() == 0
        assert "same as: relflow ci init --yes" in terminal.shown
    assert PART in (home / ".gitlab-ci.yml").read_text()


@pytest.mark.parametrize(
    ("text", "code", "severities"),
    [
        (CI, 0, []),
        (CI.replace("resource_group: x, ", ""), 0, ["warning", "warning"]),
        (CI.replace("when: manual, ", "", 1), 1, ["error"]),
        (CI + "x: [\n", 1, ["error"]),
        (CI + "include: https://ci.example.org/x.yml\n", 0, ["warning"]),
    ],
)
def test_errors_alone_fail_a_lint(home: Path, run: Run, text: str, code: int, severities: list[str]) -> None:
    """Exit 1 with errors, 0 with less; as JSON the same, with one `error` more."""
    (home / ".gitlab-ci.yml").write_text(text)
    told, found = run("ci", "lint"), run("ci", "lint", "--json")
    assert (told.code, found.code) == (code, code)
    assert wrong("ci-lint", found.json) == []
    assert [each["severity"] for each in found.json["findings"]] == severities
    assert (found.json["ok"], "error" in found.json) == (code == 0, code == 1)
    assert all(each[key] in told.out for each in found.json["findings"] for key in ("name", "what", "fix"))


def test_the_file_of_the_work_tree_is_meant(home: Path) -> None:
    """In a folder below it is the one at the root; another one is named, from where one stands."""
    subprocess.run(["git", "init", "--quiet", str(home)], check=True)
    below = home / "below"
    below.mkdir()
    (home / ".gitlab-ci.yml").write_text(CI)
    (below / "other.yml").write_text(CI.replace("dev}", "test}"))
    assert run_here(below, "ci", "lint").out == ".gitlab-ci.yml: nothing found\n"
    assert "below/other.yml:2: deploy-dev deploys to test" in run_here(below, "ci", "lint", "other.yml").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["../elsewhere.yml"], "is outside of"),
        (["ci.yml", "--ref", "main"], "FILE and --ref are two configurations"),
        (["--ref", ""], "cannot be empty"),
    ],
)
def test_words_that_cannot_be(run: Run, words: list[str], why: str) -> None:
    """Exit 2, and why."""
    ended = run("ci", "lint", *words)
    assert (ended.code, why in ended.err) == (2, True), ended


def test_a_file_that_hides_what_it_says(home: Path, run: Run) -> None:
    """Controls and direction marks of a job's name are shown as code points, in findings and in the difference."""
    (home / ".gitlab-ci.yml").write_text('"evil \\x1b[2J\\u202e": {script: a, environment: dev}\n')
    ended = run("ci", "lint")
    assert "evil \\u001b[2J\\u202e deploys to dev" in ended.out
    assert "\x1b[2J" not in ended.out + ended.err


def said(stub: Stub, near: Path, body: dict[str, Any], status: int = 200) -> Any:
    """What the lint of `main` says where GitLab says that."""
    stub.says(reply(200, PROJECT), reply(status, body))
    return run_here(near, "ci", "lint", "--ref", "main", "--json", **TOKEN)


def test_what_gitlab_makes_of_a_ref(stub: Stub, near: Path) -> None:
    """Its merged text is judged, its own words stand beside; where it makes nothing of it that is an error."""
    ended = said(stub, near, LINT | {"merged_yaml": CI})
    assert [(each["name"], each["severity"]) for each in ended.json["findings"]] == [("gitlab-warns", "warning")]
    assert (ended.code, ended.json["source"]) == (0, "main in GitLab")
    ended = said(stub, near, {"valid": False, "errors": ["jobs:x config"], "warnings": [], "merged_yaml": None})
    assert [each["what"] for each in ended.json["findings"]] == ["main in GitLab: jobs:x config"]
    assert ended.code == 1
    ended = said(stub, near, {"message": "404 Commit Not Found"}, 404)
    assert (ended.code, ended.json["error"]["what"]) == (2, "GitLab has no main")


def test_without_the_extra(home: Path) -> None:
    """Exit 8, and how to get it."""
    code = "import sys; sys.modules['yaml'] = None; from relflow.__main__ import main; main()"
    command = [sys.executable, "-c", code, "ci", "lint"]
    ended = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert (ended.returncode, "pip install 'gitlab-relflow[ci]'" in ended.stderr) == (8, True), ended
