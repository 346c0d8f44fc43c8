"""`python -m tests.lives 1-10000`: lives, what was counted in them, and a digest; what broke is told line by line."""

import argparse
import os
import random  # noqa: TID251 - which published range is compared is nobody's seed
import sys
import time
from collections import Counter

from tests.lives.counting import Result, count_all, lived
from tests.lives.publishing import lines_of, publish, published

#: Stories that are told of a range; the others are named.
MOST_TOLD = 3


def main() -> int:
    """0 where every life held; 1 where one broke, or a published digest is another."""
    asked = _arguments().parse_args()
    if asked.published:
        return _compare(random.choice(sorted(published())))  # noqa: S311 - no secret
    seeds = _seeds(asked.seeds)
    if asked.story:
        return max(_told(seed) for seed in seeds)
    begun = time.perf_counter()
    result = Result()
    for part in count_all(seeds, asked.processes):
        result.add(part)
        _progress(len(result.digests), len(seeds))
        if asked.first and result.broken:
            break
    print(_table(result, time.perf_counter() - begun))
    for seed, _ in result.broken[:MOST_TOLD]:
        _told(seed)
    for seed, problem in result.broken[MOST_TOLD:]:
        print(f"seed {seed}: {problem}")
    if asked.publish and not result.broken:
        publish(seeds[0], result)
    return 1 if result.broken else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make lives", description=__doc__)
    parser.add_argument("seeds", nargs="?", default="1-10000", help="A-B, or one seed")
    parser.add_argument("--story", action="store_true", help="tell each life line by line")
    parser.add_argument("--processes", type=int, help="default: one for each core")
    parser.add_argument("--first", action="store_true", help="stop after the first hundred in which one broke")
    parser.add_argument("--publish", action="store_true", help="write the digests of whole thousands to published.txt")
    parser.add_argument("--published", action="store_true", help="compute a published thousand again and compare")
    return parser


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _progress(done: int, wanted: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {wanted}", end="" if done < wanted else "\r", file=sys.stderr, flush=True)


def _told(seed: int) -> int:
    life, problem = lived(seed, is_told=True)
    print(f"\nseed {seed}: {problem or 'every invariant held'}")
    print("\n".join(life.story.lines))
    if problem:
        print(f"seed {seed}: {problem}\nagain: make lives SEEDS={seed} ARGS=--story")
    return 1 if problem else 0


def _compare(name: str) -> int:
    result = Result()
    for part in count_all(_seeds(name)):
        result.add(part)
    found = lines_of(_seeds(name)[0], result)[0]
    wanted = f"{name} {published()[name]}"
    if found == wanted:
        print(f"seeds {name}: the published digest")
        return 0
    print(f"seeds {name}: another digest than the published one\n  {wanted}   published\n  {found}   now")
    print("where what relflow does changed on purpose: make lives ARGS=--publish")
    return 1


def _table(result: Result, seconds: float) -> str:
    counts, lives = result.counts, len(result.digests)
    rows = [
        ("lives", f"{lives}"),
        ("commands", f"{counts['command']}"),
        ("records", f"{sum(_part(counts, 'record').values())}"),
        ("POSTs", _words(_part(counts, "POST"))),
        ("runs by", _words(_part(counts, "run"))),
        ("faults", _words(_part(counts, "fault"))),
        ("deployments", _words(_part(counts, "deployment"))),
        ("drifts", f"{counts['record drift_detected']}, accepted {counts['record drift_accepted']}"),
        ("held", f"{counts['record release_held']}"),
        ("left open for a person", f"{counts['left open']}"),
        ("broken", _words(Counter(problem.partition(":")[0] for _, problem in result.broken)) or "0"),
        ("seconds", f"{seconds:.1f} ({result.spent_s:.1f} of processor time, {os.cpu_count()} cores)"),
        ("lives a second and core", f"{lives / result.spent_s:.0f}"),
        ("digest", result.digest()),
    ]
    return "\n".join(f"{name:26}{value}" for name, value in rows)


def _part(counts: Counter[str], prefix: str) -> Counter[str]:
    start = f"{prefix} "
    return Counter({name.removeprefix(start): number for name, number in counts.items() if name.startswith(start)})


def _words(counts: Counter[str]) -> str:
    return "; ".join(f"{name} {number}" for name, number in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
