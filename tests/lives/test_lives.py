"""Lives hold their invariants, are the same wherever they are kept, and are told line by line where one does not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.lives.counting import Result, count, count_all
from tests.lives.life import Life
from tests.lives.publishing import lines_of, published
from tests.lives.stores import InMemory, InPostgres, InSqlite, Stores


@pytest.fixture
def files(tmp_path: Path) -> Iterator[InSqlite]:
    """Databases in a folder of the test."""
    yield InSqlite(tmp_path)
    shutil.rmtree(tmp_path)


def both(seed: int, stores: Stores) -> tuple[Life, Life]:
    """The life of that seed in memory, and in a database."""
    lives = Life(seed, InMemory()), Life(seed, stores)
    for life in lives:
        life.run()
    return lives


def held(seeds: range) -> Result:
    """The lives of those seeds, none of which may have broken anything."""
    result = count(seeds)
    assert result.broken == []
    return result


def test_every_invariant_holds_in_some_lives() -> None:
    """Two hundred lives; and they are lives: jobs run, processes die, answers are lost, people have to decide."""
    counts = held(range(1, 201)).counts
    wanted = ["deployment success", "deployment abandoned", "fault killed", "fault POST late", "left open"]
    assert [name for name in wanted if not counts[name]] == []


@pytest.mark.slow
def test_every_invariant_holds_in_more_lives() -> None:
    """Two thousand that no other test lives."""
    held(range(10_001, 12_001))


@pytest.mark.slow
def test_what_was_published_is_computed_again() -> None:
    """The first thousand; continuous integration takes one by chance besides."""
    name, digest = next(iter(published().items()))
    assert lines_of(1, count(range(1, 1001))) == [f"{name} {digest}"]


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_life_is_the_same_in_sqlite(seed: int, files: InSqlite) -> None:
    """The same use cases on a database file, byte for byte the same log."""
    in_memory, in_file = both(seed, files)
    assert in_file.records() == in_memory.records()
    assert in_file.digest() == in_memory.digest()


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 501, 50))
def test_five_hundred_lives_are_the_same_in_sqlite(first: int, files: InSqlite) -> None:
    """Fifty at a time."""
    for seed in range(first, first + 50):
        in_memory, in_file = both(seed, files)
        assert in_file.records() == in_memory.records(), seed


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 101, 10))
def test_a_hundred_lives_are_the_same_in_postgresql(first: int) -> None:
    """Ten at a time."""
    for seed in range(first, first + 10):
        with postgres.running().home() as home:
            in_memory, in_database = both(seed, InPostgres(home))
            assert in_database.records() == in_memory.records(), seed


def test_a_digest_does_not_depend_on_the_cut() -> None:
    """In one process or in chunks over several, the lives are in the order of their seeds."""
    whole, parts = count(range(1, 121)), Result()
    for part in count_all(range(1, 121), processes=2):
        parts.add(part)
    assert parts.digests == whole.digests
    assert parts.digest() == whole.digest()
    assert lines_of(1, whole) == []


def test_a_seed_is_one_exact_run() -> None:
    """In another process, where sets have another order: line by line the same story."""
    told = [_story(hash_seed) for hash_seed in ("1", "2")]
    assert told[0] == told[1]
    assert "seed 17: every invariant held" in told[0]


def _story(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.lives", "17", "--story"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_i14_a_wrong_clock_changes_no_decision_but_those_of_time_gates() -> None:
    """The same seeds with right clocks: the same events; the first that differs is one that a clock may decide."""
    differing = 0
    for seed in range(1, 151):
        wrong, right = (Life(seed, InMemory(), right_clocks=right) for right in (False, True))
        for life in (wrong, right):
            life.run()
        pairs = zip(_happened(wrong), _happened(right), strict=False)
        first = next((pair for pair in pairs if pair[0] != pair[1]), None)
        differing += first is not None
        assert first is None or any(word in line for line in first for word in ("abandon", "play_refused")), first
    assert differing < 15


def _happened(life: Life) -> list[str]:
    """What was recorded, without the times and without the notes about clocks."""
    return [line for line in life.happened() if "clock_anomaly" not in line]
