"""The first relflow.toml: what was answered, in a file that teaches the rest."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.errors import SetupError, UsageError
from relflow.core.policy_check.proving import prove
from relflow.settings.first import (
    SCHEMA,
    Answers,
    FirstEnvironment,
    approvals_of,
    environment_of,
    first_settings,
    write_first,
)
from relflow.settings.schema import schema_text

PLACES = (FirstEnvironment("dev", "deploy-dev"), FirstEnvironment("prod", "deploy-prod", 2))
ANSWERS = Answers("https://gitlab.example.org", "group/data-provider", PLACES)


def test_what_was_answered_is_what_is_proposed() -> None:
    """Environments in order with their jobs and approvals; all else is the default."""
    _, workflow = first_settings(ANSWERS)
    assert workflow.project == "group/data-provider"
    assert [(each.name, each.job, each.approvals) for each in workflow.environments] == [
        ("dev", "deploy-dev", 1),
        ("prod", "deploy-prod", 2),
    ]
    assert workflow.environments[-1].approvers.access == "maintainer"


@given(st.lists(st.integers(1, 100), min_size=1, max_size=3))
def test_what_is_answered_makes_no_wall(approvals: list[int]) -> None:
    """`init` adopts without exploring what it wrote: however many approve in however many places, nothing is wrong."""
    places = tuple(FirstEnvironment(f"place-{at}", f"deploy-{at}", count) for at, count in enumerate(approvals))
    _, workflow = first_settings(Answers("https://gitlab.example.org", "group/data-provider", places))
    assert [each for each in prove(workflow) if each.finding.severity != "note"] == []


def test_the_file_teaches() -> None:
    """Its first line names the published schema, and comments say what comes next."""
    text, _ = first_settings(ANSWERS)
    assert text.splitlines()[0] == f"#:schema {SCHEMA}"
    published = Path(__file__).parents[2] / "docs" / "reference" / SCHEMA
    assert json.loads(published.read_text()) == json.loads(schema_text())
    assert "relflow policy adopt" in text
    assert "data folder" in text
    shared, _ = first_settings(Answers(ANSWERS.url, ANSWERS.project, PLACES, "sqlite:////srv/relflow/x.db"))
    assert 'url = "sqlite:////srv/relflow/x.db"' in shared


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (Answers("gitlab.example.org", "group/data", PLACES), "--url"),
        (Answers("https://a:b@h", "group/data", PLACES), "must not hold"),
        (Answers(ANSWERS.url, "data", PLACES), "--project"),
        (Answers(ANSWERS.url, ANSWERS.project, (PLACES[0], PLACES[0])), "dev"),
        (Answers(ANSWERS.url, ANSWERS.project, (FirstEnvironment("Dev", "x"),)), "Dev"),
        (Answers(ANSWERS.url, ANSWERS.project, (FirstEnvironment("dev", "x", 0),)), "approvals"),
        (Answers(ANSWERS.url, ANSWERS.project, (FirstEnvironment("dev", "x", 10**8),)), "at most 100"),
        (Answers(ANSWERS.url, ANSWERS.project, (FirstEnvironment("dev", "x\x1b[2J"),)), "cannot be seen"),
        (Answers(ANSWERS.url, ANSWERS.project, PLACES, "sqlite:////srv/a?b.db"), "path of a file"),
    ],
)
def test_answers_that_make_no_policy(answers: Answers, said: str) -> None:
    """What the settings would refuse is refused before anything is written."""
    with pytest.raises(UsageError) as caught:
        first_settings(answers)
    assert said in " ".join(caught.value.why)


@pytest.mark.parametrize("text", ["", "dev", "=x", "dev=", " = "])
def test_words_that_are_no_environment(text: str) -> None:
    """Both halves are needed."""
    with pytest.raises(UsageError, match="NAME=JOB"):
        environment_of(text)


@pytest.mark.parametrize("text", ["prod", "prod=", "prod=two", "prod=-1", "prod=²", "stage=1"])
def test_words_that_are_no_approvals(text: str) -> None:
    """A known environment and a number."""
    with pytest.raises(UsageError, match="--approvals"):
        approvals_of(text, ("dev", "prod"))
    assert environment_of("prod=deploy=x").job == "deploy=x"


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Somebody may have written it a moment ago."""
    (tmp_path / "relflow.toml").write_text("mine")
    with pytest.raises(SetupError, match="cannot be written"):
        write_first(tmp_path / "relflow.toml", "ours")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["mine"]
