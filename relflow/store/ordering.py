"""Versions by their numbers, as far as SQL can order them: what an index narrows down and `core.versions` decides."""

from relflow.core.versions import semver_key

_MINOR = "substr(version, instr(version, '.') + 1)"
_PATCH = f"substr({_MINOR}, instr({_MINOR}, '.') + 1)"
#: A text that sorts as the three numbers do; pre-releases are left out, and other schemes give any text.
NUMBERS = f"printf('%020d%020d%020d', {', '.join(f'CAST({part} AS INTEGER)' for part in ('version', _MINOR, _PATCH))})"
_PARTS = (r"^[0-9]+", r"^[0-9]+\.([0-9]+)", r"^[0-9]+\.[0-9]+\.([0-9]+)")
_PADDED = " || ".join(f"lpad(coalesce(substring(version FROM '{part}'), ''), 20, '0')" for part in _PARTS)
#: The same for PostgreSQL, whose CAST refuses what is no number.
NUMBERS_IN_POSTGRESQL = f"({_PADDED})"
#: Beyond this SQLite's CAST stops counting.
_MOST = 2**63 - 1


def numbers_from(version: str) -> str | None:
    """The least text that NUMBERS gives for the version and every newer one; None where it follows another scheme."""
    key = semver_key(version)
    if key is None:
        return None
    return "".join(f"{number:020d}" for number in key[0]) if max(key[0]) < _MOST else ""
