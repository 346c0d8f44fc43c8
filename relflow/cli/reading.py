"""The commands that only read: status, list, show, log. They import no ORM and ask no GitLab."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.times import past_moment, span
from relflow.cli.words import (
    At,
    Limit,
    OnlyEnvironment,
    OnlyEvent,
    OnlyVersion,
    Since,
    StateName,
    Until,
    Version,
    limited,
)
from relflow.core.errors import UsageError
from relflow.core.text import nearest

if TYPE_CHECKING:
    from relflow.views.log import Wanted
    from relflow.views.reading import View

SHOWN = 50


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "status", "relflow status")(status)
    register(app, "list", "relflow list --state tested")(list_)
    register(app, "show", "relflow show 2.4.0")(show)
    register(app, "log", "relflow log 2.4.0 --event command_refused")(log)


def status(call: Call, at: At = None) -> Answer:
    """Show what runs where, what is on its way, what waits for whom."""
    from relflow.bootstrap import last_proven, now, view
    from relflow.cli.texts import status_page
    from relflow.views.status import read_status

    then = past_moment("at", at, now())
    with view(call.config, call.project) as project:
        me = None if then else last_proven(project.project.log)
        shape = read_status(_standing(project, then), then or now(), me)
    return Answer(shape, _of(then, status_page(shape)))


def list_(
    call: Call, state: StateName = None, since: Since = None, until: Until = None, limit: Limit = SHOWN
) -> Answer:
    """List releases, newest first."""
    from relflow.bootstrap import view
    from relflow.cli.texts import release_list
    from relflow.core.workflow import states
    from relflow.views.releases import list_releases

    times = span(since, until)
    with view(call.config, call.project) as project:
        if state is not None:
            _known("state", state, states(project.workflow))
        releases = list_releases(project, state, *times, limited(limit))
    return Answer(releases, release_list(releases))


def show(call: Call, version: Version, at: At = None) -> Answer:
    """Show one release: evidence, approvals, deployments, what next."""
    from relflow.bootstrap import now, view
    from relflow.cli.texts import release_page
    from relflow.core.text import version_identity
    from relflow.views.log import last_hold
    from relflow.views.releases import show_release

    known, then = version_identity(version), past_moment("at", at, now())
    with view(call.config, call.project) as project:
        shape = show_release(_standing(project, then, known), known, then or now())
        held = last_hold(project, known, then) if shape["release"]["held_from"] else None
    return Answer(shape, _of(then, release_page(shape, held)))


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
    from relflow.cli.logged import log_lines
    from relflow.core.text import version_identity
    from relflow.views.log import Wanted, read_log

    if event is not None:
        from relflow.core.events import EVENTS

        _known("event", event, tuple(EVENTS))
    begin, end = span(since, until)
    wanted = Wanted(
        release=version_identity(version) if version else None,
        environment=environment,
        actor=actor if actor is None or ":" in actor else f"user:{actor}",
        event=event,
        since=begin,
        until=end,
        limit=limited(limit),
    )
    with view(call.config, call.project) as project:
        entries = read_log(project, wanted)
        if not entries:
            _must_exist(project, wanted)
    return Answer(entries, log_lines(entries))


def _standing(project: "View", then: datetime | None, version: str | None = None) -> "View":
    """The project as it stands, or stood."""
    if then is None:
        return project
    from relflow.views.past import view_at

    return view_at(project, then, version)


def _of(then: datetime | None, page: str) -> str:
    """The page, with the time of which it is where that is not now."""
    return f"as of {then.astimezone():%Y-%m-%d %H:%M:%S %z}\n\n{page}" if then else page


def _must_exist(project: "View", wanted: "Wanted") -> None:
    """Raise UsageError for the first name of which no record can be; only who found nothing pays for it."""
    from relflow.views.log import actors
    from relflow.views.releases import found

    if wanted.environment is not None:
        _known("environment", wanted.environment, project.workflow.names)
    if wanted.release is not None:
        found(project, wanted.release)
    if wanted.actor is not None:
        _known("actor", wanted.actor, actors(project))


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise UsageError(f"there is no {what} {name}", (), nearest(name, names))
