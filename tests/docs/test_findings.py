"""The pages that tell what `doctor` and `workflow check` look for name every finding there is, and none that is not."""

import re
from pathlib import Path

from relflow.core.checkup.people import DEPENDS
from tests.docs.pages import PAGES, ROOT

NAMED = re.compile(r'"(?:error|warning|note)",\s+"([a-z-]+)"')
CORE = ROOT / "relflow" / "core"
#: What `workflow check` finds; `doctor` tells some of it.
EXPLORED = sorted((CORE / "policy_check").glob("*.py"))
CHECKS = {*(CORE / "checkup").glob("*.py"), ROOT / "relflow" / "service" / "doctoring.py"}


def names_in(file: Path) -> set[str]:
    """The names of the findings that the module makes."""
    return set(NAMED.findall(file.read_text()))


def told(page: str, heading: str) -> set[str]:
    """The names in the first column of the heading's table."""
    section = PAGES[page].partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}


def test_every_finding_is_on_the_page() -> None:
    """Scripts know a finding by its name; people look it up by it."""
    made = {name for file in CHECKS for name in names_in(file)}
    assert len(made) > 30
    assert told("docs/how-to/check-your-project.md", "What is looked for") == made | DEPENDS


def test_every_finding_of_a_policy_is_on_its_page() -> None:
    """So are those of exploring, under which `doctor` tells the same."""
    names, text = (
        told("docs/explanation/checking-a-policy.md", "What is explored"),
        "".join(file.read_text() for file in EXPLORED),
    )
    assert {name for file in EXPLORED for name in names_in(file)} <= names
    assert [name for name in names if f'"{name}"' not in text and f'-{name.partition("-")[2]}"' not in text] == []
    assert names > DEPENDS
