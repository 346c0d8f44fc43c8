"""The words that several commands take, with their help, completion and checks."""

from typing import Annotated

import typer

from relflow.cli import completing
from relflow.core.errors import UsageError

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="The release, like 2.4.0.", autocompletion=completing.versions)
]
EnvironmentName = Annotated[
    str, typer.Argument(metavar="ENV", help="The environment, like prod.", autocompletion=completing.environments)
]
PointName = Annotated[
    str, typer.Argument(metavar="POINT", help="The point, like notes.", autocompletion=completing.points)
]
GateName = Annotated[
    str, typer.Argument(metavar="GATE", help="The gate, like ref_unmoved.", autocompletion=completing.gates)
]
OnlyVersion = Annotated[
    str | None, typer.Argument(metavar="VERSION", help="Only this release.", autocompletion=completing.versions)
]
OnlyEnvironment = Annotated[
    str | None,
    typer.Option("--env", metavar="E", help="Only this environment.", autocompletion=completing.environments),
]
OnlyEvent = Annotated[
    str | None,
    typer.Option("--event", metavar="K", help="Only events of this name.", autocompletion=completing.event_names),
]
Reason = Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="Why; it stands in the audit log.")]
Comment = Annotated[str | None, typer.Option("-m", "--message", metavar="TEXT", help="A comment for the audit log.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Return once GitLab accepted the play.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="At most so many.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="From this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it stood at this time of the past.")]
StateName = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="Only in this state.", autocompletion=completing.state_names),
]
Timeout = Annotated[int, typer.Option("--timeout", metavar="S", help="Stop watching after so many seconds.")]

MAX_LIMIT = 1_000_000
#: The greatest id that GitLab gives, and that a database holds.
MAX_ID = 2**63 - 1


def limited(number: int) -> int:
    """The limit. Raises UsageError for what cannot be one."""
    if not 1 <= number <= MAX_LIMIT:
        raise UsageError(f"--limit is {number}", (f"it is from 1 to {MAX_LIMIT}",))
    return number


def possible_id(option: str, number: int | None) -> int | None:
    """The id, which need not be anything's. Raises UsageError for one that nothing can have."""
    if number is not None and number > MAX_ID:
        raise UsageError(f"{option} is beyond every id", (f"the greatest is {MAX_ID}",))
    return number


def bounded_timeout(seconds: int) -> int:
    """The timeout. Raises UsageError for what cannot be one."""
    if not 1 <= seconds <= 7 * 86_400:
        raise UsageError(f"--timeout is {seconds}", ("it is from 1 second to a week, 604800",))
    return seconds
