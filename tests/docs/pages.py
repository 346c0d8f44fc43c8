"""The pages of the project, and what of them can be checked: links, headings, commands."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    str(file.relative_to(ROOT)): file.read_text()
    for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*.md")])
}
#: Written by hand, for people who use relflow.
USED = {
    name
    for name in PAGES
    if name in {"README.md", "docs/tutorial.md"} or name.startswith(("docs/how-to", "docs/explanation"))
}

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
#: What stands before a command on its line: another command, or a variable that only it sees.
_BEFORE = re.compile(r"^(?:.* && |[A-Z_]+=\S+ )+(?=relflow )")
_INLINE = re.compile(r"`(relflow [^`]+)`")


def links(text: str) -> list[str]:
    """Where its links lead, code left out."""
    return _LINK.findall(re.sub(r"`[^`]*`", "", _FENCE.sub("", text)))


def anchors(text: str) -> set[str]:
    """The anchors of its headings, as GitLab and GitHub make them."""
    titles = (title.lower() for title in _HEADING.findall(_FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def typed(text: str) -> Iterator[str]:
    """The commands of its code blocks, each as somebody types it: without the remark or the echo behind it."""
    for block in _FENCE.findall(text):
        lines = (_BEFORE.sub("", line.strip().removeprefix("$ ")) for line in block.splitlines())
        yield from (re.sub(r"\s+# .*|\s{3,}.*|; echo .*", "", line) for line in lines if line.startswith("relflow "))


def named(text: str) -> list[str]:
    """The commands that its sentences name, which need not be whole."""
    return _INLINE.findall(_FENCE.sub("", text))
