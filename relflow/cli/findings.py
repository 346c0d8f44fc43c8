"""What a check of the set-up found, as the contract's shape and as text."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from relflow.core.finding import Finding
from relflow.core.text import shortened

if TYPE_CHECKING:
    from relflow.views import contract

#: Characters of a sentence; a name in it may be of any length.
LONGEST = 400


def finding_shape(finding: Finding) -> "contract.Finding":
    """The contract's shape of a finding."""
    return {
        "severity": finding.severity,
        "name": finding.name,
        "what": finding.what,
        "consequence": finding.consequence,
        "fix": finding.fix,
    }


def finding_lines(findings: Iterable[Finding]) -> str:
    """Each in three lines, an empty one between them: what is there, what can come of it, what helps."""
    return "\n\n".join("\n".join(_lines(each)) for each in findings)


def _lines(finding: Finding) -> tuple[str, str, str]:
    what, consequence, fix = (shortened(each, LONGEST) for each in (finding.what, finding.consequence, finding.fix))
    return f"{finding.severity}: {what} ({finding.name})", f"  so:   {consequence}", f"  fix:  {fix}"


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
