"""The published shapes of `--json`, and whether a value has one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from docs.reference_pages.output import ANSWERS, NO_RESULT, answers

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
SCHEMAS: dict[str, Any] = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def wrong(name: str, value: Any) -> list[str]:
    """What of the value is not of that shape; nothing for a value that is."""
    validator = Draft202012Validator(SCHEMAS[name])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def wrong_of(words: Sequence[str], value: Any) -> list[str]:
    """What of a command's answer is not of the shape that the reference tells for it."""
    fits = [command for command in ANSWERS if " ".join([*words, ""]).startswith(f"{command} ")]
    command = NO_RESULT if isinstance(value, dict) and value.keys() == {"error"} else max(fits, key=len)
    return wrong(answers()[command][0].removesuffix(".json"), value)
