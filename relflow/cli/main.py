"""The `relflow` command: its words in one place, each command in its module."""

import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated

import typer

import relflow
from relflow.cli.command import gone
from relflow.cli.misreading import misread

HELP = "Releases through GitLab's manual jobs: what is missing, who can do it, one play a decision, an audit log."
#: The modules that have the commands, in the order of the help. Only what is typed is made: to make all of them would
#: take as long as to read a database.
COMMANDS = {
    "beginning": ("init",),
    "importing": ("import",),
    "reading": ("status", "list", "show", "log"),
    "explaining": ("why", "plan"),
    "moving": ("create", "test", "tick", "approve", "unapprove", "reject", "waive", "hold", "amend", "resume"),
    "deploying": ("deploy", "signoff", "rollback", "watch", "reconcile"),
    "drifting": ("drift",),
    "freezing": ("lock", "unlock", "freeze"),
    "policies": ("policy",),
    "auditing": ("audit",),
    "workflows": ("workflow",),
    "ci_files": ("ci",),
    "doctoring": ("doctor",),
    "databases": ("db",),
    "trusting": ("trust",),
    "trying": ("demo", "sandbox"),
}


def application(word: str = "") -> typer.Typer:
    """The command line; for the word of a command only what its module adds, for any other all of it."""
    app = typer.Typer(
        name="relflow",
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: it reads the same on every terminal, in a pipe, and in the tests
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_main)
    for module in [name for name, words in COMMANDS.items() if word in words] or COMMANDS:
        import_module(f"relflow.cli.{module}").add_to(app)
    return app


def first_word(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """The word that says which command is meant: typed, or in the line that a shell wants completed."""
    line = environment.get("COMP_WORDS") or environment.get("_TYPER_COMPLETE_ARGS")
    typed = line.split()[1:] if line is not None and "_RELFLOW_COMPLETE" in environment else [*words, ""]
    return typed[0] if len(typed) > 1 else ""  # the only word of a line may be half of a longer one


def _version(wanted: bool) -> None:
    if wanted:
        print(f"relflow {relflow.__version__}")
        raise typer.Exit


def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line; a reader that went away (`| head`) is no error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr does: no letter may end in a traceback
    try:
        code = application(first_word(sys.argv[1:], os.environ))(standalone_mode=False, prog_name="relflow")
        sys.stdout.flush()
    except typer.TyperException as exc:
        code = misread(exc, sys.argv[1:])
    except BrokenPipeError:
        code = gone()
    sys.exit(code if isinstance(code, int) else 0)
