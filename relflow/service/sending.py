"""What is asked of every POST that starts something before it leaves: the token's scope, and how old the look is."""

from datetime import datetime, timedelta

from relflow.core.errors import GitLabError
from relflow.service.app import App
from relflow.service.ports import Identity

#: A POST leaves soon after it was asked for or not at all: the look in between is too old then, and others go on once
#: the quiet period is over.
SENT_WITHIN = timedelta(minutes=1)


def may_start(identity: Identity | None, what: str) -> None:
    """Raises GitLabError for a token that cannot; `what` as in `play jobs`."""
    scopes = identity.scopes if identity else None
    if scopes is not None and "api" not in scopes:
        why = (f"it has {', '.join(scopes) or 'no scope'}; to {what} it needs api",)
        raise GitLabError(f"this token may not {what}. Nothing was changed.", why, ("use a token with the scope api",))


def too_late(app: App, asked_at: datetime) -> str | None:
    """Why the POST must not leave any more; `asked_at` is what this machine's clock said before the look."""
    late = app.clock.now() - asked_at  # both of this machine's clock: another's, or the log's, may be wrong
    if late > SENT_WITHIN:
        return f"{late.total_seconds():.0f} s passed since it was asked for, as on a machine that slept"
    return None
