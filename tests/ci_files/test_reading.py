"""A project's CI files as values: what is merged, extended and inherited, and what is told and not guessed."""

from pathlib import Path

import pytest

from relflow.adapters.ci.reading import Reading, read_here, read_merged
from relflow.core.ci import CiJob, CiRule
from relflow.core.finding import Finding
from relflow.service.ports import MergedCi

DEPLOY = "deploy:\n  script: ./deploy.sh\n"


def written(folder: Path, **files: str) -> Reading:
    """What is read where these files are; `ci` is the first one, `part` stands for part.yml."""
    for name, text in files.items():
        (folder / (".gitlab-ci.yml" if name == "ci" else f"{name}.yml")).write_text(text)
    return read_here(folder)


def deploy(reading: Reading) -> CiJob:
    """The job `deploy`, in a configuration with whose form nothing is wrong."""
    assert [each for each in reading.findings if each.severity == "error"] == []
    assert reading.config is not None
    job = reading.config.job("deploy")
    assert job is not None
    return job


def only(reading: Reading) -> Finding:
    """The one finding."""
    assert len(reading.findings) == 1, reading.findings
    return reading.findings[0]


def test_a_job_and_its_place(tmp_path: Path) -> None:
    """Every key that the rules look at, and where the job begins."""
    text = """\
stages: [build, go]
deploy:
  stage: go
  script: ./deploy.sh
  when: manual
  allow_failure: false
  environment: {name: prod, action: start}
  resource_group: prod
  interruptible: true
  retry: {max: 2, when: always}
"""
    reading = written(tmp_path, ci=text)
    assert deploy(reading) == CiJob(
        name="deploy",
        place=".gitlab-ci.yml:2",
        stage="go",
        when="manual",
        allow_failure=False,
        environment="prod",
        resource_group="prod",
        interruptible=True,
        retry=2,
    )
    assert reading.config is not None
    assert (reading.config.stages, reading.config.is_whole) == (("build", "go"), True)


def test_defaults_are_inherited_unless_the_job_will_not(tmp_path: Path) -> None:
    """`default` fills in what the job does not say; `inherit` keeps it out, or lets some of it in."""
    default = "default: {interruptible: true, retry: 1}\n"
    found = deploy(written(tmp_path, ci=default + DEPLOY + "  retry: 0\n"))
    assert (found.interruptible, found.retry) == (True, 0)
    found = deploy(written(tmp_path, ci=default + DEPLOY + "  inherit: {default: false}\n"))
    assert (found.interruptible, found.retry) == (False, 0)
    found = deploy(written(tmp_path, ci=default + DEPLOY + "  inherit: {default: [retry]}\n"))
    assert (found.interruptible, found.retry) == (False, 1)


def test_what_is_extended_referred_to_and_merged(tmp_path: Path) -> None:
    """`extends` merges key by key, the last one winning; references and YAML's own merge keys are followed."""
    text = """\
.far: {when: manual, environment: {name: dev}}
.near: {extends: .far, environment: {action: prepare}}
.rules: {rules: [{if: $A, when: manual}]}
.yaml: &yaml {resource_group: dev}
deploy:
  <<: *yaml
  extends: [.far, .near]
  script: ./deploy.sh
  rules:
    - !reference [.rules, rules]
    - when: never
"""
    found = deploy(written(tmp_path, ci=text))
    assert (found.when, found.environment, found.action, found.resource_group) == ("manual", "dev", "prepare", "dev")
    assert found.rules == (CiRule("manual"), CiRule("never"))


def test_files_of_the_repository_are_followed(tmp_path: Path) -> None:
    """In their order, the including file last; a place is in the file that says it."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yml").write_text("other: {script: a}\n")
    ci = "include:\n  - local: /part.yml\n  - more/*.yml\ndeploy: {when: manual}\n"
    reading = written(tmp_path, ci=ci, part=f"{DEPLOY}  when: always\n  retry: 1\n")
    found = deploy(reading)
    assert (found.when, found.retry, found.place) == ("manual", 1, ".gitlab-ci.yml:4")
    assert reading.config is not None
    assert [(each.name, each.place) for each in reading.config.jobs] == [
        ("deploy", ".gitlab-ci.yml:4"),
        ("other", "more/a.yml:1"),
    ]
    assert reading.config.is_whole


@pytest.mark.parametrize(
    ("include", "what"),
    [
        ("https://ci.example.org/a.yml", "include of a remote file, https://ci.example.org/a.yml"),
        ("{remote: 'https://me:pw@ci.example.org/a.yml?private_token=x'}", "https://ci.example.org/a.yml"),
        ("{template: Jobs/Build.gitlab-ci.yml}", "include of a template, Jobs/Build.gitlab-ci.yml"),
        ("{project: group/ci, file: a.yml}", "include of a project, group/ci"),
        ("{component: ci.example.org/a/b@1}", "include of a component, ci.example.org/a/b@1"),
        ("{local: part.yml, rules: [{if: $A}]}", "include with `rules`"),
        ("{local: $WHERE/a.yml}", "include of a path with variables, $WHERE/a.yml"),
    ],
)
def test_what_cannot_be_judged_offline(tmp_path: Path, include: str, what: str) -> None:
    """It is named with its line, nothing is guessed of it, and no secret in it is repeated."""
    reading = written(tmp_path, ci=f"{DEPLOY}include:\n  - {include}\n", part="deploy: {when: always}\n")
    [found] = [each for each in reading.findings if each.name == "include-not-judged"]
    assert (found.severity, "ci lint --ref" in found.fix) == ("warning", True)
    assert found.what.startswith(".gitlab-ci.yml:4: cannot be judged offline: ")
    assert what in found.what
    assert "private_token" not in str(reading.findings)
    assert ":pw" not in str(reading.findings)
    assert reading.config is not None
    assert not reading.config.is_whole
    assert [each.when for each in reading.config.jobs] == ["on_success"]


@pytest.mark.parametrize(
    ("text", "name", "what"),
    [
        ("a: [\n", "yaml-invalid", ".gitlab-ci.yml:2: it is no YAML"),
        ("a: 'b\n\n", "yaml-invalid", "it is no YAML"),
        ("a:\n\tb: 1\n", "yaml-invalid", ".gitlab-ci.yml:2: it is no YAML"),
        ("a: !ruby/object {}\n", "yaml-invalid", ".gitlab-ci.yml:1: it is no YAML"),
        ("a: !reference b\n", "yaml-invalid", "it is no YAML"),
        ("- a\n", "yaml-invalid", ".gitlab-ci.yml:1: keys with values are expected"),
        ("a: {script: b}\n---\nb: {script: b}\n", "yaml-invalid", ".gitlab-ci.yml:3: another document begins"),
        ("a: &a\n  b: *a\n", "yaml-invalid", "an alias stands inside of what it names"),
        ("a: " + "[" * 5000 + "]" * 5000 + "\n", "yaml-invalid", "nested too deeply"),
        ("a: 1" + "0" * 5000 + "\n", "yaml-invalid", "a value in it is none"),
        ("x: " + "a" * 1_000_001, "yaml-invalid", "it has 1,000,004 characters"),
        ("include: none.yml\n", "file-missing", ".gitlab-ci.yml:1: none.yml cannot be read: No such file"),
        ("include: ../none.yml\n", "include-invalid", ".gitlab-ci.yml:1: ../none.yml is outside of the repository"),
        ("include: .gitlab-ci.yml\n", "include-invalid", ".gitlab-ci.yml:1: .gitlab-ci.yml: it includes itself"),
        (
            "a: {script: b, extends: .none}\n",
            "extends-unknown",
            ".gitlab-ci.yml:1: a extends .none, which is not there",
        ),
        ("a: {script: b, extends: a}\n", "extends-unknown", ".gitlab-ci.yml:1: a extends a, which extends it"),
        ("a: {script: b}\nb: {scripts: b}\n", "keyword-unknown", ".gitlab-ci.yml:2: b: there is no keyword scripts"),
        ("a: {script: b, retry: 9}\n", "form-invalid", ".gitlab-ci.yml:1: a.retry: it is at most 2"),
        ("a: {script: b, when: later}\n", "form-invalid", ".gitlab-ci.yml:1: a.when: it is one of on_success"),
        ("a: 3\n", "form-invalid", ".gitlab-ci.yml:1: a: it must be of type object"),
    ],
)
def test_what_gitlab_makes_no_pipeline_of(tmp_path: Path, text: str, name: str, what: str) -> None:
    """Each is an error with its place, and none a traceback."""
    found = only(written(tmp_path, ci=text))
    assert (found.severity, found.name) == ("error", name)
    assert what in found.what


def test_a_text_that_would_be_billions_of_values(tmp_path: Path) -> None:
    """Aliases of aliases are counted before anything is made of them."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 12)]
    assert "more than 100,000 values" in only(written(tmp_path, ci="\n".join(lines))).what


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a file that is not there."""
    (tmp_path / ".gitlab-ci.yml").write_bytes(b"a: \xff\n")
    assert "it is not UTF-8" in only(read_here(tmp_path)).what
    found = only(read_here(tmp_path, "none.yml"))
    assert (found.name, found.what) == ("file-missing", "there is no none.yml")


def test_a_file_that_leaves_the_repository_by_a_link(tmp_path: Path) -> None:
    """A link to elsewhere is not followed."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.yml").write_text("a: {script: b}\n")
    (inside / "part.yml").symlink_to(tmp_path / "secret.yml")
    assert "outside of the repository" in only(written(inside, ci="include: part.yml\n")).what


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    """Only the last one counts, which nobody sees; a merge key that is overridden is no such thing."""
    found = only(written(tmp_path, ci=f"{DEPLOY}{DEPLOY}"))
    assert (found.severity, found.what) == ("warning", ".gitlab-ci.yml:3: deploy stands there twice")
    assert written(tmp_path, ci=".a: &a {when: manual}\ndeploy: {<<: *a, when: always, script: b}\n").findings == ()


@pytest.mark.parametrize(
    "keys",
    ["rules: [!reference [.none, rules]]", "environment: !reference [.none, environment]", "extends: .none"],
)
def test_what_stands_in_a_file_that_was_not_read(tmp_path: Path, keys: str) -> None:
    """It is noted as unread, and no error: GitLab may know it."""
    reading = written(tmp_path, ci=f"include: https://ci.example.org/a.yml\n{DEPLOY}  {keys}\n")
    assert deploy(reading).unread == (keys.partition(":")[0],)


def test_a_file_with_inputs(tmp_path: Path) -> None:
    """Only GitLab fills them in; its jobs are read as they are written."""
    reading = written(tmp_path, ci="include: part.yml\n", part=f"spec: {{inputs: {{a: }}}}\n---\n{DEPLOY}")
    assert only(reading).what == "part.yml:1: it takes inputs, which only GitLab fills in"
    assert deploy(reading).name == "deploy"


def test_what_gitlab_merged() -> None:
    """Everything stands in it, and what GitLab says stands beside it; a text that is none is an error here, too."""
    reading = read_merged(MergedCi("stages: [a]\n" + DEPLOY, (), ("odd",)), "main in GitLab")
    assert reading.config is not None
    assert (reading.config.source, reading.config.is_whole) == ("main in GitLab", True)
    assert deploy(reading).place == "main in GitLab:2"
    assert (only(reading).name, only(reading).what) == ("gitlab-warns", "main in GitLab: odd")
    assert only(read_merged(MergedCi("a: ["), "main in GitLab")).name == "yaml-invalid"
    refused = read_merged(MergedCi(None, ("no",)), "main in GitLab")
    assert (refused.config, only(refused).severity, only(refused).name) == (None, "error", "gitlab-refuses")
