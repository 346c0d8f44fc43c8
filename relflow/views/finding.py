"""Which project of a database is meant. It knows nothing of what a project has, so that completion starts fast."""

from typing import NamedTuple

from relflow.core.errors import SetupError, UsageError
from relflow.core.text import nearest
from relflow.store.home import Connection

_PROJECTS = "SELECT id, log, path FROM project ORDER BY path"


class Found(NamedTuple):
    """A project of the database: its key there, its audit log, and its path in GitLab."""

    key: int
    log: str
    path: str

    @property
    def host(self) -> str:
        """The GitLab that it is of."""
        return self.log.rpartition("/")[0]


def find_project(connection: Connection, host: str | None, path: str | None) -> Found:
    """The project of that GitLab and path. Raises SetupError for none, UsageError where one must be named."""
    known = [Found(row["id"], row["log"], row["path"]) for row in connection.execute(_PROJECTS)]
    fits = [each for each in known if path in (None, each.path) and host in (None, each.host)]
    if len(fits) == 1:
        return fits[0]
    why = (f"the database has {', '.join(f'{each.path} of {each.host}' for each in fits or known)}",)
    if not fits:
        what = f"{path or 'no project'}{f' of {host}' if host else ''} is not under relflow here"
        near = nearest(path, tuple(each.path for each in known)) if path else ()
        nothing = ("nothing was adopted in this database yet",)
        raise SetupError(what, why if known else nothing, (*near, "relflow policy adopt     puts one under relflow"))
    same_path = len({each.path for each in fits}) == 1
    step = "export RELFLOW_GITLAB_URL=…     names the GitLab" if same_path else "-R GROUP/NAME     names one"
    raise UsageError("which project?", why, (step,))
