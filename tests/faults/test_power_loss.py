"""The power goes at any instant: what the disk has then opens, verifies, and has all that was told to be kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from relflow.store.health import check_database
from relflow.store.sqlite import SqliteHome
from tests.acceptance.site import Site
from tests.acceptance.team import Team
from tests.faults.disk import Disk, Image, crashes
from tests.faults.mortals import HastyTeam, Mortals
from tests.faults.recorder import is_possible

pytestmark = pytest.mark.skipif(not is_possible(), reason="this Python's SQLite hides its functions")
DISK_STEPS = frozenset({"create", "delete", "write", "truncate", "sync"})
FILES = ("", "-wal", "-journal")


def files(database: Path) -> Image:
    """What is on the disk now."""
    paths = {name: database.with_name(database.name + name) for name in FILES}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


@dataclass(frozen=True)
class Recording:
    """What real commands asked of the disk, and were told."""

    begins: Image
    steps: list[list[Any]]
    ends: Image
    team: Team


@pytest.fixture(scope="module")
def recording(_running: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """Lives of two releases: the log beside the file grows and is copied back, and goes with the last who uses it.

    Made once; for reading only.
    """
    _running.begins_anew()
    team = HastyTeam(_running, tmp_path_factory.mktemp("recording")).settled()
    first, second = team.version(), team.version()
    begins = files(team.database)
    people = Mortals(team, records=True)
    for version in (first, second):
        people.types("chris", "create", version).ends(0)
        people.types("chris", "test", version).ends(0)
        people.types("dana", "approve", version, "dev").ends(0)
        people.types("chris", "deploy", version, "dev").ends(0)
        people.types("dana", "deploy", version, "dev").ends(1)
        # Somebody who looks all the while: the log is not taken away any more.
        if version == first:
            watching = sqlite3.connect(f"{team.database.as_uri()}?mode=ro", uri=True)
            watching.execute("SELECT count(*) FROM audit").fetchone()
    people.types("anna", "db", "rebuild").ends(0)
    people.types("rita", "hold", second, "-m", "x" * 3000).ends(0)
    people.types("emil", "resume", second, "-m", "y" * 3000).ends(0)
    yield Recording(begins, people.trail(), files(team.database), team)
    watching.close()


def test_the_recording_is_whole(recording: Recording) -> None:
    """Replayed without any loss it gives the very bytes that are on the disk, and everything that matters was in it."""
    disk = Disk(recording.begins)
    for step in recording.steps:
        if step[0] in DISK_STEPS:
            disk.do(*step)
    assert {name: data for name, data in disk.now().items() if data} == {n: d for n, d in recording.ends.items() if d}
    assert {step[0] for step in recording.steps} >= DISK_STEPS | {"told"}
    assert any(step[0] == "write" and step[1] == "" for step in recording.steps), "the log was copied back"


@pytest.mark.parametrize("images", [30, pytest.param(900, marks=pytest.mark.slow)])
def test_whatever_the_disk_keeps_is_sound_and_has_what_was_told(
    recording: Recording, tmp_path: Path, images: int
) -> None:
    """At every prefix: all written, nothing but what was synced, or any sectors of it; I8 holds for each."""
    count = 0
    for number, image in crashes(recording.begins, recording.steps, max(1, 3 * len(recording.steps) // images)):
        told = {step[1]: step[2] for step in recording.steps[:number] if step[0] == "told"}
        holds_what_was_told(tmp_path / f"crash-{count}", image, told)
        if count % 300 == 299:
            commands_agree(recording.team, tmp_path / f"crash-{count}")
        count += 1
    assert count >= min(images, 300)


def commands_agree(team: Team, folder: Path) -> None:
    """What the functions say of an image the commands say as well."""
    there = f"sqlite:///{folder}/releases.db"
    for words in (("db", "check"), ("audit", "verify")):
        team.person("anna").types(*words, RELFLOW_DATABASE_URL=there).ends(0)


def holds_what_was_told(folder: Path, image: Image, told: dict[int, str]) -> None:
    """What is found opens, its log verifies and its rows follow, and no record that was told is missing."""
    folder.mkdir()
    for name, data in image.items():
        (folder / f"releases.db{name}").write_bytes(data)
    problems, reports = check_database(SqliteHome(folder / "releases.db"))
    assert not problems
    assert all(report.ok for report in reports), reports
    with closing(sqlite3.connect(folder / "releases.db")) as connection:
        found = dict(connection.execute("SELECT seq, hash FROM audit"))
    assert told.items() <= found.items(), sorted(told.keys() - found.keys())
