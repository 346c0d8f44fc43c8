"""How a policy breaks, told: the commands that somebody would type, by whom, and what follows."""

from dataclasses import dataclass

from relflow.core.finding import Finding


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story."""

    #: The command as a person types it; in a bare table of transitions its trigger.
    command: str
    #: Who types it: a username, or `a developer` where it can be anybody of that level; None where it does not matter.
    by: str | None
    #: The state that the release is in afterwards, or why it is refused.
    then: str


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Something wrong with a policy, and a shortest way to it; nothing to walk where no release is needed to see it."""

    finding: Finding
    story: tuple[Step, ...] = ()
