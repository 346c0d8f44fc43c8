"""People's names in a sentence."""

SHOWN = 5


def either(names: tuple[str, ...]) -> str:
    """`ben`, `ben or chris`, `ben, chris or dana`; the rest of a long list as a number."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} or {len(names) - SHOWN} others"
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
