"""What a `.gitlab-ci.yml` means here, and what is refused by name."""

import pytest

from relflow.sandbox.ci.expressions import ExpressionError, parse
from relflow.sandbox.ci.file import merged_yaml, parse_ci_file
from relflow.sandbox.ci.rules import Inclusion, included
from relflow.sandbox.ci.spec import CiFileError, EnvironmentSpec
from relflow.sandbox.ci.variables import expand, layered
from relflow.sandbox.engine.script import bash_script, find_coverage

JOB = "job:\n  script: echo\n"


def problems(text: str) -> list[str]:
    """Return what is wrong with a file."""
    with pytest.raises(CiFileError) as caught:
        parse_ci_file(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (JOB + "  needs: [build]\n", "job:needs"),
        (JOB + "  retry: 2\n", "job:retry"),
        (JOB + "  extends: .base\n", "job:extends"),
        (JOB + "  only: [main]\n", "job:only"),
        (JOB + "  services: [postgres]\n", "job:services"),
        (JOB + "  when: delayed\n", "job:when"),
        (JOB + "  when: never\n", "job:when"),
        (JOB + "  allow_failure: {exit_codes: 3}\n", "job:allow_failure"),
        (JOB + "  stage: nowhere\n", "job:stage"),
        (JOB + "  environment: {name: prod, on_stop: down}\n", "job:environment:on_stop"),
        (JOB + "  environment: {name: prod, action: stop}\n", "job:environment:action"),
        (JOB + "  environment: {url: 'https://x'}\n", "job:environment"),
        (JOB + "  artifacts: {reports: {dotenv: a.env}}\n", "job:artifacts:reports:dotenv"),
        (JOB + "  rules: [{changes: [a]}]\n", "job:rules[0]:changes"),
        (JOB + "  rules: [{if: '$A = 1'}]\n", "job:rules[0]:if"),
        (JOB + "  rules: yes\n", "job:rules"),
        (JOB + "  coverage: '/(/'\n", "job:coverage"),
        (JOB + "  variables: [A]\n", "job:variables"),
        (JOB + "  variables: {A: {value: 1, expand: false}}\n", "job:variables:A:expand"),
        (JOB + "include: other.yml\n", "include"),
        (JOB + "workflow: {rules: []}\n", "workflow:script"),
        (JOB + "default: {after_script: echo}\n", "default:after_script"),
        ("job: {stage: test}\n", "job:script"),
        (".hidden: {script: echo}\n", "jobs"),
        ("[1, 2]", "the file"),
        ("a: !reference [b]\n", "not readable as YAML"),
    ],
)
def test_what_is_not_known_is_refused_by_name(text: str, name: str) -> None:
    """The sandbox never guesses what a key would have done."""
    assert any(problem.startswith(name) for problem in problems(text)), problems(text)


def test_all_problems_are_said_at_once() -> None:
    """One look is enough to know everything that has to change."""
    found = problems("a:\n  script: echo\n  needs: []\nb:\n  trigger: other\n")
    assert [problem.partition(": ")[0] for problem in found] == ["a:needs", "b:trigger", "b:script"]


def test_keys_without_effect_are_accepted() -> None:
    """image, tags, interruptible and cache change nothing here."""
    text = "default: {image: bash, tags: [x]}\n" + JOB
    text += "  interruptible: true\n  cache: {paths: [a]}\n"
    assert parse_ci_file(text).jobs == parse_ci_file(JOB).jobs


def test_files_of_the_repository_are_included() -> None:
    """They are merged key by key in their order, and the file itself goes last; one may include another."""
    files = {
        "a.yml": "include: b.yml\nx: {script: a, when: manual}\n",
        "b.yml": "x: {script: b, retry: 0, environment: dev}\ny: {script: b}\n",
    }
    found = parse_ci_file("include: [{local: /a.yml}]\nx: {when: always}\n", files.get)
    whole = "x: {script: a, environment: dev, when: always}\ny: {script: b}\n"
    assert found == parse_ci_file(whole)
    assert parse_ci_file(merged_yaml("include: /a.yml\nx: {when: always}\n", files.get)) == found


@pytest.mark.parametrize(
    ("include", "why"),
    [
        ("none.yml", "Local file `none.yml` does not exist!"),
        ("again.yml", "Local file `again.yml` does not exist!"),
        ("[{remote: 'https://x/y.yml'}]", "include:remote: the sandbox does not know this key"),
        ("'https://x/y.yml'", "only the path of a file is known"),
        ("'*.yml'", "only the path of a file is known"),
        ("[{local: a.yml, rules: []}]", "include:rules"),
    ],
)
def test_what_cannot_be_included(include: str, why: str) -> None:
    """A file that is not there or includes itself, and every kind but a file's path, is a problem."""
    with pytest.raises(CiFileError) as caught:
        parse_ci_file(f"include: {include}\n{JOB}", {"again.yml": "include: again.yml\n"}.get)
    assert any(why in problem for problem in caught.value.problems), caught.value.problems


def test_a_whole_job() -> None:
    """Defaults, anchors, nested scripts and variables are put together as GitLab does."""
    text = """
stages: [one, two]
default: {before_script: [prepare]}
variables: {A: 1, B: {value: true, description: said}}
.shared: &shared [first, second]
job:
  stage: two
  script: [*shared, third]
  variables: {A: own}
  environment: {name: prod, url: https://x, deployment_tier: production, action: verify}
  coverage: '/(\\d+)%/'
  artifacts: {reports: {junit: [a.xml, b/*.xml]}}
  resource_group: prod
plain: {stage: .pre, script: echo, before_script: []}
"""
    found = parse_ci_file(text)
    job, plain = found.jobs
    assert found.stages == (".pre", "one", "two", ".post")
    assert job.script == ("prepare", "first", "second", "third")
    assert job.variables == {"A": "own", "B": "true"}
    assert job.environment == EnvironmentSpec("prod", "https://x", "verify", "production")
    assert (job.coverage, job.artifacts.junit, job.resource_group) == (r"(\d+)%", ("a.xml", "b/*.xml"), "prod")
    assert plain.script == ("echo",)


def inclusion(more: str, **variables: str) -> Inclusion | None:
    """Judge a job with some more lines."""
    return included(parse_ci_file(JOB + more).jobs[0], variables)


def test_manual_is_optional_outside_rules_and_blocks_inside() -> None:
    """The default of allow_failure depends on where `when: manual` stands."""
    assert inclusion("  when: manual\n") == Inclusion("manual", True)
    assert inclusion("  when: manual\n  allow_failure: false\n") == Inclusion("manual", False)
    assert inclusion("  rules: [{when: manual}]\n") == Inclusion("manual", False)
    assert inclusion("  rules: [{when: manual, allow_failure: true}]\n") == Inclusion("manual", True)
    assert inclusion("") == Inclusion("on_success", False)


def test_the_first_rule_that_matches_decides() -> None:
    """Later rules are not looked at; none that matches leaves the job out."""
    rules = "  rules:\n    - if: $A == 'x'\n      when: never\n    - if: $B\n      variables: {C: b}\n"
    assert inclusion(rules, A="x", B="1") is None
    assert inclusion(rules, A="y", B="1") == Inclusion("on_success", False, {"C": "b"})
    assert inclusion(rules, A="y") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", True),
        ("$EMPTY", False),
        ("$NONE", False),
        ("$NONE == null", True),
        ("$EMPTY == null", False),
        ('$A == "x"', True),
        ("${A} != 'x'", False),
        ("$A == $B", False),
        (r"$TAG =~ /^v\d+\.\d+/", True),
        ("$TAG =~ /^V/", False),
        ("$TAG =~ /^V/i", True),
        ("$TAG !~ /rc/", True),
        ("$NONE =~ /.*/", False),
        ("$PATHS =~ /a\\/b/", True),
        ("$A && $NONE || $B", True),
        ("$A && ($NONE || $B)", True),
        ("$NONE && $A || $NONE", False),
        ('"text"', True),
    ],
)
def test_expressions(text: str, expected: bool) -> None:
    """The language of `rules: if`."""
    variables = {"A": "x", "B": "y", "EMPTY": "", "TAG": "v1.4.0", "PATHS": "a/b"}
    assert parse(text)(variables) is expected


@pytest.mark.parametrize("text", ["", "$A ==", "$A == 1", "($A", "$A $B", "$A =~ 'x'", "/x/", "$A =~ /(/", "$A && "])
def test_expressions_that_are_none(text: str) -> None:
    """Whatever is not understood is refused, never taken for true or false."""
    with pytest.raises(ExpressionError):
        parse(text)


def test_variables_expand_from_what_is_before_them() -> None:
    """Known references are replaced, unknown ones become empty, `$$` stays a dollar."""
    assert expand("$A-${B}-$NONE-$$A", {"A": "1", "B": "2"}) == "1-2--$A"
    assert layered({"A": "1"}, {"B": "$A$A"}, {"A": "3", "C": "$A$B"}) == {"A": "3", "B": "11", "C": "311"}


def test_scripts_show_their_commands() -> None:
    """Each command is printed before it runs; of a long one the first line."""
    text = bash_script(["echo 'a'", "if true; then\n  echo b\nfi\n"])
    assert "$ echo" in text
    assert "# collapsed multi-line command" in text


@pytest.mark.parametrize(
    ("pattern", "trace", "expected"),
    [
        (r"coverage: \d+\.\d+%", "coverage: 1.5%\ncoverage: 92.3%\n", 92.3),
        (r"TOTAL.*?(\d+)%", "TOTAL 100 5 95%", 95.0),
        (r"coverage: \d+", "none", None),
        (None, "coverage: 9%", None),
    ],
)
def test_coverage_is_the_last_match(pattern: str | None, trace: str, expected: float | None) -> None:
    """The number in the last line that matches, or in its group."""
    assert find_coverage(pattern, trace) == expected
