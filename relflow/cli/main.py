"""The `relflow` command: its words in one place, each command in its module."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

import relflow
from relflow.cli import (
    auditing,
    beginning,
    databases,
    deploying,
    explaining,
    moving,
    policies,
    reading,
    trusting,
    trying,
    workflows,
)
from relflow.cli.command import gone
from relflow.cli.misreading import misread

app = typer.Typer(
    name="relflow",
    help="Releases through GitLab's manual jobs: what is missing, who can do it, one play a decision, an audit log.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: it reads the same on every terminal, in a pipe, and in the tests
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for module in (
    beginning,
    reading,
    explaining,
    moving,
    deploying,
    policies,
    auditing,
    workflows,
    databases,
    trusting,
    trying,
):
    module.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"relflow {relflow.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def main(run: Callable[..., object] = app) -> None:
    """Run the command line; a reader that went away (`| head`) is no error."""
    try:
        code = run(standalone_mode=False, prog_name="relflow")
        sys.stdout.flush()
    except typer.TyperException as exc:
        code = misread(exc, sys.argv[1:])
    except BrokenPipeError:
        code = gone()
    sys.exit(code if isinstance(code, int) else 0)
