"""The settings file before anybody asks what it means: where it is, its text, its TOML."""

import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relflow.core.errors import SetupError

NAME = "relflow.toml"
MAX_BYTES = 1_000_000
MAX_DEPTH = 10


def find_file(config: Path | None, env: Mapping[str, str], folder: Path) -> Path | None:
    """The settings file: the one named, else RELFLOW_CONFIG's, else the nearest from `folder` upward, else None."""
    if config is None and env.get("RELFLOW_CONFIG"):
        config = Path(env["RELFLOW_CONFIG"])
    if config is not None:
        return folder / config
    return next((each / NAME for each in (folder, *folder.parents) if _is_there(each / NAME)), None)


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        return False  # a folder on the way up that we may not look into


def read_text(file: Path) -> str:
    """The file's text, without a byte-order mark. Raises SetupError for what is not a readable text file."""
    try:
        if file.exists() and not file.is_file():
            raise SetupError(f"{file} is not a file", (), (f"name the file itself, as in {file / NAME}",))
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        why = (exc.strerror if isinstance(exc, OSError) else None) or "no file can have that name"
        step = "check the name that --config or RELFLOW_CONFIG gives, and who may read the file"
        raise SetupError(f"{file} cannot be read", (why,), (step,)) from exc
    if len(content) > MAX_BYTES:
        raise SetupError(f"{file} is too large", (f"settings have at most {MAX_BYTES:,} bytes",))
    return _decoded(content, file)


def _decoded(content: bytes, file: Path) -> str:
    try:
        # In NFC, as everything that is recorded: a name typed on another system is still the same name.
        return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        why = f"{file.name}:{line}: this line is not UTF-8"
        raise SetupError(f"{file} is not text", (why,), ("save it as UTF-8",)) from exc


def parsed(text: str, file: Path) -> dict[str, Any]:
    """The text's TOML values. Raises SetupError with line and column of what is none."""
    try:
        values = tomllib.loads(text)
        if not _is_deep(values):
            return values
        why = f"{file.name}: values are nested too deep"
    except ValueError as exc:
        why = _placed(str(exc), text, file.name)
    except RecursionError:
        why = f"{file.name}: values are nested too deep"
    raise SetupError(f"{file} is not valid TOML", (why,), ("https://toml.io tells the form",)) from None


def _is_deep(values: dict[str, Any]) -> bool:
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        tables = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for items in tables for item in items if isinstance(item, dict | list)]
    return bool(level)


def _placed(message: str, text: str, name: str) -> str:
    """The sentence of tomllib, led by the place that it names at its end."""
    sentence, _, place = message.removesuffix(")").rpartition(" (at ")
    if not sentence:
        return f"{name}: {message}"
    if place == "end of document":
        last = text.rstrip("\n").rpartition("\n")[2]
        line, column = text.rstrip("\n").count("\n") + 1, len(last) + 1
        return f"{name}:{line}:{column}: {sentence}, and here the file ends"
    line_words, _, column_words = place.partition(", ")
    return f"{name}:{line_words.removeprefix('line ')}:{column_words.removeprefix('column ')}: {sentence}"
