"""Routes about who asks and which GitLab this is."""

from dataclasses import replace
from typing import Final

from relflow.sandbox.api.people_shapes import current_user, email_shape, token_shape, user_basic, user_public
from relflow.sandbox.model.people import BY_ID, PEOPLE
from relflow.sandbox.wire.answers import Answer, not_found
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route

VERSION: Final = "18.5.0"
REVISION: Final = "5a0db0c0de1"


def me(call: Call) -> Answer:
    """Show who asks."""
    return Answer(200, current_user(call.site, call.user.id))


def my_emails(call: Call) -> Answer:
    """List the addresses of who asks, besides the first one."""
    return paged(call, [(call.user.id, call.user.other_email)], email_shape)


def users(call: Call) -> Answer:
    """List people, or find one by the exact name."""
    name = call.given.text("username")
    search = (call.given.text("search") or "").lower()
    found = [
        person
        for person in PEOPLE
        if (name is None or person.username == name.lower()) and search in f"{person.username} {person.name}".lower()
    ]
    return paged(call, found, lambda person: user_basic(call.site, person.id))


def user(call: Call) -> Answer:
    """Show one person."""
    text = call.params["user_id"]
    if not text.isdecimal() or int(text) not in BY_ID:
        raise not_found("User Not Found")
    return Answer(200, user_public(call.site, int(text)))


def my_token(call: Call) -> Answer:
    """Show the token that was sent."""
    return Answer(200, token_shape(call.token))


def revoke_my_token(call: Call) -> Answer:
    """Revoke the token that was sent."""
    call.site.tables.tokens.put(replace(call.token, revoked=True))
    call.site.changed()
    return Answer(204)


def version(call: Call) -> Answer:
    """Say which version this pretends to be."""
    return Answer(200, {"version": VERSION, "revision": REVISION})


def metadata(call: Call) -> Answer:
    """Say the same with a little more."""
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return Answer(200, {"version": VERSION, "revision": REVISION, "kas": kas, "enterprise": False})


ROUTES: Final = (
    Route("GET", "/user", me),
    Route("GET", "/user/emails", my_emails),
    Route("GET", "/users", users),
    Route("GET", "/users/:user_id", user),
    Route("GET", "/personal_access_tokens/self", my_token),
    Route("DELETE", "/personal_access_tokens/self", revoke_my_token),
    Route("GET", "/version", version),
    Route("GET", "/metadata", metadata),
)
