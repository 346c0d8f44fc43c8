"""The pages say what is so: links lead somewhere, and no machine of ours is in them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file of the project and, where it says so, to a heading in it; addresses of the world are not asked."""
    for link in links(PAGES[name]):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.resolve().is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


def test_links_are_found() -> None:
    """The check above can fail."""
    assert links("see [it](docs/x.md#part), `[no](code)`\n```\n[no](block)\n```\n") == ["docs/x.md#part"]
    assert anchors("# Exit codes\n## `relflow db check`") == {"exit-codes", "relflow-db-check"}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_a_place_on_somebody_s_machine(name: str) -> None:
    """Neither the folder these tests run in, nor anybody's home."""
    assert str(ROOT) not in PAGES[name]
    assert not re.search(r"/(home|root|Users|tmp|private|var/folders)/", PAGES[name])


def test_every_page_can_be_reached() -> None:
    """A page that nobody links to is not read."""
    reached = {"README.md", "docs/README.md", "CHANGELOG.md", "tests/README.md"} & set(PAGES)
    for name, text in PAGES.items():
        paths = (link.partition("#")[0] for link in links(text) if "://" not in link)
        targets = (Path((ROOT / name).parent / path).resolve() for path in paths if path)
        reached |= {str(target.relative_to(ROOT)) for target in targets}
    assert set(PAGES) - reached == set()


def nav(entries: list[Any]) -> Iterator[str]:
    """The pages of the site's navigation."""
    for each in entries:
        if isinstance(each, str):
            yield each
        else:
            for below in each.values():
                yield from nav([below] if isinstance(below, str) else below)


def test_every_page_stands_in_the_site_s_navigation() -> None:
    """Once; a page that was added or renamed is not forgotten there."""
    config = tomllib.loads((ROOT / "docs" / "zensical.toml").read_text())
    assert sorted(nav(config["project"]["nav"])) == sorted(PAGES)


def test_every_recipe_that_a_page_names_is_one() -> None:
    """`make docs` in a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (name, target)
        for name, text in PAGES.items()
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    }
    assert {each for each in named if each[1] not in targets} == set()
