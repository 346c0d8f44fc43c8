"""The sandbox's own door, `/sandbox/...`: faults, what was received, tokens, its clock. No GitLab has it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from relflow.sandbox.clock import iso, now, set_ahead
from relflow.sandbox.engine.pipelines import delete_pipeline
from relflow.sandbox.model.people import BY_USERNAME, Token
from relflow.sandbox.wire.answers import Answer, RefusedError, invalid, not_found
from relflow.sandbox.wire.application import Application, Request
from relflow.sandbox.wire.parameters import Parameters, parse_body

CONTROL_PATH: Final = "/sandbox/"

_Given = Mapping[str, object]


def control(application: Application, request: Request) -> Answer:
    """Answer a request to the sandbox itself; it needs no token and meets no fault."""
    doors: dict[tuple[str, str], Callable[[Application, _Given], Answer]] = {
        ("POST", "/sandbox/faults"): _plan,
        ("GET", "/sandbox/faults"): lambda application, given: Answer(200, application.faults.shown()),
        ("DELETE", "/sandbox/faults"): _clear_faults,
        ("GET", "/sandbox/received"): _received,
        ("DELETE", "/sandbox/received"): _clear_received,
        ("POST", "/sandbox/tokens"): _create_token,
        ("PUT", "/sandbox/clock"): _set_clock,
        ("DELETE", "/sandbox/pipelines"): _delete_pipeline,
    }
    try:
        door = doors.get((request.method, request.path))
        if door is None:
            raise not_found()
        return door(application, parse_body("application/json", request.body))
    except RefusedError as refusal:
        return refusal.answer


def _plan(application: Application, given: _Given) -> Answer:
    return Answer(201, application.faults.add(given).shown())


def _clear_faults(application: Application, given: _Given) -> Answer:
    application.faults.clear()
    return Answer(204)


def _received(application: Application, given: _Given) -> Answer:
    return Answer(200, [entry.shown() for entry in application.received.entries()])


def _clear_received(application: Application, given: _Given) -> Answer:
    application.received.clear()
    return Answer(204)


def _set_clock(application: Application, given: _Given) -> Answer:
    set_ahead(Parameters(given).seconds("ahead"))
    return Answer(200, {"now": iso(now())})


def _delete_pipeline(application: Application, given: _Given) -> Answer:
    """Do what only an owner may, and the project has none among its members."""
    site = application.site
    with site.lock:
        found = site.tables.pipelines.get(Parameters(given).number("id"))
        if found is None:
            raise not_found()
        delete_pipeline(site, found)
        application.save()
    return Answer(204)


def _create_token(application: Application, wanted: _Given) -> Answer:
    given = Parameters(wanted)
    person = BY_USERNAME.get(given.needed("username"))
    if person is None:
        raise invalid("username does not have a valid value")
    expires_at = given.text("expires_at")
    site = application.site
    with site.lock:
        token = site.tables.tokens.insert(
            lambda row_id: Token(
                id=row_id,
                value=f"glpat-sandbox-{person.username}-{row_id}",
                user_id=person.id,
                name=given.text("name") or "extra",
                scopes=tuple(given.list("scopes")) or ("api",),
                created_at=now(),
                expires_at=_day(expires_at) if expires_at else None,
                revoked=bool(given.flag("revoked")),
            )
        )
        site.changed()
        application.save()
    shown = {"id": token.id, "token": token.value, "username": person.username, "scopes": token.scopes}
    return Answer(
        201, {**shown, "expires_at": expires_at, "revoked": token.revoked, "created_at": iso(token.created_at)}
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise invalid("expires_at is invalid") from exc
