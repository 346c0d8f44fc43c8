"""On which line a TOML value stands."""

import tomllib
from collections.abc import Iterator
from typing import Any

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from relflow.settings.lines import Path, lines_of

TEXT = '''\
# [no.header]
top = 1
[gitlab] # [neither.this]
url = "https://a]#b" # "c
"pro\\u006aect" = 'g/p'
[requirements]
jobs = [
  "a", # one ]
  """b
""\\"]
""",
  [1, 2],
]
a.b . c = 1979-05-27 07:32:00
z = { a = 1, b = { c = [ 1,
  2 ] } }
[[environments]]
name = \'\'\'
x\'\'\'\'\'
[environments.approvers]
access = "m"
[[environments]]
name = "y"
[[environments.sub]]
q = 1
[[ environments . "sub" ]]
q = 2'''


def test_every_form() -> None:
    """Headers, arrays of tables, dotted and quoted keys, and values over several lines."""
    lines = lines_of(TEXT)
    expected: dict[Path, int] = {
        ("top",): 2,
        ("gitlab",): 3,
        ("gitlab", "url"): 4,
        ("gitlab", "project"): 5,
        ("requirements", "jobs"): 7,
        ("requirements", "jobs", 0): 8,
        ("requirements", "jobs", 1): 9,
        ("requirements", "jobs", 2, 1): 12,
        ("requirements", "a", "b", "c"): 14,
        ("requirements", "z", "b", "c", 0): 15,
        ("requirements", "z", "b", "c", 1): 16,
        ("environments", 0): 17,
        ("environments", 0, "name"): 18,
        ("environments", 0, "approvers", "access"): 21,
        ("environments", 1): 22,
        ("environments", 1, "sub", 0, "q"): 25,
        ("environments", 1, "sub", 1): 26,
        ("environments", 1, "sub", 1, "q"): 27,
    }
    assert {path: lines.get(path) for path in expected} == expected


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of everything that is no table and no list."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path


keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
values = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.datetimes(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, max_size=4), st.integers(0, 3))
def test_every_leaf_has_a_line(data: dict[str, Any], blank: int) -> None:
    """Whatever the text looks like, each value has a line of it, and lines before it move all of them."""
    text = tomlkit.dumps(data)
    lines = lines_of(text)
    assert set(leaves(tomllib.loads(text))) <= set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
    assert lines_of("\n" * blank + text) == {path: line + blank for path, line in lines.items()}
