"""The JSON Schema of `relflow.toml`, for editors that check while one writes."""

import json

from relflow.settings.shapes import SettingsFile


def schema_text() -> str:
    """The schema, as it is published in docs/reference."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SettingsFile.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
