"""Which of two versions is newer: semantic versioning 2.0.0, and nothing for any other scheme.

Source: https://semver.org/spec/v2.0.0.html, section 11.
"""

import re

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
SemverKey = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]


def semver_key(version: str) -> SemverKey | None:
    """A key that sorts as semver does, or None where the version follows another scheme."""
    found = _SEMVER.fullmatch(version)
    if not found:
        return None
    numbers = tuple(int(part) for part in found.group(1, 2, 3))
    pre = found[4].split(".") if found[4] else []
    # Numeric identifiers sort below alphanumeric ones; a version without a pre-release is the newest of its numbers.
    return numbers, not pre, tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre)


def is_newer(version: str, than: str) -> bool | None:
    """Whether `version` is newer in semver order; None where one of them is no semantic version."""
    left, right = semver_key(version), semver_key(than)
    return None if left is None or right is None else left > right
