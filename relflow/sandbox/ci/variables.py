"""Expanding `$NAME` and `${NAME}` the way GitLab does before a job starts."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$|\$(\w+)|\$\{(\w+)\}")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace every known reference; an unknown one becomes empty, `$$` stays a literal `$`."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return "$" if name is None else variables.get(name, "")

    return _REFERENCE.sub(value, text)


def layered(*layers: Mapping[str, str]) -> dict[str, str]:
    """Merge layers, later ones win; a value may refer to what is known before it."""
    merged: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name] = expand(value, merged)
    return merged
