"""Which project of a database is meant. It knows nothing of what a project has, so that completion starts fast."""

from typing import NamedTuple

from relflow.core.errors import SetupError, UsageError
from relflow.core.text import either, nearest
from relflow.store.home import Connection

_OTHER_HOST = "export RELFLOW_GITLAB_URL=…     names the GitLab"
_OTHER_PATH = "-R GROUP/NAME     names one"
_ADOPT = "relflow policy adopt     puts one under relflow"
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
    if not fits:
        raise _none(known, host, path)
    same_path = len({each.path for each in fits}) == 1
    why = (f"the database has {_listed(fits)}",)
    raise UsageError("which project?", why, (_OTHER_HOST if same_path else _OTHER_PATH,))


def _none(known: list[Found], host: str | None, path: str | None) -> SetupError:
    """There is no such project: of that path on another GitLab, or of another path, or of none at all."""
    what = f"{path or 'no project'}{f' of {host}' if host else ''} is not under relflow here"
    if hosts := tuple(each.host for each in known if each.path == path):
        why = f"the database has it of {either(hosts)}: the path is the same, the GitLab is not"
        return SetupError(what, (why,), (_OTHER_HOST, _ADOPT))
    near = nearest(path, tuple(each.path for each in known)) if path else ()
    why = f"the database has {_listed(known)}" if known else "nothing was adopted in this database yet"
    return SetupError(what, (why,), (*near, _ADOPT))


def _listed(projects: list[Found]) -> str:
    return ", ".join(f"{each.path} of {each.host}" for each in projects)
