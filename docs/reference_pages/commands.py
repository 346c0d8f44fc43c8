"""The page of commands, from the command line itself."""

import inspect
from collections.abc import Iterator
from typing import Any

import typer.main

from docs.reference_pages.markdown import page, table
from relflow.cli.main import application

COMMON = frozenset({"as_json", "config", "project", "debug", "help"})


def commands() -> str:
    """Every command with its help."""
    said = "Every command also takes `--json`, `--config FILE`, `-R/--project GROUP/NAME` and `--debug`."
    return page("Commands", said, *_sections(typer.main.get_command(application()), "relflow"))


def _sections(command: Any, path: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from _sections(each, f"{path} {name}")
        return
    yield f"## {path}\n\n{inspect.cleandoc(command.help or '')}"
    own = [each for each in command.params if each.name not in COMMON]
    if own:
        yield table(("word", "what it is"), ((f"`{_word(each)}`", each.help or "") for each in own))
    if command.epilog:
        yield command.epilog


def _word(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        word = str(parameter.metavar or parameter.name.upper())
        return word if parameter.required else f"[{word}]"
    name = ", ".join(parameter.opts)
    return name if parameter.is_flag else f"{name} {parameter.metavar or parameter.name.upper()}"
