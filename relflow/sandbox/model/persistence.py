"""Keeping the tables in one JSON file, replaced as a whole, and reading them back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from relflow.sandbox.model.records import ProjectSettings
from relflow.sandbox.model.tables import Table, Tables


def save_tables(tables: Tables, path: Path) -> None:
    """Write everything; a reader sees the old file or the new one, never half of one."""
    document: dict[str, object] = {
        name: {"next_id": table.next_id, "rows": [asdict(row) for row in table.rows.values()]}
        for name, table in _tables(tables).items()
    }
    document["settings"] = asdict(tables.settings)
    document["seen_refs"] = tables.seen_refs
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(document, default=_plain))
    beside.replace(path)


def load_tables(path: Path) -> Tables:
    """Read everything back."""
    document = json.loads(path.read_text())
    tables = Tables()
    for name, table in _tables(tables).items():
        kept = document.get(name, {"next_id": table.next_id, "rows": []})  # an older sandbox had fewer tables
        table.next_id = kept["next_id"]
        for row in kept["rows"]:
            table.put(decode(table.kind, row))
    for job in tables.jobs:
        tables.jobs_of_pipeline.setdefault(job.pipeline_id, []).append(job.id)
    tables.settings = decode(ProjectSettings, document["settings"])
    tables.seen_refs = document["seen_refs"]
    return tables


def _tables(tables: Tables) -> dict[str, Table[Any]]:
    return {field.name: table for field in fields(tables) if isinstance(table := getattr(tables, field.name), Table)}


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be kept")


def decode(kind: Any, value: Any) -> Any:
    """Build a value of a type from what JSON made of it."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: decode(hints[name], item) for name, item in value.items()})
    if isinstance(kind, UnionType):
        inner = next(option for option in get_args(kind) if option is not type(None))
        return None if value is None else decode(inner, value)
    if get_origin(kind) is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in value)
    if get_origin(kind) is Mapping:
        return dict(value)
    if isinstance(kind, type) and issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value
