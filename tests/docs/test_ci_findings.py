"""The page on a project's pipeline names every finding of `ci lint`, and none that is not."""

import re

from tests.docs.pages import PAGES, ROOT

PACKAGE = ROOT / "relflow"
MODULES = [PACKAGE / "core" / "ci_rules.py", *(PACKAGE / "adapters" / "ci").glob("*.py")]
NAME = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
#: Words with a hyphen that are no finding.
OTHERS = {"utf-8", "gitlab-ci"}


def test_every_finding_is_on_the_page() -> None:
    """Scripts know a finding by its name; people look it up by it."""
    table = PAGES["docs/how-to/adopt-an-existing-project.md"].partition("## What is looked for")[2]
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", table))
    made = {name for file in MODULES for name in NAME.findall(file.read_text())} - OTHERS
    assert len(made) > 30
    assert told == made
