"""One request in, one answer out, without a socket: who asks, which route, under which lock."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import BY_ID, Token
from relflow.sandbox.wire.answers import Answer, RefusedError
from relflow.sandbox.wire.faults import FaultPlan
from relflow.sandbox.wire.parameters import Parameters, parse_body, parse_query
from relflow.sandbox.wire.received import ReceivedLog
from relflow.sandbox.wire.routes import API, Call, Match, Route, find
from relflow.sandbox.wire.tokens import authenticate, check_scope, sent_token


@dataclass(frozen=True)
class Request:
    """A request as it came from the socket; header names in lower case, the path still encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def api_path(self) -> str:
        """The path below `/api/v4`."""
        return self.path.removeprefix(API)


@dataclass
class Application:
    """The routes and what they work on. `save` is called under the lock after every request that may write."""

    site: Site
    routes: Sequence[Route]
    save: Callable[[], None]
    faults: FaultPlan = field(default_factory=FaultPlan)
    received: ReceivedLog = field(default_factory=ReceivedLog)

    def user_of(self, request: Request) -> str | None:
        """Return the name of who asks, if the token tells."""
        value = sent_token(request.headers, parse_query(request.query))
        with self.site.lock:
            token = None if value is None else self.site.tables.token(value)
        return None if token is None else BY_ID[token.user_id].username

    def handle(self, request: Request, pause: Callable[[], None] = lambda: None) -> Answer:
        """Answer a request; whatever goes wrong inside becomes a 500 as GitLab's would, and is logged whole."""
        try:
            return self._answer(request, pause)
        except RefusedError as refusal:
            return refusal.answer
        except Exception:  # noqa: BLE001  # one broken answer must not end the server; the log says all of it
            self.site.log(f"{request.method} {request.path} failed\n{traceback.format_exc()}")
            return Answer(500, {"message": "500 Internal Server Error"})

    def _answer(self, request: Request, pause: Callable[[], None]) -> Answer:
        if not request.path.startswith(f"{API}/"):
            return Answer(404, "<html><body><h1>404: Page not found</h1></body></html>", content_type="text/html")
        match = find(self.routes, request.method, request.api_path)
        query = parse_query(request.query)
        with self.site.lock:
            token = authenticate(self.site.tables, sent_token(request.headers, query))
        check_scope(token, request.method, request.api_path)
        if not isinstance(match, Match):
            return _unknown(match)
        body = parse_body(request.headers.get("content-type", "application/json"), request.body)
        return self._run(match, request, token, Parameters({**query, **body}), pause)

    def _run(
        self, match: Match, request: Request, token: Token, given: Parameters, pause: Callable[[], None]
    ) -> Answer:
        user = BY_ID[token.user_id]
        call = Call(self.site, user, token, match.params, given, request.path, request.query, pause)
        with self.site.lock if match.route.locked else nullcontext():
            answer = match.route.handler(call)
        if match.route.method != "GET":
            with self.site.lock:
                self.save()
        return answer


def _unknown(allowed: list[str]) -> Answer:
    if allowed:
        return Answer(405, {"error": "405 Not Allowed"}, {"Allow": ", ".join(allowed)})
    return Answer(404, {"error": "404 Not Found"})
