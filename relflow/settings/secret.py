"""A token as a value that does not show itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """A secret and where it came from; only the latter is ever shown."""

    value: str = field(repr=False)
    source: str
