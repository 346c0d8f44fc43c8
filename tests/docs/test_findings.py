"""The page that tells what a checkup looks for names every finding there is, and none that is not."""

import re
from pathlib import Path

from tests.docs.pages import PAGES, ROOT

NAMED = re.compile(r'"(?:error|warning|note)",\s+"([a-z-]+)"')
CHECKS = [*(ROOT / "relflow" / "core").glob("checks_of_*.py"), ROOT / "relflow" / "service" / "doctoring.py"]


def names_in(file: Path) -> set[str]:
    """The names of the findings that the module makes."""
    return set(NAMED.findall(file.read_text()))


def test_every_finding_is_on_the_page() -> None:
    """Scripts know a finding by its name; people look it up by it."""
    table = PAGES["docs/how-to/check-your-project.md"].partition("## What is looked for")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z-]+)`", table))
    made = {name for file in CHECKS for name in names_in(file)}
    assert len(made) > 30
    assert told == made
