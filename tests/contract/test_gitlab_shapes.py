"""Whatever JSON GitLab sends, it becomes a value or a ShapeError."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.adapters.gitlab import shapes
from tests.contract import samples

SHAPES: dict[str, tuple[Callable[[Any], object], dict[str, Any]]] = {
    "job": (shapes.job, samples.JOB),
    "pipeline": (shapes.pipeline, samples.PIPELINE),
    "whole pipeline": (shapes.whole_pipeline, samples.WHOLE_PIPELINE),
    "report": (shapes.report, samples.REPORT),
    "protected": (shapes.protected, samples.TAG),
    "tag": (shapes.tag, samples.TAG),
    "published": (shapes.published, samples.RELEASE),
    "deployment": (shapes.deployment, samples.DEPLOYMENT),
    "project": (shapes.project, samples.PROJECT),
    "member": (shapes.member, samples.MEMBER),
    "commit": (shapes.commit, {"id": samples.COMMIT}),
    "changes": (shapes.changes, samples.COMPARISON),
    "change": (shapes.change, samples.COMMIT_ALONE),
    "shown_addresses": (shapes.shown_addresses, samples.OWNER),
    "listed_address": (shapes.listed_address, samples.EMAIL),
    "scopes": (shapes.scopes, samples.TOKEN),
    "merged_ci": (shapes.merged_ci, samples.LINT),
    "expires_on": (shapes.expires_on, samples.TOKEN),
    "settings": (shapes.settings, samples.SETTINGS),
    "protected branch": (shapes.protection, samples.PROTECTED_BRANCH),
    "protected tag": (shapes.protection, samples.PROTECTED_TAG),
    "resource group": (shapes.resource_group, samples.RESOURCE_GROUP),
    "artifacts": (shapes.artifacts, samples.ARTIFACTS),
    "environment": (shapes.environment_name, {"id": 9, "name": "prod"}),
}

# JSON may hold halves of characters, which `st.text()` leaves out.
TEXT = st.text(st.characters() | st.sampled_from("\x00\ud800"), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", SHAPES)
def test_the_documented_shape_is_understood(name: str) -> None:
    """What GitLab's documentation shows."""
    shape, sample = SHAPES[name]
    assert shape(sample)


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
def test_any_json_is_a_value_or_a_shape_error(name: str, data: st.DataObject) -> None:
    """With any field missing, or replaced by anything, nothing else is raised, and no text is unfit for a database."""
    shape, sample = SHAPES[name]
    field = data.draw(st.sampled_from(sorted(sample)))
    raw = data.draw(st.one_of(JSON, JSON.map(lambda it: sample | {field: it})))
    with suppress(shapes.ShapeError):
        assert _are_storable(shape(raw))


def _are_storable(found: object) -> bool:
    """Whether every text in the value is what a database keeps."""
    if is_dataclass(found) and not isinstance(found, type):
        return all(_are_storable(getattr(found, each.name)) for each in fields(found))
    texts = found if isinstance(found, tuple) else (found,)
    return not any(set(text) & set("\x00\ud800") for text in texts if isinstance(text, str))


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("job", "id", True),
        ("job", "id", -1),
        ("job", "id", 2**63),
        ("job", "status", None),
        ("job", "started_at", "2026-03-02T08:00:00"),
        ("job", "started_at", "0001-01-01T00:00:00+14:00"),
        ("job", "commit", {"id": "main"}),
        ("job", "user", "anna"),
        ("pipeline", "sha", samples.COMMIT.upper()),
        ("deployment", "updated_at", None),
        ("member", "access_level", "40"),
        ("scopes", "scopes", "api"),
        ("merged_ci", "errors", "api"),
    ],
)
def test_a_value_that_cannot_be_is_no_value(name: str, field: str, value: object) -> None:
    """The error names the field, and not what was in it."""
    shape, sample = SHAPES[name]
    with pytest.raises(shapes.ShapeError) as caught:
        shape(sample | {field: value})
    assert str(value) not in str(caught.value) or value is None


@pytest.mark.parametrize("name", SHAPES)
def test_characters_that_no_database_keeps(name: str) -> None:
    """In whatever field they come: they become question marks, and the rest of the text stays."""
    shape, sample = SHAPES[name]
    for field in sample:
        with suppress(shapes.ShapeError):
            assert _are_storable(shape(sample | {field: "a\x00b\ud800c"}))
    assert shapes.job(samples.JOB | {"web_url": "a\x00b\ud800c"}).url == "a?b?c"
