"""Answers, and GitLab's ways to say no. Source: gitlab `lib/api/helpers.rb`, `lib/api/api_guard.rb`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

JSON: Final = "application/json"


@dataclass(frozen=True)
class Answer:
    """A status, a body and headers, not yet bytes on a socket."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    def payload(self) -> bytes:
        """Return the body as bytes; a text that is not JSON goes out as it is."""
        if self.status == HTTPStatus.NO_CONTENT:
            return b""
        if self.content_type != JSON and isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class RefusedError(Exception):
    """Ends a request with an answer that is not a success."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer for whoever writes it out."""
        super().__init__(answer.status, answer.body)
        self.answer = answer


def said(status: int, message: object) -> RefusedError:
    """Refuse with `message`, which GitLab makes a text, a mapping or a list."""
    return RefusedError(Answer(status, {"message": message}))


def not_found(what: str = "Not found") -> RefusedError:
    """Refuse what does not exist, or is hidden."""
    return said(404, f"404 {what}")


def forbidden(reason: str | None = None) -> RefusedError:
    """Refuse for want of a right."""
    return said(403, "403 Forbidden" if reason is None else f"403 Forbidden - {reason}")


def bad_request(reason: str) -> RefusedError:
    """Refuse what cannot be done now."""
    return said(400, f"400 Bad request - {reason}")


def invalid(text: str) -> RefusedError:
    """Refuse a parameter, in the shape of GitLab's parameter checks (`error`, not `message`)."""
    return RefusedError(Answer(400, {"error": text}))


def unauthorized() -> RefusedError:
    """Refuse a missing or unknown token."""
    return said(401, "401 Unauthorized")


def invalid_token(description: str) -> RefusedError:
    """Refuse a token that was good once."""
    return RefusedError(Answer(401, {"error": "invalid_token", "error_description": description}))


def insufficient_scope(scope: str) -> RefusedError:
    """Refuse a token that may not do this at all, whoever owns it."""
    description = "The request requires higher privileges than provided by the access token."
    return RefusedError(Answer(403, {"error": "insufficient_scope", "error_description": description, "scope": scope}))
