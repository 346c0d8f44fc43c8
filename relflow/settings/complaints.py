"""What pydantic found in the settings, as sentences for the person who wrote them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from relflow.core.text import nearest, shortened
from relflow.settings.lines import Path
from relflow.settings.shapes import SettingsFile

_TYPES = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list, in [ ]",
    "string_type": "text, in quotes",
    "model_type": "a table",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A mistake and where it is."""

    path: Path
    sentence: str


def complaint_of(error: ErrorDetails) -> Complaint:
    """The sentence for one of pydantic's errors. It never repeats a value: that may be a secret."""
    path = tuple(error["loc"])
    return Complaint(path, f"{_named(path)}: {_why(error, path)}" if path else _why(error, path))


def _named(path: Path) -> str:
    """The path as people write it: `environments[1].approvers.users`, counted from one."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{shortened(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _why(error: ErrorDetails, path: Path) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing":
        return "it must be said, there is no default"
    if kind in _TYPES:
        return f"it must be {_TYPES[kind]}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "greater_than_equal":
        return f"it is at least {context['ge']}"
    if kind == "less_than_equal":
        return f"it is at most {context['le']}"
    return error["msg"]


def _unknown(path: Path) -> str:
    near = nearest(str(path[-1]), tuple(_keys(path[:-1])))
    return "there is no such setting" + (f"; {near[0]}" if near else "")


def _keys(table: Path) -> Iterator[str]:
    """The keys that the table at that path has."""
    model: type[BaseModel] = SettingsFile
    for part in table:
        if isinstance(part, str):
            model = next(_models(model.model_fields[part].annotation))
    yield from model.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type such as `list[Model] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
