"""What a check of the set-up found, as the contract's shape and as text."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from relflow.cli.table import styled
from relflow.core.finding import Finding
from relflow.core.text import shortened

if TYPE_CHECKING:
    from relflow.views import contract

_RED, _YELLOW = "31", "33"
_STYLES = {"error": _RED, "warning": _YELLOW}
_WIDTH = len("warning")
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
    """Three lines for each: what is there, what can come of it, what helps."""
    return "\n".join(line for each in findings for line in _lines(each))


def _lines(finding: Finding) -> tuple[str, str, str]:
    lead = styled(finding.severity.ljust(_WIDTH), _STYLES.get(finding.severity, "1"))
    what, consequence, fix = (shortened(each, LONGEST) for each in (finding.what, finding.consequence, finding.fix))
    indent = " " * _WIDTH
    return f"{lead}  {what}", f"{indent}  {consequence} ({finding.name})", f"{indent}  fix:  {fix}"


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
