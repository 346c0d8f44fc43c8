"""Answering with a fault: what the client sees, and whether the request still has its effect."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from relflow.sandbox.wire.answers import JSON, Answer
from relflow.sandbox.wire.application import Application, Request
from relflow.sandbox.wire.connection import PIECES, Connection
from relflow.sandbox.wire.faults import Act, Fault, Kind
from relflow.sandbox.wire.routes import API

_PAGE: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"
# Where GitLab says more than HTTP does.
_WORDS: Final = {**{each.value: each.phrase for each in HTTPStatus}, 409: "Conflict: Resource lock"}
_LOST: Final = (Kind.LATE, Kind.LOST_BEFORE, Kind.LOST_AFTER, Kind.RESET)


def misbehave(
    application: Application,
    connection: Connection,
    request: Request,
    fault: Fault,
    note: Callable[[int | None], None],
) -> None:
    """Do what the fault says; `note` is told the status that goes out, or None, just before it does."""

    def wait(moment: str) -> None:
        if fault.kind is Kind.DELAY and fault.at == moment:
            fault.wait(fault.seconds)
        if fault.act is not None and fault.at == moment:
            _act(application, fault.act)

    if fault.kind is Kind.LATE:
        connection.hang_up()
        fault.wait(fault.seconds)
    if fault.kind is Kind.DOUBLED:
        application.handle(request)
        fault.wait(fault.seconds)
    wait("before")
    answer = application.handle(request, lambda: wait("between")) if fault.effect else Answer(200, {})
    wait("after")
    answer = _replaced(fault, answer)
    note(None if fault.kind in _LOST else answer.status)
    _deliver(connection, fault, answer)


def _replaced(fault: Fault, answer: Answer) -> Answer:
    """Return the answer the fault wants to be sent."""
    if fault.kind is Kind.STATUS:
        return _status(fault, fault.status or 503)
    if fault.kind is Kind.HTML:
        text = fault.body if isinstance(fault.body, str) else _PAGE.format("Please wait")
        return Answer(fault.status or 200, text, fault.headers, "text/html")
    if fault.kind is Kind.REDIRECT:
        headers = {"Location": "/users/sign_in", **fault.headers}
        return Answer(fault.status or 302, _PAGE.format("Redirect"), headers, "text/html")
    if fault.kind is Kind.FALSIFIED:
        headers = {**answer.headers, **fault.headers}
        body = _mixed(answer.body, fault.body or {})
        return Answer(fault.status or answer.status, body, headers, answer.content_type)
    return answer


def _mixed(told: object, lie: object) -> object:
    """Return the JSON with the values of `lie` in it, in every row of a list; the rest is as it was told."""
    if not isinstance(lie, dict):
        return lie
    if isinstance(told, list):
        return [_mixed(row, lie) for row in told]
    return (
        {**told, **{key: _mixed(told.get(key), each) for key, each in lie.items()}} if isinstance(told, dict) else lie
    )


def _status(fault: Fault, status: int) -> Answer:
    if fault.body is not None:
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        kind = "text/plain" if isinstance(fault.body, str) else JSON
        return Answer(status, text if kind != JSON else fault.body, fault.headers, kind)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Answer(status, "Retry later\n", {"Retry-After": "1", **fault.headers}, "text/plain")
    return Answer(status, {"message": f"{status} {_WORDS.get(status, '')}".rstrip()}, fault.headers)


def _deliver(connection: Connection, fault: Fault, answer: Answer) -> None:
    lost: dict[Kind, Callable[[], None]] = {
        Kind.LOST_BEFORE: connection.hang_up,
        Kind.LOST_AFTER: connection.hang_up,
        Kind.RESET: connection.reset,
        Kind.TRUNCATED: lambda: connection.write_truncated(answer),
    }
    if fault.kind in lost:
        lost[fault.kind]()
    elif fault.kind is Kind.SLOW_BODY:
        connection.write_slowly(answer, lambda: fault.wait(fault.seconds / PIECES))
    elif fault.kind is not Kind.LATE:
        connection.write(answer)


def _act(application: Application, act: Act) -> None:
    token = next(
        (token for token in application.site.tables.tokens if token.value == f"glpat-sandbox-{act.user}"), None
    )
    headers = {"private-token": token.value if token else "", "content-type": JSON}
    answer = application.handle(Request(act.method, f"{API}{act.path}", "", headers, json.dumps(act.body).encode()))
    if answer.status >= HTTPStatus.BAD_REQUEST:
        application.site.log(f"{act.user} could not {act.method} {act.path}: {answer.status} {answer.body}")
