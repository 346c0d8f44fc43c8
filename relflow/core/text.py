"""Text from people: normalised before it is kept, escaped before it is shown."""

import re
import unicodedata

MAX_VERSION = 64
MAX_TEXT = 4_000
#: How many names a sentence lists.
LISTED = 5

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+~-]*")
# C0 and C1 controls, line and paragraph separators, and the marks that reorder or hide text on a screen.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def normalised(text: str) -> str:
    """The text in NFC with plain line ends and no blank at either end.

    Raises ValueError for a lone surrogate (bytes that were no UTF-8): it has no canonical form.
    """
    text.encode("utf-8")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def escaped(text: str) -> str:
    """The text on one line, with controls and direction marks made visible by their code points."""
    if text.isascii() and text.isprintable():
        return text  # nearly always, and a list of a thousand releases escapes twelve thousand texts
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shortened(text: str, width: int = 60) -> str:
    """The escaped text, cut with an ellipsis at `width` characters."""
    shown = escaped(text)
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def version_identity(text: str) -> str:
    """The version as releases are known by: a leading `v` before a digit is dropped."""
    return text[1:] if len(text) > 1 and text[0] == "v" and text[1].isdigit() else text


def version_problem(version: str) -> str | None:
    """Why this cannot name a release, or None."""
    if not version:
        return "a version cannot be empty"
    if len(version) > MAX_VERSION:
        return f"a version has at most {MAX_VERSION} characters, this one has {len(version)}"
    if not _VERSION.fullmatch(version):
        return "a version is letters, digits and . _ + ~ - and begins with a letter or digit"
    return None


def text_problem(text: str) -> str | None:
    """Why this cannot be a reason, comment or title, or None."""
    if len(text) > MAX_TEXT:
        return f"at most {MAX_TEXT} characters are kept, this has {len(text)}"
    return None


def either(names: tuple[str, ...], most: int = LISTED) -> str:
    """`ben`, `ben or chris`, `ben, chris or dana`; the rest of a long list as a number."""
    if len(names) > most:
        return f"{', '.join(names[:most])} or {len(names) - most} others"
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def both(names: tuple[str, ...], most: int = LISTED) -> str:
    """`ben`, `ben and chris`, `ben, chris and dana`; the rest of a long list as a number."""
    return either(names, most).replace(" or ", " and ")


def nearest_release(version: str, versions: tuple[str, ...]) -> tuple[str, ...]:
    """What somebody who mistyped a release may have meant; how to begin where there is none at all."""
    return nearest(version, versions) or ("relflow create VERSION     begins the first one",)


def nearest(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """What somebody who mistyped may have meant, as a line to show; the first few names where nothing is near."""
    from difflib import get_close_matches  # only a typo pays for it

    if close := get_close_matches(name, names, n=3, cutoff=0.5):
        return (f"did you mean {' or '.join(close)}?",)
    return (f"there are {', '.join(names[:5])}{' …' if len(names) > 5 else ''}",) if names else ()  # noqa: PLR2004
