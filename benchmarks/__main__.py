"""Measure all of it, or one letter, in one run: `python -m benchmarks [a b c d e f g h] [--quick] [--write]`."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import crowding, deciding, exploring, moving, reading, reconciling, starting, verifying
from benchmarks.measuring import Result
from benchmarks.places import grown
from benchmarks.table import line, write

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explanation" / "performance.md"


def measured(letters: str, folder: Path, *, quick: bool) -> Iterator[Result]:
    """The results of the letters, as they come."""
    if "a" in letters:
        yield from starting.results(folder / "thousand", quick=quick)
    if "b" in letters:
        yield from moving.results(folder / "moving", quick=quick)
    if {"c", "d"} & set(letters):
        many = folder / "many"
        size = grown(many, records=10_000 if quick else 1_000_000)
        if "c" in letters:
            yield from reading.results(folder / "few", many, size, quick=quick)
        if "d" in letters:
            yield from verifying.results(many, size, quick=quick)
    if "e" in letters:
        yield from crowding.results(folder / "crowd", quick=quick)
    if "f" in letters:
        yield from reconciling.results(folder / "reconciling", quick=quick)
    if "g" in letters:
        yield from deciding.results(folder / "deciding", quick=quick)
    if "h" in letters:
        yield from exploring.results(folder / "exploring", quick=quick)


def main() -> None:
    """Measure, print each result as it comes, and write the page if that is asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("letters", nargs="*", choices=[*"abcdefgh", []], help="what to measure; without any, all")
    parser.add_argument("--quick", action="store_true", help="a small run: whether it works, not how fast it is")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}")
    words = parser.parse_args()
    work, began, results = ROOT / "build", perf_counter(), []
    work.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=work, prefix="benchmarks-") as folder:
        for result in measured("".join(words.letters) or "abcdefgh", Path(folder), quick=words.quick):
            results.append(result)
            print(line(result), flush=True)
    print(f"\n{perf_counter() - began:.0f} s")
    if words.write:
        write(PAGE, results)


if __name__ == "__main__":
    main()
