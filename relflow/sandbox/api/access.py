"""The door to the project: who does not belong to it does not even learn that it exists."""

from typing import Final

from relflow.sandbox.model.people import REPORTER
from relflow.sandbox.wire.answers import Answer, forbidden, not_found
from relflow.sandbox.wire.routes import Call, Handler, Route

PROJECT: Final = "/projects/:id"


def project_route(
    method: str, path: str, handler: Handler, *, level: int = REPORTER, archived: bool = False, locked: bool = True
) -> Route:
    """Make a route below the project for members of at least this level; `archived` ones work there too."""
    writes = method != "GET" and not archived

    def guarded(call: Call) -> Answer:
        require_project(call)
        if call.user.access_level < level or (writes and call.site.tables.settings.archived):
            raise forbidden()
        return handler(call)

    return Route(method, f"{PROJECT}{path}", guarded, locked)


def require_project(call: Call) -> None:
    """Refuse who is no member, and an id or a path that is not this project, with the same words."""
    project = call.site.project
    # Paths are compared without regard to case, as in GitLab.
    known = call.params["id"] == str(project.id) or call.params["id"].lower() == project.path.lower()
    if not known or call.user.access_level < 1:
        raise not_found("Project Not Found")


def require_level(call: Call, level: int) -> None:
    """Refuse who has less than this access level."""
    if call.user.access_level < level:
        raise forbidden()


def number(call: Call, name: str) -> int:
    """Return an id from the path; one that is no number names nothing."""
    text = call.params[name]
    if not text.isdecimal():
        raise not_found()
    return int(text)
