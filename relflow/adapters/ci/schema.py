"""The form of a CI file by the JSON schema that GitLab publishes, as `check-jsonschema` carries it along."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match

from relflow.adapters.ci.document import Document, Reference
from relflow.core.finding import Finding
from relflow.core.text import nearest, shortened

NO_PIPELINE = "GitLab makes no pipeline of it"
_SCHEMA = resources.files("check_jsonschema").joinpath("builtin_schemas", "vendor", "gitlab-ci.json")
if not _SCHEMA.is_file():
    raise ImportError("this check-jsonschema brings no schema of GitLab's CI files")


@cache
def _validator() -> Any:
    return Draft7Validator(json.loads(_SCHEMA.read_text("utf-8")))


def formed(document: Document) -> Iterator[Finding]:
    """What GitLab would not take in this file, each with its line. No value is repeated: it may be a secret."""
    told = set()
    for error in sorted(_validator().iter_errors(document.value), key=lambda each: list(map(str, each.absolute_path))):
        for finding in _findings(document, best_match([error]) or error):
            place = finding.what.partition(": ")[0]
            if place not in told:
                yield finding
            told.add(place)


def _findings(document: Document, error: ValidationError) -> Iterator[Finding]:
    path, schema = tuple(error.absolute_path), cast("Any", error.schema)
    # The schema knows no reference but in scripts and rules, and takes `ci/*.yml` for no path; GitLab takes both.
    if isinstance(error.instance, Reference) or (path[:1] == ("include",) and error.validator == "pattern"):
        return
    where = shortened(".".join(str(part) for part in path)) or "the file"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = tuple(schema.get("properties", {}))
        for key in sorted(key for key in error.instance if key not in known):
            near = nearest(key, known)
            fix = near[0] if near and near[0].startswith("did you mean") else "take it out"
            what = f"{document.place(*path, key)}: {where}: there is no keyword {shortened(key)}"
            yield Finding("error", "keyword-unknown", what, NO_PIPELINE, fix)
    else:
        what = f"{document.place(*path)}: {where}: {_why(error)}"
        yield Finding("error", "form-invalid", what, NO_PIPELINE, "https://docs.gitlab.com/ci/yaml/     tells the form")


def _why(error: ValidationError) -> str:
    """What the schema demands there."""
    demanded = shortened(
        ", ".join(map(str, error.validator_value))
        if isinstance(error.validator_value, list)
        else str(error.validator_value)
    )
    words = {
        "type": "it must be of type",
        "enum": "it is one of",
        "maximum": "it is at most",
        "minimum": "it is at least",
    }
    words |= {"pattern": "it must match", "required": "it needs", "minLength": "its least length is"}
    if error.validator in words:
        return f"{words[str(error.validator)]} {demanded}"
    return "it is not of the form that GitLab takes"
