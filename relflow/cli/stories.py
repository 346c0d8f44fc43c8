"""How a policy breaks, as the contract's shape and as text."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from relflow.cli.findings import LONGEST, finding_lines, finding_shape
from relflow.core.policy_check.story import Counterexample, Step
from relflow.core.text import escaped, shortened

if TYPE_CHECKING:
    from relflow.views import contract


def counterexample_shape(found: Counterexample) -> "contract.Counterexample":
    """The contract's shape of a finding and its story."""
    return {
        **finding_shape(found.finding),
        "story": [{"command": each.command, "by": each.by, "then": each.then} for each in found.story],
    }


def counterexample_lines(found: Iterable[Counterexample]) -> str:
    """Each as a finding, and below it a line for each step: who, the command, and what follows."""
    return "\n\n".join("\n".join((finding_lines((each.finding,)), *_lines(each.story))) for each in found)


def _lines(story: tuple[Step, ...]) -> Iterator[str]:
    who = max((len(escaped(each.by or "")) for each in story), default=0)
    what = max((len(escaped(each.command)) for each in story), default=0)
    for number, each in enumerate(story):
        lead = "  way:  " if number == 0 else " " * 8
        line = f"{escaped(each.by or ''):{who}}  {escaped(each.command):{what}}  {shortened(each.then, LONGEST)}"
        yield f"{lead}{line if who else line.lstrip()}"
