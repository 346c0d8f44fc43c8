"""Every request that arrived, for tests that count what a client really sent. Tokens are never kept."""

import re
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from relflow.sandbox.clock import iso

# A sandbox that is watched for days must not grow for days.
KEPT: Final = 20_000
_SECRET_NAME: Final = re.compile(r"token|secret|password", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(r"gl[a-z]+-[\w-]+")


@dataclass(frozen=True)
class Received:
    """One request. `status` stays None while it is not answered, and for good when the answer was lost."""

    n: int
    at: datetime
    method: str
    path: str
    query: str
    user: str | None
    body: object
    status: int | None = None
    fault: str | None = None

    def shown(self) -> dict[str, object]:
        """Return the request as JSON shows it."""
        return {**asdict(self), "at": iso(self.at)}


class ReceivedLog:
    """The requests in the order of their arrival. Safe for many threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: dict[int, Received] = {}
        self._next = 1
        self._lock = threading.Lock()

    def add(self, at: datetime, method: str, path: str, query: str, user: str | None, body: object) -> int:
        """Note a request and return its number."""
        with self._lock:
            number = self._next
            self._next += 1
            self._entries.pop(number - KEPT, None)
            self._entries[number] = Received(number, at, method, path, without_secrets(query), user, cleaned(body))
            return number

    def finish(self, number: int, status: int | None, fault: str | None) -> None:
        """Note how a request was answered."""
        with self._lock:
            if number in self._entries:  # it may have been cleared meanwhile
                self._entries[number] = replace(self._entries[number], status=status, fault=fault)

    def entries(self) -> list[Received]:
        """Return everything so far."""
        with self._lock:
            return list(self._entries.values())

    def clear(self) -> None:
        """Forget everything; numbers go on."""
        with self._lock:
            self._entries = {}


def without_secrets(query: str) -> str:
    """Blank the token in a query."""
    return re.sub(r"(token=)[^&]*", r"\1[removed]", query)


def cleaned(body: object) -> object:
    """Blank whatever in a body looks like a secret, by its name or by its look."""
    if isinstance(body, dict):
        return {key: "[removed]" if _SECRET_NAME.search(str(key)) else cleaned(item) for key, item in body.items()}
    if isinstance(body, list):
        return [cleaned(item) for item in body]
    return _SECRET_VALUE.sub("[removed]", body) if isinstance(body, str) else body
