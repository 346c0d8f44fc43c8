"""The table of requests in the reference, as numbers."""

import re
from pathlib import Path

TABLE = Path(__file__).parents[2] / "docs" / "reference" / "requests.md"


def documented() -> dict[str, int]:
    """How many requests each command makes at least, by its words; `deploy` up to and with its play."""
    found: dict[str, int] = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        number = re.match(r"\d+", cells[1]) if len(cells) > 1 else None
        if number:
            found.update(
                dict.fromkeys((name.rstrip(" …") for name in re.findall(r"`([^`]+)`", cells[0])), int(number[0]))
            )
    return found
