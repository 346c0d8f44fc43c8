"""The published lives: a digest for each thousand seeds, which anybody can compute again."""

from pathlib import Path

from tests.lives.counting import Result, digest_of

FILE = Path(__file__).with_name("published.txt")
#: Seeds to a line.
THOUSAND = 1000


def lines_of(first: int, result: Result) -> list[str]:
    """A line for each whole thousand of a range that begins with the seed: its seeds and their digest."""
    whole = range(0, len(result.digests) - THOUSAND + 1, THOUSAND)
    return [f"{first + at}-{first + at + THOUSAND - 1} {digest_of(result.digests[at : at + THOUSAND])}" for at in whole]


def publish(first: int, result: Result) -> None:
    """Write the file anew."""
    FILE.write_text("\n".join(lines_of(first, result)) + "\n", encoding="utf-8")


def published() -> dict[str, str]:
    """Digests by range, as `1-1000`."""
    return dict(line.split() for line in FILE.read_text(encoding="utf-8").splitlines())
