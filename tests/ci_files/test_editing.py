"""Edits of a YAML text: what is asked for reads as asked, and everything else stays byte for byte."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from relflow.adapters.ci.editing import CannotEditError, scalar, with_block, with_item, with_key

ITEM = "local: /x.yml"


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("", "include:\n  - local: /x.yml\n"),
        ("a: 1", "a: 1\n\ninclude:\n  - local: /x.yml\n"),
        ("a: 1\n\n", "a: 1\n\ninclude:\n  - local: /x.yml\n"),
        ("# only words\n", "# only words\n\ninclude:\n  - local: /x.yml\n"),
        ("include:\n- b # why\n# next\na: 1\n", "include:\n- b # why\n- local: /x.yml\n# next\na: 1\n"),
        (
            "include:\n    - local: b\n      rules: []\na: 1\n",
            "include:\n    - local: b\n      rules: []\n    - local: /x.yml\na: 1\n",
        ),
        ("include: [b, c]  # why\n", "include: [b, c, {local: /x.yml}]  # why\n"),
        ("include: []\n", "include: [{local: /x.yml}]\n"),
        ("include:\na: 1\n", "include: [{local: /x.yml}]\na: 1\n"),
        ("include: 'b.yml' # why\n", "include: ['b.yml', {local: /x.yml}] # why\n"),
        ("include: {local: b}\n", "include: [{local: b}, {local: /x.yml}]\n"),
        (
            "include:\n  local: b # why\n  rules:\n    - a\nz: 1\n",
            "include:\n  - local: b # why\n    rules:\n      - a\n  - local: /x.yml\nz: 1\n",
        ),
        ("a: 1\r\ninclude:\r\n  - b\r\n", "a: 1\r\ninclude:\r\n  - b\r\n  - local: /x.yml\r\n"),
        ("a: 1\r\n", "a: 1\r\n\r\ninclude:\r\n  - local: /x.yml\r\n"),
        ("include:\n  - b", "include:\n  - b\n  - local: /x.yml\n"),
        ("a: &b c\ninclude:\n  - *b\n", "a: &b c\ninclude:\n  - *b\n  - local: /x.yml\n"),
    ],
)
def test_an_item_more(text: str, edited: str) -> None:
    """Whatever form the list has by now, the item stands at its end, and comments and line ends stay."""
    assert with_item(text, "include", ITEM) == edited
    before, after = (yaml.safe_load(each) or {} for each in (text, edited))
    given = before.pop("include", None)
    items = given if isinstance(given, list) else [] if given is None else [given]
    assert after == {**before, "include": [*items, {"local": "/x.yml"}]}


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("stages:\n  - a\n  # last\n  - c\n", "stages:\n  - a\n  # last\n  - b\n  - c\n"),
        ("stages: [a, c] # why\n", "stages: [a, b, c] # why\n"),
    ],
)
def test_an_item_in_between(text: str, edited: str) -> None:
    """It stands before the one that it is to come before."""
    assert with_item(text, "stages", "b", 1) == edited


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("j:\n  a: 1\n  k: old # why\n", "j:\n  a: 1\n  k: new # why\n"),
        ("j:\n  k:\n    max: 2\n    when: x\n  a: 1\n", "j:\n  k: new\n  a: 1\n"),
        ("j:\n  k:\n  a: 1\n", "j:\n  k: new\n  a: 1\n"),
        ("j:\n    a: 1 # why\n# next\nb: 1\n", "j:\n    a: 1 # why\n    k: new\n# next\nb: 1\n"),
        ("j:\n  s: |\n    one\n\n    two\n\nb: 1\n", "j:\n  s: |\n    one\n\n    two\n  k: new\n\nb: 1\n"),
        ("j: {a: 1}\n", "j: {a: 1, k: new}\n"),
        ("j: {k: old, a: 1}\n", "j: {k: new, a: 1}\n"),
        ("b: &b {c: 1}\nj:\n  a: *b\n", "b: &b {c: 1}\nj:\n  a: *b\n  k: new\n"),
        ("b: &b x\nj:\n  k: *b # why\n", "b: &b x\nj:\n  k: new # why\n"),
        ("j:\n  s:\n  - one\n  - two\n", "j:\n  s:\n  - one\n  - two\n  k: new\n"),
        ("j:\n  a: 1", "j:\n  a: 1\n  k: new\n"),
    ],
)
def test_a_key_of_a_mapping(text: str, edited: str) -> None:
    """It has the value then, and no other byte moved."""
    assert with_key(text, ("j", "k"), "new") == edited
    assert yaml.safe_load(edited)["j"]["k"] == "new"


@pytest.mark.parametrize(
    "text", ["j:\n", "j: text\n", "b: &b {a: 1}\nj: *b\n", "k: 1\n", "j: [1]\n", "j: {}\n", "", "a: 1\n---\nb: 1\n"]
)
def test_a_key_of_what_is_no_mapping(text: str) -> None:
    """It is not edited: an alias' keys are those of another."""
    with pytest.raises(CannotEditError):
        with_key(text, ("j", "k"), "new")


@pytest.mark.parametrize("value", ["manual", "no", "1.0", "a: b", "# a", "", "*", "ä" * 100, 0, False])
def test_a_value_is_written_so_that_it_is_read_again(value: object) -> None:
    """On one line, and quoted where YAML would take it for something else."""
    written = scalar(value)  # type: ignore[arg-type]
    assert "\n" not in written
    assert yaml.safe_load(f"k: {written}\n") == {"k": value}


PLAIN = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    PLAIN | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)


def in_lines(document: dict[str, object], *, is_flow: bool) -> str:
    """The document with a key at the beginning of a line, and what is below it in braces or in lines."""
    width = float("inf")
    if not is_flow:
        return yaml.safe_dump(document, default_flow_style=False, sort_keys=False, width=width) if document else ""
    values = {key: yaml.safe_dump(value, default_flow_style=True, width=width) for key, value in document.items()}
    return "".join(f"{key}: {value.removesuffix('...' + chr(10)).strip()}\n" for key, value in values.items())


@given(document=st.dictionaries(PLAIN, VALUES, max_size=4), is_flow=st.booleans())
def test_any_document(document: dict[str, object], is_flow: bool) -> None:
    """An edit changes what it is asked to change, and nothing that was there is gone."""
    text = in_lines(document, is_flow=is_flow)
    edited = with_item(text, "include", ITEM)
    assert yaml.safe_load(edited) == {**document, "include": [{"local": "/x.yml"}]}
    assert edited.startswith(text)
    for name, value in document.items():
        if isinstance(value, dict) and value:
            changed = with_key(text, (name, "k"), "new")
            assert yaml.safe_load(changed) == {**document, name: {**value, "k": "new"}}
        if isinstance(value, list):
            longer = with_item(text, name, "d")
            assert yaml.safe_load(longer) == {**document, name: [*value, "d"]}


def test_a_block_more() -> None:
    """It stands behind an empty line, with the text's own line ends."""
    assert with_block("a: 1\r\n", "b:\n  c: 1\n") == "a: 1\r\n\r\nb:\r\n  c: 1\r\n"
    assert with_block("", "b: 1\n") == "b: 1\n"
    with pytest.raises(CannotEditError):
        with_block("{a: 1}\n", "b: 1\n")
