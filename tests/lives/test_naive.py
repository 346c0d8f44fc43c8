"""Lives can fail: what a naive client would do turns some of them red, by the name of what it breaks."""

from pathlib import Path

import pytest

from tests.lives.naive import NAIVE, lives_of

#: Seen within the first hundred lives, as some others are: one of them shows that lives can fail.
SOON = {"two may be open"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in SOON else pytest.mark.slow) for name in NAIVE])
def test_a_naive_variant_is_seen(name: str, tmp_path: Path) -> None:
    """The invariant, the seed, and its story: who asked for what, what GitLab did, what was recorded."""
    said = lives_of(name, tmp_path)
    told = [line for line in said.splitlines() if line.startswith("seed ") and f": {NAIVE[name].invariant}: " in line]
    assert told, said
    assert "$ relflow" in said
    assert "  record " in said
    assert "again: make lives SEEDS=" in said
