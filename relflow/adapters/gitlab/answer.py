"""What comes back from one request: an answer with its words, or silence. Values; judging them is not done here."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from relflow.core.text import shortened

#: How much of GitLab's own words is shown.
WORDS = 200


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read whole; the token does not occur in it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def digest(self) -> str:
        """The sha-256 of the body, as `sha256:` and its hex: what `sha256sum` says of it."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: from a proxy, a login form, or something that is no GitLab."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == b"<"

    @property
    def error(self) -> str:
        """OAuth's name of the error, as in `insufficient_scope`; empty where there is none."""
        found = self.json.get("error") if isinstance(self.json, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def words(self) -> str:
        """What it says, on one line, without the status that GitLab likes to repeat."""
        text = "a web page" if self.is_page and self.json is None else _said(self.json, self.body)
        return shortened(" ".join(text.removeprefix(str(self.status)).split()), WORDS) or "nothing more"


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer that could be read; `sent` is False where the request surely never left."""

    kind: Literal["unreachable", "untrusted", "late", "broken"]
    text: str
    sent: bool = True


def _said(data: Any, body: bytes) -> str:
    if not isinstance(data, dict):
        return body[: 4 * WORDS].decode("utf-8", "replace") if data is None else "no message"
    # `error` of an expired and of a revoked token is the same: the description tells them apart.
    found = data.get("error_description") or data.get("message") or data.get("error")
    return "; ".join(_flat(found)) or "no message"


def _flat(found: Any) -> list[str]:
    """The texts in GitLab's `message`: a string, a list, or a dictionary of lists."""
    match found:
        case str():
            return [found]
        case list():
            return [text for each in found for text in _flat(each)]
        case dict():
            return [
                text if key in {"base", "error"} else f"{key}: {text}" for key in found for text in _flat(found[key])
            ]
    return []
