"""What a gate says of a case, and what all the gates of a trigger say together."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from relflow.core.codec import LATER

#: How the sentence of a fact that was not read ends.
ONLY_GITLAB = "is known to GitLab only"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A command that helps, and the usernames of those who can type it."""

    next: str
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What one gate said of one case.

    `holds` is None where a fact was not read. A result that does not hold is final (nothing clears it), or
    clearable: by `who` (usernames; empty when nobody in particular), with the command `next`, not before `earliest`.
    """

    gate: str
    holds: bool | None
    why: str | None = None
    final: bool = False
    who: tuple[str, ...] = ()
    next: str | None = None
    earliest: datetime | None = None
    evidence: str | None = None
    #: Who answers for it although it does not hold by itself: the username.
    waived_by: str | None = field(default=None, metadata=LATER)
    #: What clears it besides: a waiver, where the policy lets somebody give one.
    or_else: Remedy | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a trigger would be accepted (None: a fact is missing), with the result of each gate, none left out."""

    trigger: str
    environment: str | None
    allowed: bool | None
    gates: tuple[GateResult, ...]


def passed(gate: str, evidence: str | None = None) -> GateResult:
    """The gate holds; `evidence` is what showed it."""
    return _held(gate) if evidence is None else GateResult(gate=gate, holds=True, evidence=evidence)


@cache
def _held(gate: str) -> GateResult:
    """One value for each gate: most of them hold most of the time, and have nothing to show for it."""
    return GateResult(gate=gate, holds=True)


def unknown(gate: str, what: str) -> GateResult:
    """The gate needs a fact that was not read."""
    return GateResult(gate=gate, holds=None, why=f"{what} {ONLY_GITLAB}")


def depends(gate: str, on: str) -> GateResult:
    """The gate holds for some people, and nobody knows who asks: `on` says for whom, as far as the records tell."""
    return GateResult(gate=gate, holds=None, why=on)


def blocked(
    gate: str,
    why: str,
    *,
    who: tuple[str, ...] = (),
    next: str | None = None,  # noqa: A002 - the name is the contract's
    earliest: datetime | None = None,
) -> GateResult:
    """The gate does not hold, and can be cleared."""
    return GateResult(gate=gate, holds=False, why=why, who=who, next=next, earliest=earliest)


def final(gate: str, why: str) -> GateResult:
    """The gate does not hold, and nothing will change that for this release and trigger."""
    return GateResult(gate=gate, holds=False, why=why, final=True)
