"""Words that are no command: what the parser says, as a failure like every other, as text or JSON."""

import sys
from collections.abc import Iterator, Sequence

import typer

from relflow.cli.command import Answer, say
from relflow.cli.failing import Failure


def misread(error: typer.TyperException, words: Sequence[str]) -> int:
    """Print what is wrong with the words; the exit code. A group without a command gets its help instead."""
    as_json = "--json" in words
    # The parser's own exceptions have no public names; what they carry has.
    has_no_words = type(error).__name__ == "NoArgsIsHelpError"
    if has_no_words and not as_json:
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    what, *hints = ["a command is missing"] if has_no_words else _sentences(error)
    failure = Failure("usage", what, (), (*hints, *_steps(error)))
    say(Answer(None, "", failure), as_json=as_json)
    return failure.exit_code


def _sentences(error: typer.TyperException) -> list[str]:
    """What is wrong, and what may have been meant; the parser says both at once, and some of it twice."""
    said = error.format_message().partition(", unable to parse")[0].partition(" (Possible options")[0]
    said = said.replace("Input should be", "it should be")
    what, _, meant = said.partition(". Did you mean ")
    near = [meant.rstrip("?")] if meant else [] if _is_of_group(error) else getattr(error, "possibilities", None)
    hints = [f"did you mean {' or '.join(near)}?"] if near else []
    return [what[:1].lower() + what[1:].removesuffix("."), *hints]


def _is_of_group(error: typer.TyperException) -> bool:
    return hasattr(getattr(getattr(error, "ctx", None), "command", None), "commands")


def _steps(error: typer.TyperException) -> Iterator[str]:
    context: typer.Context | None = getattr(error, "ctx", None)
    if context is None:
        yield "relflow -h     tells all"
        return
    if hasattr(error, "option_name") and _is_of_group(error):
        yield f"{context.command_path} COMMAND --json     options stand behind the command"
    if context.command.epilog:
        yield f"{context.command.epilog.removeprefix('Example:').strip()}     for example"
    yield f"{context.command_path} -h     tells all"
