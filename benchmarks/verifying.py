"""(d) `audit verify`: records a second, and memory."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.grow import Grown
from benchmarks.measuring import Result, relflow, run

RATE, MEMORY_MB = 50_000, 150


def results(many: Path, size: Grown, *, quick: bool) -> Iterator[Result]:
    """The whole command, start included."""
    ran = [run(relflow("audit", "verify"), many) for _ in range(1 if quick else 3)]
    rate = size.records / median(each.seconds for each in ran)
    what = f"verifying {size.records:,} records"
    yield Result(what, rate, RATE, False, f"{median(each.seconds for each in ran):.1f} s", "records a second")
    yield Result(f"{what}: memory", max(each.peak_mb for each in ran), MEMORY_MB, True, "its largest process", "MB")
