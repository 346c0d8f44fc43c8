"""What `ci init` writes: what is missing and nothing else, whatever the project has, and a second time nothing."""

from pathlib import Path

import pytest

from relflow.adapters.ci.drafting import PART, Drafts, drafts
from relflow.adapters.ci.reading import read_here
from relflow.adapters.ci.saving import save
from relflow.core.errors import SetupError
from relflow.core.workflow import Environment, Workflow

WORKFLOW = Workflow("g/p", (Environment("dev", "deploy-dev", "dev"), Environment("prod", "deploy-prod", "production")))
CI = ".gitlab-ci.yml"
INCLUDE = f"include:\n  - local: /{PART}\n"


def drafted(folder: Path, ci: str | None = None, part: str | None = None, workflow: Workflow = WORKFLOW) -> Drafts:
    """The drafts where these files are; saved, they leave nothing more to do."""
    for name, text in ((CI, ci), (PART, part)):
        if text is not None:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(text.encode())
    found = drafts(folder, CI, workflow)
    save(found)
    assert drafts(folder, CI, workflow).files == ()
    return found


def after(found: Drafts) -> dict[str, str]:
    """The files that changed, and their texts."""
    return {each.name: each.after for each in found.files}


def jobs(folder: Path) -> dict[str, tuple[str, str | None, str | None]]:
    """Stage, environment and resource group of each job."""
    config = read_here(folder).config
    assert config is not None
    return {each.name: (each.stage, each.environment, each.resource_group) for each in config.jobs}


def test_a_project_with_nothing(tmp_path: Path) -> None:
    """Both files are written: a test job, and a deploy job for each environment. Nothing is found in them."""
    found = drafted(tmp_path)
    assert [each.name for each in found.files] == [PART, CI]
    assert after(found)[CI] == INCLUDE
    assert (found.new_jobs, found.left) == (("test", "deploy-dev", "deploy-prod"), ())
    assert jobs(tmp_path) == {
        "test": ("test", None, None),
        "deploy-dev": ("deploy", "dev", "dev"),
        "deploy-prod": ("deploy", "production", "production"),
    }


def test_a_project_with_tests(tmp_path: Path) -> None:
    """Its file is kept byte for byte: one include is added, and a stage where it has none to deploy in."""
    ci = "# Ours\r\nstages:   [ build,  check ]   # two\r\n\r\nunit:\r\n  stage: check\r\n  script: [ a, 'b' ]"
    found = drafted(tmp_path, ci)
    added = f"\n\n{INCLUDE}".replace("\n", "\r\n")
    assert after(found)[CI] == ci.replace("check ]", "check, deploy ]") + added
    assert (found.new_jobs, found.left) == (("deploy-dev", "deploy-prod"), ())


def test_jobs_that_are_there_are_left_alone(tmp_path: Path) -> None:
    """What the project's own file says of a deploy job is its people's; what is odd about it is said."""
    ci = "unit: {script: a}\ndeploy-dev: {stage: deploy, script: a, environment: dev}\n"
    found = drafted(tmp_path, ci)
    assert after(found)[CI] == f"{ci}\n{INCLUDE}"
    assert "deploy-dev:" not in after(found)[PART]
    assert [each.name for each in found.left] == ["deploy-job-starts-itself", "resource-group-missing"]


def test_nothing_is_to_be_done(tmp_path: Path) -> None:
    """A project that has it all needs no file of ours."""
    more = "script: a, when: manual, resource_group: x, stage: deploy"
    ci = f"unit: {{script: a}}\ndeploy-dev: {{{more}, environment: dev}}\n"
    ci += f"deploy-prod: {{{more}, environment: production}}\n"
    assert drafted(tmp_path, ci).files == ()


def test_what_a_person_wrote_is_kept(tmp_path: Path) -> None:
    """Scripts, comments, stages and more keys stay; what breaks a promise is put right, key by key."""
    drafted(tmp_path, "unit: {script: a}\n")
    part = (tmp_path / PART).read_text()
    ours = part.replace("./deploy.sh dev", "ansible dev  # by hand: no").replace("retry: 0", "retry: 2", 1)
    ours = ours.replace("when: manual", "tags: [deployer]  # ours", 1).replace("name: production", "name: prod", 1)
    ours = ours.replace("resource_group: production\n  interruptible: false", "interruptible: true", 1)
    found = drafted(tmp_path, None, ours)
    assert [each.name for each in found.files] == [PART]
    changed = [line for line in found.files[0].diff.splitlines()[2:] if line[0] in "+-"]
    assert changed == [
        "-  retry: 2",
        "+  retry: 0",
        "+  when: manual",
        "-    name: prod",
        "-  interruptible: true",
        "+    name: production",
        "+  interruptible: false",
        "+  resource_group: production",
    ]
    assert "ansible dev  # by hand: no" in found.files[0].after
    assert found.left == ()


def test_rules_that_a_person_wrote_are_not_touched(tmp_path: Path) -> None:
    """They may mean more than one key says; it is told what is wrong with them."""
    drafted(tmp_path, "unit: {script: a}\n")
    part = (tmp_path / PART).read_text().replace("  when: manual\n", "  rules: [{when: always}]\n", 1)
    found = drafted(tmp_path, None, part)
    assert found.files == ()
    assert [each.name for each in found.left] == ["deploy-job-starts-itself"]


def test_an_environment_more(tmp_path: Path) -> None:
    """Only its job is added, and the project's file stays as it is."""
    drafted(tmp_path, "unit: {script: a}\n")
    before = (tmp_path / PART).read_text()
    more = Workflow("g/p", (*WORKFLOW.environments, Environment("qa", "deploy: qa", "qa/eu")))
    found = drafted(tmp_path, workflow=more)
    assert list(after(found)) == [PART]
    assert after(found)[PART].startswith(before)
    assert jobs(tmp_path)["deploy: qa"] == ("deploy", "qa/eu", "qa/eu")


def test_a_file_of_ours_that_is_not_included_any_more(tmp_path: Path) -> None:
    """It is included again, and not written a second time."""
    drafted(tmp_path, "unit: {script: a}\n")
    found = drafted(tmp_path, "unit: {script: a}\n")
    assert after(found) == {CI: f"unit: {{script: a}}\n\n{INCLUDE}"}


@pytest.mark.parametrize("include", [f"/{PART}", "[{local: .gitlab/*.yml}]", "part.yml"])
def test_a_file_that_is_included_already(tmp_path: Path, include: str) -> None:
    """By its name, by a pattern or by a file between: it is not included twice."""
    (tmp_path / "part.yml").write_text(f"include: {PART}\n")
    found = drafted(tmp_path, f"include: {include}\nunit: {{script: a}}\n")
    assert list(after(found)) == [PART]


@pytest.mark.parametrize(
    ("ci", "stage"),
    [
        ("stages: [lint, deploy]\n", "test"),
        ("stages: [deploy, test]\n", ".pre"),
        ("stages: [lint, deploy, test]\n", "lint"),
        ("stages:\n  - deploy\n", "test"),
    ],
)
def test_a_test_job_runs_before_the_deploy_jobs(tmp_path: Path, ci: str, stage: str) -> None:
    """In the stage `test` where that comes before, or can be put there."""
    found = drafted(tmp_path, ci)
    assert (jobs(tmp_path)["test"][0], found.left) == (stage, ())


def test_required_jobs(tmp_path: Path) -> None:
    """Each that is missing is written; a pattern names none."""
    workflow = Workflow("g/p", WORKFLOW.environments, ("unit", "lint", "e2e*"))
    found = drafted(tmp_path, "unit: {script: a}\n", workflow=workflow)
    assert found.new_jobs == ("lint", "deploy-dev", "deploy-prod")
    assert [each.name for each in found.left] == ["required-job-missing"]


def test_what_cannot_be_read_here(tmp_path: Path) -> None:
    """No test job is made up where one may be elsewhere, and it is said what was not looked at."""
    found = drafted(tmp_path, "include:\n  - template: Jobs/Build.gitlab-ci.yml\n")
    assert found.new_jobs == ("deploy-dev", "deploy-prod")
    assert [each.name for each in found.left] == ["include-not-judged"]


@pytest.mark.parametrize(
    ("ci", "part", "what"),
    [
        ("a: [\n", None, "cannot be read"),
        ("a: {script: b}\n", "a: [\n", "cannot be read"),
        ("{a: {script: b}}\n", None, ".gitlab-ci.yml cannot be edited"),
        ("a: {script: b}\n...\n", None, ".gitlab-ci.yml cannot be edited"),
        ("a: {script: b}\n", "{deploy-dev: {script: b}}\n", f"{PART} cannot be edited"),
        ("x: &x [a.yml]\ninclude: *x\n", None, ".gitlab-ci.yml cannot be edited"),
    ],
)
def test_a_form_that_is_not_edited(tmp_path: Path, ci: str, part: str | None, what: str) -> None:
    """It is said what to add by hand, and no file changes."""
    with pytest.raises(SetupError) as caught:
        drafted(tmp_path, ci, part)
    assert what in caught.value.what
    assert "Nothing was changed." in caught.value.what
    assert caught.value.next_step
    assert (tmp_path / CI).read_text() == ci


def test_a_file_that_is_changed_meanwhile(tmp_path: Path) -> None:
    """What somebody wrote after the drafts were made is not written over."""
    (tmp_path / CI).write_text("unit: {script: a}\n")
    found = drafts(tmp_path, CI, WORKFLOW)
    (tmp_path / CI).write_text("unit: {script: b}\n")
    with pytest.raises(SetupError, match="is another one by now"):
        save(found)
    assert (tmp_path / CI).read_text() == "unit: {script: b}\n"


def test_links_and_modes_stay(tmp_path: Path) -> None:
    """A file that is a link stays one; what it leads to is edited, and keeps its mode."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "main.yml").write_text("unit: {script: a}\n")
    (tmp_path / "ci" / "main.yml").chmod(0o640)
    (tmp_path / CI).symlink_to("ci/main.yml")
    drafted(tmp_path)
    assert (tmp_path / CI).is_symlink()
    assert INCLUDE in (tmp_path / "ci" / "main.yml").read_text()
    assert (tmp_path / "ci" / "main.yml").stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in (tmp_path / "ci").iterdir()) == ["main.yml"]
