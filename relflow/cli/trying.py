"""Trying relflow without a GitLab: the sandbox and the demo."""

from pathlib import Path
from typing import Annotated

import typer

from relflow.cli.command import Answer, Call, register


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    sandbox = typer.Typer(help="A small GitLab on this machine, to try relflow with.", no_args_is_help=True)
    app.add_typer(sandbox, name="sandbox")
    register(sandbox, "run", "relflow sandbox run --ready-file ready.json")(run)
    register(app, "demo", "relflow demo")(demo)


def run(
    call: Call,
    repo: Annotated[Path | None, typer.Option("--repo", metavar="DIR", help="Serve this git repository.")] = None,
    port: Annotated[int, typer.Option("--port", metavar="N", help="The port; 0 takes a free one.")] = 0,
    ready_file: Annotated[
        Path | None, typer.Option("--ready-file", metavar="FILE", help="Write the address and tokens here.")
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option("--state-dir", metavar="DIR", help="Keep everything here between runs.")
    ] = None,
) -> Answer:
    """Serve a stand-in for GitLab on this machine until Ctrl-C. It is not GitLab."""
    from relflow.cli.sandboxed import serve

    return serve(repo, port, ready_file, state_dir)


def demo(
    call: Call,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where to leave the database; default: a new folder.")
    ] = None,
) -> Answer:
    """Watch a release walk to production, against a local stand-in."""
    from relflow.cli.sandboxed import tell_story

    return tell_story(folder, as_json=call.as_json)
