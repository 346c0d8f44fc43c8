"""Text, versions and names by example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.people import Level, itself, seen_in_gitlab, user
from relflow.core.text import escaped, nearest, normalised, shortened, text_problem, version_identity, version_problem
from relflow.core.versions import is_newer, semver_key


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  two\r\nlines\rmore \n", "two\nlines\nmore"), ("e\u0301", "é"), ("\u00a0 ", ""), ("a\tb", "a\tb")],
)
def test_text_is_normalised(text: str, kept: str) -> None:
    """One form of the same words, so that they hash and compare as one."""
    assert normalised(text) == kept


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """What was kept once is kept."""
    assert normalised(normalised(text)) == normalised(text)


def test_bytes_that_were_no_text_are_no_text() -> None:
    """A lone surrogate is what Python makes of an argument that is no UTF-8."""
    with pytest.raises(UnicodeEncodeError):
        normalised("Th\udce9")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", r"a\u001b[31mb"), ("\u202etxt.exe", r"\u202etxt.exe"), ("a\nb", r"a\u000ab"), ("é✓ 🎉", "é✓ 🎉")],
)
def test_text_is_escaped_where_it_is_shown(text: str, shown: str) -> None:
    """No control reaches a terminal and nothing reorders a line; letters stay letters."""
    assert escaped(text) == shown


@given(st.text())
def test_nothing_escaped_can_control_a_terminal(text: str) -> None:
    """One printable line, whatever came in."""
    shown = escaped(text)
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in shown)
    assert len(shown.splitlines()) <= 1


def test_long_text_is_cut_where_it_is_shown() -> None:
    """With an ellipsis in the last place."""
    assert shortened("x" * 60) == "x" * 60
    assert shortened("x" * 61) == "x" * 59 + "…"
    assert shortened("\n" * 4, 10) == r"\u000a\u0…"


@pytest.mark.parametrize(
    ("asked", "version"), [("v1.2.3", "1.2.3"), ("1.2.3", "1.2.3"), ("v", "v"), ("version-2", "version-2"), ("", "")]
)
def test_a_leading_v_before_a_digit_is_dropped(asked: str, version: str) -> None:
    """`v1.2.3` and `1.2.3` are one release."""
    assert version_identity(asked) == version


@pytest.mark.parametrize("version", ["1.4.0", "2026-03-02", "1.0.0-rc.1+build.5", "A~1", "x" * 64])
def test_what_can_name_a_release(version: str) -> None:
    """Letters, digits and a few marks."""
    assert version_problem(version) is None


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("", "a version cannot be empty"),
        ("x" * 65, "a version has at most 64 characters, this one has 65"),
        ("-1", "a version is letters, digits and . _ + ~ - and begins with a letter or digit"),
        ("1 0", "a version is letters, digits and . _ + ~ - and begins with a letter or digit"),
        ("1\n", "a version is letters, digits and . _ + ~ - and begins with a letter or digit"),
        ("١.٠", "a version is letters, digits and . _ + ~ - and begins with a letter or digit"),
    ],
)
def test_what_cannot(version: str, problem: str) -> None:
    """The sentence says what a version is."""
    assert version_problem(version) == problem


def test_text_has_an_end() -> None:
    """4,000 characters are a reason; more are a document."""
    assert text_problem("x" * 4_000) is None
    assert text_problem("x" * 4_001) == "at most 4000 characters are kept, this has 4001"


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        ("1.4", ("1.4.0", "1.4.1", "9"), ("did you mean 1.4.1 or 1.4.0?",)),
        ("zzz", ("dev", "prod"), ("there are dev, prod",)),
        ("zzz", tuple("abcdef"), ("there are a, b, c, d, e …",)),
        ("zzz", (), ()),
    ],
)
def test_a_typo_is_answered_with_what_is_near(name: str, names: tuple[str, ...], hint: tuple[str, ...]) -> None:
    """A few names, nearest first; never the whole list."""
    assert nearest(name, names) == hint


#: https://semver.org/spec/v2.0.0.html, section 11, each line in order.
ORDERED = [
    ("1.0.0", "2.0.0", "2.1.0", "2.1.1"),
    ("1.0.0-alpha", "1.0.0"),
    (
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
    ),
    ("9.0.0", "10.0.0"),
    ("1.0.0-9", "1.0.0-10", "1.0.0-a"),
]


@pytest.mark.parametrize("versions", ORDERED)
def test_versions_are_ordered_as_semver_says(versions: tuple[str, ...]) -> None:
    """Every pair, in both directions."""
    for at, older in enumerate(versions):
        assert is_newer(older, than=older) is False
        for newer in versions[at + 1 :]:
            assert is_newer(newer, than=older) is True
            assert is_newer(older, than=newer) is False


def test_build_metadata_has_no_say() -> None:
    """Section 10: two versions that differ in it only are neither newer nor older."""
    assert semver_key("1.0.0+a") == semver_key("1.0.0+b") == semver_key("1.0.0")


@pytest.mark.parametrize(
    "version", ["1.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", "tuesday", "v1.0.0", "1.0.0\n", "١.0.0"]
)
def test_other_schemes_have_no_order(version: str) -> None:
    """Nothing is guessed about a version that is no semantic one."""
    assert semver_key(version) is None
    assert is_newer(version, than="1.0.0") is None
    assert is_newer("1.0.0", than=version) is None


def test_actors_say_how_they_are_known() -> None:
    """Proven by a token, seen in GitLab, or relflow itself."""
    assert [each.id for each in (user("anna", 11), seen_in_gitlab("ben", 12), itself("deploy"))] == [
        "user:anna",
        "gitlab:ben",
        "relflow:deploy",
    ]
    assert seen_in_gitlab("ben", 12).name == "ben"
    assert Level.DEVELOPER.label == "Developer"
