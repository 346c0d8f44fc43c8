"""What became of a command: events, or every reason why not."""

from dataclasses import dataclass

from relflow.core.events import Event
from relflow.core.verdict import GateResult


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command was accepted: at least one event, in order."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule said no: the gates that do not hold, all of them, at least one."""

    refusals: tuple[GateResult, ...]


Decision = Accepted | Refused
