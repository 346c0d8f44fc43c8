"""What a page shows as output is output: that of the command's golden page."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

GOLDEN = {file: file.read_text() for file in sorted(Path(ROOT / "tests/cli/golden").glob("*.txt"))}
SHOWN = re.findall(r"^```\n(\$ relflow .*?)^```$", PAGES["docs/how-to/look-at-the-past.md"], re.MULTILINE | re.DOTALL)


def printed(text: str) -> str:
    """A transcript as somebody sees it on a terminal, where nothing tells one stream from the other."""
    return re.sub(r"^-- .*\n", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.splitlines()[0])
def test_output_on_a_page_is_what_is_printed(block: str) -> None:
    """To the letter; a line with an ellipsis leaves out the rest."""
    begin, cut, _ = block.partition("…\n")
    same = [text for text in map(printed, GOLDEN.values()) if (text.startswith(begin) if cut else text == begin)]
    assert len(same) == 1


def test_the_page_shows_output() -> None:
    """The check above has something to check."""
    assert len(SHOWN) >= 4
