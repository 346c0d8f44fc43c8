"""The published JSON Schema of the settings file."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from relflow.settings.schema import schema_text
from tests.settings.texts import FULL, LEAST

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "relflow.schema.json"
VALIDATOR = Draft202012Validator(json.loads(schema_text()))


def test_fresh() -> None:
    """What is published is what the code says."""
    assert PUBLISHED.read_text("utf-8") == schema_text(), "write it anew: make docs"


@pytest.mark.parametrize("text", [LEAST, FULL])
def test_accepts(text: str) -> None:
    """Settings that load fit the schema."""
    VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new"), [("[database]", "[datbase]"), ("approvals = 2", 'approvals = "2"'), ('job = "deploy-prod"', "")]
)
def test_refuses(old: str, new: str) -> None:
    """An unknown key, a wrong type and a missing key show in the editor."""
    assert not VALIDATOR.is_valid(tomllib.loads(FULL.replace(old, new)))
