"""Columns of text; a heading in bold on a terminal, plain lines everywhere else."""

import os
import sys
from collections.abc import Iterable, Sequence

from relflow.core.text import escaped

#: The word of what went past its approvals, for everybody to see.
LOUD = "BREAK-GLASS"


def styled(text: str, style: str) -> str:
    """The text in an ANSI style, where stdout is a terminal and NO_COLOR is unset."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{style}m{text}\x1b[0m"


def bold(text: str) -> str:
    """The text in bold."""
    return styled(text, "1")


def red_where(word: str, text: str) -> str:
    """The text with each line in red that has the word."""
    return "\n".join(styled(line, "31") if word in line else line for line in text.split("\n"))


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows under their heading in aligned columns; every cell is escaped, None is empty."""
    cells = [[escaped(str(cell)) if cell is not None else "" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heading, *cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    top = "  ".join(title.ljust(width) for title, width in zip(heading, widths, strict=True)).rstrip()
    return "\n".join([bold(top), *lines])
