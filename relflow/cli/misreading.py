"""Words that are no command: what the parser says, as a failure like every other, as text or JSON."""

import sys
from collections.abc import Sequence

import typer

from relflow.cli.command import Answer, say
from relflow.cli.failing import Failure


def misread(error: typer.TyperException, words: Sequence[str]) -> int:
    """Print what is wrong with the words; the exit code. A group without a command gets its help instead."""
    context = getattr(error, "ctx", None)
    as_json = "--json" in words
    if type(error).__name__ == "NoArgsIsHelpError" and not as_json:
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    failure = Failure("usage", _sentence(error), (), _steps(context))
    say(Answer(None, "", failure), as_json=as_json)
    return failure.exit_code


def _sentence(error: typer.TyperException) -> str:
    if type(error).__name__ == "NoArgsIsHelpError":
        return "a command is missing"
    # The parser repeats itself: "should be a valid integer, unable to parse string as an integer".
    said = error.format_message().partition(", unable to parse")[0].removesuffix(".")
    return said[:1].lower() + said[1:]


def _steps(context: typer.Context | None) -> tuple[str, ...]:
    if context is None:
        return ("relflow -h",)
    example = (context.command.epilog or "").removeprefix("Example:").strip()
    steps = (f"{example}     for example",) if example else ()
    return (*steps, f"{context.command_path} -h     tells all")
