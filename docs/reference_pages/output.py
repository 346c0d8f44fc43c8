"""The page of `--json`, from the titles of the schemas that the tests hold every answer against."""

import json
from pathlib import Path

from docs.reference_pages.markdown import page, table

SCHEMAS = Path(__file__).parents[1] / "reference" / "schemas"


def output() -> str:
    """Each schema and whose answer it is."""
    said = (
        "With `--json` a command prints one JSON value on stdout, and nothing else there. Keys are in snake_case,\n"
        "times are RFC 3339 in UTC, what is absent is null, people are `user:NAME`. A command that has a result\n"
        "and a failure prints both: its own shape with `error` added. One without a result prints `error` only."
    )
    rows = ((f"[{file.stem}](schemas/{file.name})", _title(file)) for file in sorted(SCHEMAS.glob("*.json")))
    return page("Output for scripts", said, table(("schema", "of"), rows))


def _title(file: Path) -> str:
    return str(json.loads(file.read_text())["title"])
