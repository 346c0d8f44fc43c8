"""What happened in a life, line by line, and how often; the lines are kept only where somebody wants to read them."""

from collections import Counter
from dataclasses import dataclass, field

from tests.lives.schedule import Schedule


@dataclass
class Story:
    """The lines of one life, and its counts."""

    schedule: Schedule
    is_told: bool = False
    lines: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, who: str, template: str, *words: object) -> None:
        """One more line, at this time."""
        if self.is_told:
            self.lines.append(f"{self.schedule.now:10.2f}  {who:10} {template % words}")
