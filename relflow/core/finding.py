"""What a check of a project's set-up found: how bad it is, what can come of it, and what helps."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. An error lets relflow's promises be broken, a note is only worth knowing."""

    severity: Severity
    #: By which scripts know it, in kebab-case: it stays as it is when the sentences change.
    name: str
    #: What is there, led by its place where it has one.
    what: str
    consequence: str
    fix: str
