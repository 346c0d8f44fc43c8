"""What the shell offers for a word that is half typed: names from the database, read as the read commands read it.

Whoever presses Tab asked no question: where there is no answer, for whatever reason, nothing is offered, and at once.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from relflow.views.reading import View

#: Nobody waits longer than this for somebody else's lock.
PATIENCE_MS = 200
#: The newest that fit; a shell shows no more than a page anyway.
MOST = 200


def versions(ctx: typer.Context, incomplete: str) -> list[str]:
    """The project's releases, newest first; `v1.4` finds `v1.4.0`, which means the same."""
    from relflow.core.text import version_identity

    begin = version_identity(incomplete)
    mark = incomplete.removesuffix(begin)
    return _quietly(lambda: _fitting((f"{mark}{each}" for each in _beginning(ctx, begin)), incomplete))


def _beginning(ctx: typer.Context, begin: str) -> Iterable[str]:
    from relflow.bootstrap import rows
    from relflow.views.names import versions_beginning

    with rows(ctx.params.get("config"), ctx.params.get("project"), PATIENCE_MS) as (connection, key):
        return versions_beginning(connection, key, begin)


def environments(ctx: typer.Context, incomplete: str) -> list[str]:
    """The environments of the policy in force, on the way to production."""
    return _offered(ctx, incomplete, lambda view: view.workflow.names)


def points(ctx: typer.Context, incomplete: str) -> list[str]:
    """The points of the checklist of the policy in force."""
    return _offered(ctx, incomplete, lambda view: [each.name for each in view.workflow.checklist])


def state_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The states that the policy in force has."""
    from relflow.core.workflow import states

    return _offered(ctx, incomplete, lambda view: states(view.workflow))


def triggers(ctx: typer.Context, incomplete: str) -> list[str]:
    """What can be asked of a release under the policy in force."""
    from relflow.core.judging import triggers

    return _offered(ctx, incomplete, lambda view: triggers(view.workflow))


def gates(ctx: typer.Context, incomplete: str) -> list[str]:
    """The gates that the policy in force lets somebody waive, wherever."""
    return _offered(ctx, incomplete, lambda view: dict.fromkeys(_waivable(view)))


def _waivable(view: "View") -> Iterable[str]:
    return (each.gate for place in view.workflow.environments for each in place.waivable)


def event_names(incomplete: str) -> list[str]:
    """Every event there is; no database is asked."""
    from relflow.core.events import EVENTS

    return _fitting(EVENTS, incomplete)


def _offered(ctx: typer.Context, incomplete: str, names: Callable[["View"], Iterable[str]]) -> list[str]:
    def asked() -> list[str]:
        from relflow.bootstrap import view

        with view(ctx.params.get("config"), ctx.params.get("project"), PATIENCE_MS) as project:
            return _fitting(names(project), incomplete)

    return _quietly(asked)


def _quietly(names: Callable[[], list[str]]) -> list[str]:
    try:
        return names()
    except Exception:  # noqa: BLE001 - a message would land in the line that somebody types
        return []


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)][:MOST]
