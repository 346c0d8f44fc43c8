"""A token as a value that does not show itself."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Token:
    """A secret and where it came from; only the latter is ever shown."""

    value: str = field(repr=False)
    source: str
    #: The file that keeps it, where one does.
    file: Path | None = field(default=None, compare=False)
