"""The commands that only read: status, list, show, log. They import no ORM and ask no GitLab."""

from typing import Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import (
    Limit,
    OnlyEnvironment,
    OnlyEvent,
    OnlyVersion,
    Since,
    StateName,
    Until,
    Version,
    limited,
    moment,
)
from relflow.core.errors import UsageError
from relflow.core.text import nearest

SHOWN = 50


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "status", "relflow status")(status)
    register(app, "list", "relflow list --state tested")(list_)
    register(app, "show", "relflow show 2.4.0")(show)
    register(app, "log", "relflow log 2.4.0 --event command_refused")(log)


def status(call: Call) -> Answer:
    """Show what runs where, what is on its way, what waits for whom."""
    from relflow.bootstrap import last_proven, now, view
    from relflow.cli.texts import status_page
    from relflow.views.status import read_status

    with view(call.config, call.project) as project:
        shape = read_status(project, now(), last_proven(project.project.log))
    return Answer(shape, status_page(shape))


def list_(
    call: Call, state: StateName = None, since: Since = None, until: Until = None, limit: Limit = SHOWN
) -> Answer:
    """List releases, newest first."""
    from relflow.bootstrap import view
    from relflow.cli.texts import release_list
    from relflow.core.workflow import states
    from relflow.views.releases import list_releases

    times = moment("since", since), moment("until", until)
    with view(call.config, call.project) as project:
        if state is not None:
            _known("state", state, states(project.workflow))
        releases = list_releases(project, state, *times, limited(limit))
    return Answer(releases, release_list(releases))


def show(call: Call, version: Version) -> Answer:
    """Show one release: evidence, approvals, deployments, what next."""
    from relflow.bootstrap import now, view
    from relflow.cli.texts import release_page
    from relflow.core.text import version_identity
    from relflow.views.log import Wanted, read_log
    from relflow.views.releases import show_release

    known = version_identity(version)
    with view(call.config, call.project) as project:
        shape = show_release(project, known, now())
        is_held = shape["release"]["held_from"] is not None
        held = read_log(project, Wanted(limit=1, release=known, event="release_held")) if is_held else []
    return Answer(shape, release_page(shape, next(iter(held), None)))


def log(
    call: Call,
    version: OnlyVersion = None,
    environment: OnlyEnvironment = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="USER", help="Only what they did.")] = None,
    event: OnlyEvent = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = SHOWN,
) -> Answer:
    """Show the audit log, oldest first. Where there is more than --limit, the last of it."""
    from relflow.bootstrap import view
    from relflow.cli.texts import log_lines
    from relflow.core.text import version_identity
    from relflow.views.log import Wanted, read_log
    from relflow.views.releases import found

    if event is not None:
        from relflow.core.events import EVENTS

        _known("event", event, tuple(EVENTS))
    wanted = Wanted(
        release=version_identity(version) if version else None,
        environment=environment,
        actor=actor if actor is None or ":" in actor else f"user:{actor}",
        event=event,
        since=moment("since", since),
        until=moment("until", until),
        limit=limited(limit),
    )
    with view(call.config, call.project) as project:
        if environment is not None:
            _known("environment", environment, project.workflow.names)
        entries = read_log(project, wanted)
        if wanted.release and not entries:
            found(project, wanted.release)
    return Answer(entries, log_lines(entries))


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise UsageError(f"there is no {what} {name}", (), nearest(name, names))
