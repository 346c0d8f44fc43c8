"""Failures as people and scripts see them: what happened, why, what to do next, and an exit code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from relflow.core.errors import AuditError, GitLabError, RelflowError, SetupError, StoreBusy, UsageError
from relflow.core.text import either, shortened
from relflow.core.verdict import GateResult

if TYPE_CHECKING:
    from relflow.views import contract

EXIT_CODES: "dict[contract.Kind, int]" = {
    "refused": 1,
    "usage": 2,
    "conflict": 3,
    "gitlab": 4,
    "unknown": 5,
    "failed": 6,
    "audit": 7,
    "setup": 8,
    "bug": 70,
}
INTERRUPTED = 130
_KINDS: "dict[type[RelflowError], contract.Kind]" = {
    UsageError: "usage",
    SetupError: "setup",
    GitLabError: "gitlab",
    StoreBusy: "conflict",
    AuditError: "audit",
}
#: Characters of a sentence that are shown; somebody's text in it may be of any length.
LONGEST = 400
#: The first word of a failure's message, by kind.
_LEADS = {"refused": "refused", "usage": "usage", "conflict": "conflict", "unknown": "unknown", "bug": "bug"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a command did not end as asked."""

    kind: "contract.Kind"
    what: str
    why: tuple[str, ...] = ()
    next_step: tuple[str, ...] = ()
    gates: tuple[GateResult, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of its kind."""
        return EXIT_CODES[self.kind]


def failure_of(error: RelflowError) -> Failure:
    """The failure of something broken."""
    return Failure(_KINDS.get(type(error), "setup"), error.what, error.why, error.next_step)


def refusal(what: str, gates: tuple[GateResult, ...]) -> Failure:
    """The failure of a rule that said no: every gate that does not hold; open questions only where nothing else is."""
    unmet = tuple(gate for gate in gates if gate.holds is False) or gates
    return Failure("refused", what, tuple(map(reason, unmet)), steps(unmet), gates)


def reason(gate: GateResult) -> str:
    """The gate's sentence with its name after the first clause: `1 of 2 approvals given (quorum_met): anna`."""
    said, colon, rest = (gate.why or "it does not hold").partition(": ")
    return f"{said} ({gate.gate}){colon}{rest}"


def steps(gates: Sequence[GateResult]) -> tuple[str, ...]:
    """One line for each command that helps now, with everybody who can type it; none where one gate is final."""
    if any(gate.final for gate in gates):
        return ()
    who: dict[str, dict[str, None]] = {}
    when: dict[str, datetime] = {}
    for gate in filter(_helps_in(gates), gates):
        step = gate.next or "ask somebody who may"
        who.setdefault(step, {}).update(dict.fromkeys(gate.who))
        if gate.earliest:
            when[step] = max(gate.earliest, when.get(step, gate.earliest))
        if gate.or_else:
            who.setdefault(gate.or_else.next, {}).update(dict.fromkeys(gate.or_else.who))
    later = {step: from_then_on(at) for step, at in when.items()}
    return tuple(f"{step}{_people(tuple(names))}{later.get(step, '')}" for step, names in who.items())


def _helps_in(gates: Sequence[GateResult]) -> Callable[[GateResult], bool]:
    """From the wrong state only the way on can be typed; what the other gates name would be refused as well."""
    way_on = next((gate.next for gate in gates if gate.gate == "in_state"), None)
    return lambda gate: bool(gate.next or gate.who) and (way_on is None or gate.next in {None, way_on})


def from_then_on(earliest: datetime) -> str:
    """What stands behind a command that helps from that time on."""
    return f"     from {_minute(earliest):%Y-%m-%d %H:%M %z} on"


def _minute(at: datetime) -> datetime:
    """The local minute that begins then or next: whoever comes when it is shown is not too early."""
    return (at + timedelta(seconds=59, microseconds=999_999)).astimezone()


def _people(names: tuple[str, ...]) -> str:
    return f"     ({either(names)})" if names else ""


def as_text(failure: Failure) -> str:
    """The failure in lines for a person; free text in it is escaped."""
    lines = [f"{_LEADS.get(failure.kind, 'error')}: {shortened(failure.what, LONGEST)}"]
    return "\n".join([*lines, *reasons(failure.why, failure.next_step)])


def reasons(why: tuple[str, ...], next_step: tuple[str, ...]) -> list[str]:
    """The lines of a no: each reason, then each step."""
    return [*_block("why:  ", why), *_block("next: ", next_step)]


def _block(title: str, sentences: tuple[str, ...]) -> list[str]:
    return [f"  {title if place == 0 else '      '} {shortened(each, LONGEST)}" for place, each in enumerate(sentences)]


def as_shape(failure: Failure) -> "contract.Error":
    """The failure as the contract's JSON object."""
    from relflow.views.shapes import gate_shape

    return {
        "kind": failure.kind,
        "what": failure.what,
        "why": list(failure.why),
        "next": list(failure.next_step),
        "gates": [gate_shape(gate) for gate in failure.gates],
    }
