"""From method and path to a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import Person, Token
from relflow.sandbox.wire.answers import Answer
from relflow.sandbox.wire.parameters import Parameters

API: Final = "/api/v4"


@dataclass(frozen=True)
class Call:
    """One request of a known person for a known route."""

    site: Site
    user: Person
    token: Token
    params: Mapping[str, str]
    given: Parameters
    # The path and query as sent, for links to other pages.
    path: str
    query: str
    # Waits at the point where GitLab has checked everything and changed nothing: here two plays can race.
    pause: Callable[[], None] = lambda: None


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """A method, a path with `:names`, and what answers. Unless told otherwise the handler runs under the lock."""

    method: str
    pattern: str
    handler: Handler
    locked: bool = True

    def params(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the values of the names, or None where the path does not fit."""
        names = self.pattern.strip("/").split("/")
        if len(names) != len(segments):
            return None
        found: dict[str, str] = {}
        for name, segment in zip(names, segments, strict=True):
            if name.startswith(":"):
                found[name[1:]] = unquote(segment)
            elif name != segment:
                return None
        return found


@dataclass(frozen=True)
class Match:
    """A route that fits, with its values."""

    route: Route
    params: Mapping[str, str]


def find(routes: Sequence[Route], method: str, path: str) -> Match | list[str]:
    """Find the route; otherwise return the methods this path would allow, none for an unknown path.

    Routes are tried in order, so that a fixed word stands before a name. HEAD counts as GET.
    """
    segments = path.strip("/").split("/")
    wanted = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for route in routes:
        params = route.params(segments)
        if params is None:
            continue
        if route.method == wanted:
            return Match(route, params)
        allowed.append(route.method)
    return sorted(set(allowed))
