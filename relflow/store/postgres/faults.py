"""What PostgreSQL's errors mean to a person: who holds the lock, a standby, missing rights, a connection that broke."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from relflow.core.errors import RelflowError, SetupError, StoreBusy

_NOTHING = "Nothing was changed."
#: Two transactions were in each other's way; the server ended one of them.
IN_THE_WAY = ("40001", "40P01")


@contextmanager
def translated(home: object) -> Iterator[None]:
    """Raise what psycopg, or a library around it, raises as SetupError or StoreBusy."""
    try:
        yield
    except RelflowError:
        raise
    except Exception as exc:
        cause = exc if isinstance(exc, psycopg.Error) else getattr(exc, "orig", None)
        if not isinstance(cause, psycopg.Error):
            raise
        raise _meaning(home, cause) from exc


def is_lost(error: psycopg.Error) -> bool:
    """Whether the error is the end of the connection: broken, or closed by the server."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError)
    return state.startswith(("08", "57P")) or state == "25P03"


def _meaning(home: object, error: psycopg.Error) -> RelflowError:
    state, why = error.sqlstate or "", _lines(error)
    if state == "55P03":
        return StoreBusy(f"{home} is locked by somebody else", why, (f"try again. {_NOTHING}",))
    if state in IN_THE_WAY:
        return StoreBusy(f"somebody else's work on {home} was in the way", why, (f"try again. {_NOTHING}",))
    if is_lost(error):
        return SetupError(f"the connection to {home} was lost. {_NOTHING}", why, ("try again when the server is back",))
    if state == "25006":
        steps = ("name the primary's host", "with several hosts, target_session_attrs=read-write in the URL finds it")
        return SetupError(f"{home} can only be read. {_NOTHING}", ("it is a standby, or was made read-only",), steps)
    if state == "42501":
        step = "who owns the tables may, and lets you record:  relflow db grant ROLE"
        return SetupError(f"{home} does not let you do this. {_NOTHING}", why, (step,))
    if state.startswith("53"):
        return SetupError(f"{home} has no room left", why, (f"make room on the server, and try again. {_NOTHING}",))
    return SetupError(f"{home} cannot be used", why, ("relflow db check",))


def unreachable(home: object, error: psycopg.OperationalError) -> SetupError:
    """No connection came about: no server, a wrong password, no such database, TLS that does not hold."""
    why = _lines(error)
    return SetupError(f"{home} cannot be reached. {_NOTHING}", why, (_way_in(" ".join(why)),))


def _way_in(said: str) -> str:
    if "password" in said:
        return "the password comes from ~/.pgpass, from the file that PGPASSFILE names, or from a service file"
    if "does not exist" in said:
        return "createdb and createuser make what is missing; check [database] url, or RELFLOW_DATABASE_URL"
    if "SSL" in said or "certificate" in said:
        return "sslmode, sslrootcert and sslcert in the URL say what is asked of the connection"
    return "pg_isready tells whether a server is there; check [database] url, or RELFLOW_DATABASE_URL"


def _lines(error: psycopg.Error) -> tuple[str, ...]:
    """What was said, a sentence each."""
    said = error.diag.message_primary or str(error)
    return tuple(line.strip(" \t-") for line in said.splitlines() if line.strip(" \t-"))
