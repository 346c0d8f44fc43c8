"""What makes playing safe can be lost, and that is seen: taken out of a copy, each defence leaves named tests red."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
#: What the tests read besides themselves.
COPIED = ("relflow", "tests", "benchmarks", "docs", "pyproject.toml")


@dataclass(frozen=True)
class Sabotage:
    """Texts of files that are replaced, each of which must be there exactly once, and the tests that see it."""

    changes: Mapping[str, tuple[tuple[str, str], ...]]
    red: tuple[str, ...]


SABOTAGES = {
    "arms without having looked again": Sabotage(
        {
            "relflow/core/protocol.py": (
                (
                    '    if job is None:\n        return f"job {deployment.starts} is gone from GitLab"\n',
                    "    return None\n",
                ),
            )
        },
        (
            "tests/core/test_playing.py::test_what_moved_meanwhile_is_not_played",
            "tests/service/test_playing.py::test_somebody_who_clicks_between_look_and_arming_stops_the_play",
        ),
    ),
    "commits the announcement after the POST": Sabotage(
        {
            "relflow/service/playing.py": (
                (
                    "    command = ArmDeployment(",
                    "    EARLY.append(_post(app, seen, deployment, app.clock.now()))\n    command = ArmDeployment(",
                ),
                ("    answer = _post(app, seen, deployment, asked_at)\n", "    answer = EARLY.pop()\n"),
                ('PART = itself("deploy")\n', 'PART = itself("deploy")\nEARLY: list[PlayAnswer] = []\n'),
            )
        },
        (
            "tests/service/test_playing.py::test_the_play_is_recorded_before_it_is_sent",
            "tests/service/test_killed.py::test_whoever_dies_anywhere_leaves_what_a_look_can_end",
            "tests/faults/test_crash_matrix.py::test_whoever_dies_about_the_play",
        ),
    ),
    "lets two deployments be open in one environment": Sabotage(
        {
            "relflow/store/tables.py": (
                (
                    '            unique=True,\n            sqlite_where=text("phase',
                    '            sqlite_where=text("phase',
                ),
            )
        },
        (
            "tests/store/test_guards.py::test_one_open_deployment_per_environment",
            "tests/store/test_schema.py::test_creating_and_migrating_give_one_schema",
        ),
    ),
    "lets python-gitlab send again": Sabotage(
        {
            "relflow/adapters/gitlab/wire.py": (
                ("                retry_transient_errors=False,\n", "                retry_transient_errors=True,\n"),
                ("                obey_rate_limit=False,\n", "                obey_rate_limit=True,\n"),
                ("                max_retries=0,\n", "                max_retries=2,\n"),
            )
        },
        (
            "tests/contract/test_gitlab_play_wire.py::test_one_play_is_one_post",
            "tests/faults/test_play.py::test_a_play_that_was_lost_on_its_way",
        ),
    ),
    "does not wait for the disk": Sabotage(
        {"relflow/store/opening.py": (('"synchronous": ("FULL", 2)', '"synchronous": ("OFF", 0)'),)},
        (
            "tests/store/test_guards.py::test_every_writing_connection_has_the_settings",
            "tests/faults/test_power_loss.py::test_whatever_the_disk_keeps_is_sound_and_has_what_was_told",
        ),
    ),
}


def changed_copy(folder: Path, changes: Mapping[str, tuple[tuple[str, str], ...]]) -> Path:
    """A copy of the tree with the changes in it."""
    for name in COPIED:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    for name, pairs in changes.items():
        text = (folder / name).read_text()
        for old, new in pairs:
            assert text.count(old) == 1, f"{name} has changed: put the sabotage right\n{old}"
            text = text.replace(old, new)
        (folder / name).write_text(text)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("what", SABOTAGES)
def test_a_defence_that_is_gone_is_missed(tmp_path: Path, what: str) -> None:
    """Each of the named tests goes red."""
    sabotage = SABOTAGES[what]
    copy = changed_copy(tmp_path / "copy", sabotage.changes)
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", *sabotage.red]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    shown = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    red = set(re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", shown.stdout, re.MULTILINE))
    assert red == set(sabotage.red), shown.stdout + shown.stderr
