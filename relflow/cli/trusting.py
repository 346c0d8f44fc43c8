"""The word that a token of the environment may go to a GitLab host."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Yes
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.views import contract


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "trust", "relflow trust https://gitlab.example.org")(trust)


def trust(
    call: Call,
    url: Annotated[str, typer.Argument(metavar="URL", help="Your GitLab, like https://gitlab.example.org.")],
    yes: Yes = False,
) -> Answer:
    """Let the token of your environment go to this GitLab from now on."""
    from relflow.cli.asking import confirmed
    from relflow.settings.trusted import host_to_trust, trust, trust_file, trusted_hosts

    host, file = host_to_trust(url), trust_file(os.environ)
    if not yes and host not in trusted_hosts(os.environ):
        confirmed(call, f"Send the token of your environment to {host}?", f"relflow trust https://{host} --yes")
    changed = trust(host, os.environ)
    how = "may be sent the token of your environment" if changed else "was trusted already"
    shape: contract.Trust = {"host": host, "file": str(file), "changed": changed}
    return Answer(shape, escaped(f"{host} {how}: {file}"))
