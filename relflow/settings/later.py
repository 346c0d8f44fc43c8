"""Settings that the reference describes and this version does not have. They are refused by name, never ignored."""

#: By the table they stand in; list positions are left out.
LATER: dict[tuple[str, ...], frozenset[str]] = {
    ("environments",): frozenset({"break_glass", "waivable"}),
}


def is_later(path: tuple[str | int, ...]) -> bool:
    """Whether the key at that path comes with a later version."""
    *table, key = (each for each in path if isinstance(each, str))
    return key in LATER.get(tuple(table), ())
