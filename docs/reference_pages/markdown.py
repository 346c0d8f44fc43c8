"""The little Markdown that the pages are made of."""

from collections.abc import Iterable


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a line for each row; what would end a cell is escaped."""
    lines = (f"| {' | '.join(map(_cell, line))} |" for line in rows)
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def page(title: str, *parts: str) -> str:
    """A page: its title, and its parts with a blank line between them."""
    return "\n\n".join([f"# {title}", *parts]) + "\n"


def code(name: str) -> str:
    """The name as code; nothing for none."""
    return f"`{name}`" if name else ""


def sentence(text: str | None) -> str:
    """A docstring's first line, or its first paragraph on one line where it needs more."""
    return " ".join((text or "").strip().split("\n\n")[0].split())
