"""Asking a person, where there is one; without a terminal the option that answers is required."""

import sys

import typer

from relflow.cli.command import Call
from relflow.core.errors import UsageError


def confirmed(call: Call, question: str, same_as: str) -> None:
    """Return when the person says yes. Raises UsageError without a terminal, typer.Abort on no or Ctrl-C."""
    if not call.is_terminal:
        raise UsageError("this asks first, and there is no terminal to ask on", (), (f"{same_as}     answers it",))
    if not typer.confirm(question, err=True):
        raise typer.Abort
    print(f"same as: {same_as}", file=sys.stderr)
