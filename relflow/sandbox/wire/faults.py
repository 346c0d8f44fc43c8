"""The fault plan: which request shall go wrong, when, and how."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from relflow.sandbox.wire.answers import invalid
from relflow.sandbox.wire.parameters import Parameters


class Kind(StrEnum):
    """Ways to go wrong. Most say by default whether the request still has its effect; `effect` overrides it."""

    STATUS = "status"  # another status and body instead of the answer; no effect
    HTML = "html"  # a page of a proxy; no effect
    REDIRECT = "redirect"  # to another place; no effect
    LOST_BEFORE = "lost_before"  # the connection ends without an answer; no effect
    LOST_AFTER = "lost_after"  # the same, after the effect
    RESET = "reset"  # the connection is reset; no effect
    TRUNCATED = "truncated"  # half of the body, after the effect
    DELAY = "delay"  # waits `seconds` at `before`, `between` (checked, not done) or `after`, then answers
    SLOW_BODY = "slow_body"  # the body comes in pieces over `seconds`
    LATE = "late_delivery"  # the connection ends at once, the effect comes `seconds` later
    DOUBLED = "doubled"  # arrives twice, `seconds` apart; what comes back is the answer to the second
    FALSIFIED = "falsified"  # the answer, but with another `status`, `headers`, or values of `body` in its JSON
    PERSON = "person"  # somebody else (`user`) sends `act` at one of these moments, then answers


_WITHOUT_EFFECT: Final = {Kind.STATUS, Kind.HTML, Kind.REDIRECT, Kind.LOST_BEFORE, Kind.RESET}
_KEYS: Final = (
    *("method", "path", "nth", "times", "always", "kind", "status", "body", "headers"),
    *("seconds", "at", "effect", "user", "act"),
)
_MOMENTS: Final = ("before", "between", "after")


@dataclass(frozen=True)
class Act:
    """What another person does."""

    user: str
    method: str
    path: str
    body: Mapping[str, object]


@dataclass
class Fault:
    """One planned fault: how often it was met (`matched`) and done (`applied`), which threads are `waiting` in it."""

    id: int
    kind: Kind
    method: str
    path: str
    nth: int
    times: int | None
    status: int | None
    body: object
    headers: Mapping[str, str]
    seconds: float
    at: str
    effect: bool
    act: Act | None
    matched: int = 0
    applied: int = 0
    waiting: set[int] = field(default_factory=set)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the fault is planned."""
        self.waiting.add(threading.get_ident())
        self.released.wait(seconds)
        self.waiting.discard(threading.get_ident())

    def meets(self, method: str, path: str) -> bool:
        """Count a request that fits, and tell whether it is one that shall go wrong."""
        if self.method not in ("*", method) or not _pattern(self.path).fullmatch(path):
            return False
        self.matched += 1
        return self.matched >= self.nth and (self.times is None or self.applied < self.times)

    def shown(self) -> dict[str, object]:
        """Return the fault as JSON shows it."""
        names = ("id", "kind", "method", "path", "nth", "times", "at", "effect", "matched", "applied")
        return {**{name: getattr(self, name) for name in names}, "waiting": len(self.waiting)}


@lru_cache(maxsize=64)
def _pattern(path: str) -> re.Pattern[str]:
    """Compile a glob: `*` is one segment (or a part of it), `**` any number of them."""
    parts = re.split(r"(\*\*|\*)", path)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


class FaultPlan:
    """The faults in the order they were planned; the first that fits a request is done. Safe for many threads."""

    def __init__(self) -> None:
        """Start with nothing going wrong."""
        self._faults: list[Fault] = []
        self._next = 1
        self._lock = threading.Lock()

    def add(self, wanted: Mapping[str, object]) -> Fault:
        """Plan a fault. Raises RefusedError when it is not understood."""
        with self._lock:
            fault = _read(self._next, wanted)
            self._next += 1
            self._faults.append(fault)
            return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request shall meet."""
        with self._lock:
            met = [fault for fault in self._faults if fault.meets(method, path)]
            if met:
                met[0].applied += 1
            return met[0] if met else None

    def shown(self) -> list[dict[str, object]]:
        """List all faults with their counts."""
        with self._lock:
            return [fault.shown() for fault in self._faults]

    def clear(self) -> None:
        """Let nothing go wrong any more, and let go who waits."""
        with self._lock:
            for fault in self._faults:
                fault.released.set()
            self._faults = []


def _read(number: int, wanted: Mapping[str, object]) -> Fault:
    unknown = [key for key in wanted if key not in _KEYS]
    if unknown:
        raise invalid(f"{unknown[0]} is not known")
    given = Parameters(wanted)
    kind = Kind(given.choice("kind", tuple(Kind)) or given.needed("kind"))
    effect = given.flag("effect")
    headers = wanted.get("headers") or {}
    if not isinstance(headers, dict):
        raise invalid("headers is invalid")
    body = wanted.get("body")
    if kind is Kind.FALSIFIED and not isinstance(body or {}, dict):
        raise invalid("body is invalid")
    at = given.choice("at", _MOMENTS, "before") or "before"
    if at == "between" and not given.needed("path").endswith("/play"):
        raise invalid("at: only play has a gap between its checks and its effect")
    return Fault(
        id=number,
        kind=kind,
        method=(given.text("method") or "*").upper(),
        path=given.needed("path"),
        nth=given.number("nth") or 1,
        times=None if given.flag("always") else given.number("times") or 1,
        status=given.number("status"),
        body=body,
        headers={str(name): str(value) for name, value in headers.items()},
        seconds=given.seconds("seconds"),
        at=at,
        effect=kind not in _WITHOUT_EFFECT if effect is None else effect,
        act=_act(given) if kind is Kind.PERSON else None,
    )


def _act(given: Parameters) -> Act:
    act = given.raw("act")
    if not isinstance(act, dict) or not isinstance(act.get("path"), str):
        raise invalid("act is missing")
    body = act.get("body") or {}
    if not isinstance(body, dict):
        raise invalid("act[body] is invalid")
    return Act(given.needed("user"), str(act.get("method", "POST")).upper(), act["path"], body)
