"""What is generated is what the code says today."""

import re

import pytest

from docs.generate import DEFAULT, pages
from relflow.core.machine import picture
from tests.docs.pages import PAGES, ROOT

GENERATED = {str(path.relative_to(ROOT)): text for path, text in pages().items()}


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_fresh(name: str) -> None:
    """`make docs` would change nothing."""
    assert (ROOT / name).read_text() == GENERATED[name], "run make docs"


def test_the_picture_in_the_readme_is_the_machine_s() -> None:
    """The first thing somebody sees of the workflow is drawn by the machine that decides."""
    found = re.search(r"```mermaid\n(.*?)```", PAGES["README.md"], re.DOTALL)
    assert found is not None
    assert found[1] == picture(DEFAULT)
