"""Who asks: the token of a request, judged as GitLab's API guard does."""

from collections.abc import Mapping

from relflow.sandbox.clock import now
from relflow.sandbox.model.people import Token
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.wire.answers import insufficient_scope, invalid_token, unauthorized


def sent_token(headers: Mapping[str, str], query: Mapping[str, object]) -> str | None:
    """Return the token as sent: header `PRIVATE-TOKEN`, `Authorization: Bearer`, or query `private_token`."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if "private-token" in headers:
        return headers["private-token"]
    if scheme.lower() == "bearer":
        return bearer.strip()
    asked = query.get("private_token")
    return asked if isinstance(asked, str) else None


def authenticate(tables: Tables, value: str | None) -> Token:
    """Return a token that is known and still good. Raises RefusedError."""
    token = None if value is None else tables.token(value)
    if token is None:
        raise unauthorized()
    if token.revoked:
        raise invalid_token("Token was revoked. You have to re-authorize from the user.")
    if token.expired_on(now().date()):
        raise invalid_token("Token is expired. You can either do re-authorization or token refresh.")
    return token


def check_scope(token: Token, method: str, path: str) -> None:
    """Refuse a token whose scopes do not cover the request. Every token may look at itself."""
    if path == "/personal_access_tokens/self" or "api" in token.scopes:
        return
    reads = method in ("GET", "HEAD")
    if reads and "read_api" in token.scopes:
        return
    if reads and path in ("/user", "/user/emails") and "read_user" in token.scopes:
        return
    raise insufficient_scope("api read_api" if reads else "api")
