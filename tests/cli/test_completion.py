"""What Tab offers, asked as the shells ask it; on any trouble nothing at all, and at once."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relflow.core.events import EVENTS
from tests.cli.desk import Desk
from tests.cli.running import Ended, command, run_here
from tests.cli.test_bad_input import empty, folder, foreign, newer, not_a_database
from tests.cli.test_light import DEAR
from tests.cli.unchanged import state_of


def asking(words: str) -> dict[str, str]:
    """What bash sets when Tab is pressed behind these words."""
    typed = f"relflow {words}"
    last = len(typed.split()) - (not typed.endswith(" "))
    return {"_RELFLOW_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(last)}


def offered(home: Path, words: str) -> list[str]:
    """What is offered behind these words, without a word on stderr."""
    ended = run_here(home, **asking(words))
    assert (ended.code, ended.err) == (0, ""), ended
    return ended.out.split()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("show ", ["1.5.0", "1.4.0", "1.3.0"]),
        ("show 1.4", ["1.4.0"]),
        ("show v1.4", ["v1.4.0"]),
        ("show 9", []),
        ("hold 1.3", ["1.3.0"]),
        ("log 1.5", ["1.5.0"]),
        ("approve 1.4.0 ", ["dev", "prod"]),
        ("deploy 1.4.0 p", ["prod"]),
        ("log --env d", ["dev"]),
        ("list --state approved", ["approved-dev", "approved-prod"]),
        ("list --state d", ["draft", "deployed-dev", "deployed-prod"]),
        ("show -R group/data-provider 1.5", ["1.5.0"]),
        ("show -R group/other ", []),
        ("show --config nowhere.toml ", []),
    ],
)
def test_names_come_from_the_database(home: Path, words: str, names: list[str]) -> None:
    """Releases newest first, environments on the way to production; of the project that is named."""
    assert offered(home, words) == names


def test_the_points_of_the_checklist(desk: Desk) -> None:
    """Those of the policy in force."""
    desk.asks_for('checklist = [{ point = "notes", text = "n" }, { point = "load", text = "l" }]')
    assert offered(desk.folder, "tick 1.4.0 ") == ["notes", "load"]


def test_only_the_newest_are_offered(home: Path) -> None:
    """However many releases there are, a page of them: the newest that begin as was typed."""
    with sqlite3.connect(home / "releases.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        names = [row[1] for row in connection.execute("PRAGMA table_info(release)")]
        same = ", ".join(name for name in names if name not in {"version", "created_at"})
        connection.execute(
            f"""WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
            INSERT INTO release (version, created_at, {same})
            SELECT printf('9.%d.0', n), printf('2027-01-01T00:00:00.%06dZ', n), {same}
            FROM number, release WHERE version = '1.3.0'"""  # noqa: S608 - the names of our own columns
        )
    connection.close()
    assert offered(home, "show ") == [f"9.{number}.0" for number in range(1000, 800, -1)]
    assert offered(home, "show v9.99") == ["v9.999.0", *(f"v9.{n}.0" for n in range(998, 989, -1)), "v9.99.0"]
    assert offered(home, "show 1.4") == ["1.4.0"]


def test_events_are_offered_where_one_is_wanted(home: Path) -> None:
    """All of them are known without a database."""
    assert offered(home, "log --event release_h") == [name for name in EVENTS if name.startswith("release_h")] != []


def test_a_new_version_is_nobodys_guess(home: Path) -> None:
    """`create` takes a version that is not there yet."""
    assert offered(home, "create ") == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_ask_in_their_own_way(home: Path, shell: str) -> None:
    """They get the same names."""
    env = {"_TYPER_COMPLETE_ARGS": "relflow show 1.4", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    ended = run_here(home, _RELFLOW_COMPLETE=f"complete_{shell}", **env)
    assert ("1.4.0" in ended.out, "1.5.0" in ended.out, ended.err) == (True, False, "")


def test_bash_itself_offers_the_release(home: Path, tmp_path: Path) -> None:
    """The script that is installed is sourced by a real bash, and its function is called."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "relflow"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m relflow "$@"\n')
    program.chmod(0o755)
    script = """
    eval "$(_RELFLOW_COMPLETE=source_bash relflow)"
    COMP_WORDS=(relflow show 1.4) COMP_CWORD=2
    _relflow_completion relflow 1.4 show
    echo "${COMPREPLY[@]}"
    """
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    shown = subprocess.run([bash, "-c", script], cwd=home, env=env, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["1.4.0"], shown


def no_settings(file: Path) -> None:
    """Nothing that says where anything is."""
    (file.parent / "relflow.toml").unlink()


def broken_settings(file: Path) -> None:
    """Not TOML."""
    (file.parent / "relflow.toml").write_text("[gitlab\n")


def settings_of_another_kind(file: Path) -> None:
    """TOML, and nothing we know."""
    (file.parent / "relflow.toml").write_text("gitlab = 3\ndatabase = []\n")


def no_database(file: Path) -> None:
    """A file that is not there."""
    file.unlink()


def unreadable_rows(file: Path) -> None:
    """A policy that is none, and releases without their column."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE project SET policy = 'x'")
        connection.execute("ALTER TABLE release RENAME COLUMN created_at TO made_at")
    connection.close()


TROUBLES = (
    no_settings,
    broken_settings,
    settings_of_another_kind,
    no_database,
    unreadable_rows,
    not_a_database,
    foreign,
    empty,
    newer,
    folder,
)


@pytest.mark.parametrize("spoil", TROUBLES, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("words", ["show ", "approve 1.4.0 ", "list --state "], ids=str.strip)
def test_on_any_trouble_nothing_is_offered(home: Path, spoil: Callable[[Path], None], words: str) -> None:
    """No output, no message, no traceback, exit 0; nothing is created."""
    spoil(home / "releases.db")
    before = state_of(home)
    assert offered(home, words) == []
    assert state_of(home) == before


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody holds the whole file, readers out."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.close()


def test_nobody_waits_for_somebody_elses_lock(home: Path) -> None:
    """The read commands would wait for half a minute; Tab gives up."""
    with locked(home / "releases.db"):
        begin = time.monotonic()
        assert offered(home, "show ") == []
        assert time.monotonic() - begin < 5


LOADED = """
import sys
from relflow.__main__ import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0
print(*sys.modules, file=sys.stderr)
"""
OURS = ("relflow.service", "relflow.adapters.gitlab", "relflow.settings.shapes", "relflow.settings.policy")


@pytest.mark.parametrize("words", ["show ", "list --state ", "s"], ids=str.strip)
def test_completion_imports_no_orm_and_no_gitlab(home: Path, words: str) -> None:
    """A word of the command line opens no database; a name of it is read as the read commands read it."""
    process = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=home,
        env={**os.environ, **asking(words)},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(process.stderr.split())
    assert process.stdout.split()
    assert modules & (DEAR | {"transitions"}) == set()
    assert not {name for name in modules if name.startswith(OURS)}
    assert ("sqlite3" in modules) == (" " in words)


def test_a_process_of_its_own_says_the_same(home: Path) -> None:
    """The installed command, not only its function."""
    process = subprocess.run(
        command(), cwd=home, env={**os.environ, **asking("show 1.")}, capture_output=True, text=True, check=False
    )
    ended = Ended(process.returncode, process.stdout, process.stderr)
    assert ended == Ended(0, "1.5.0\n1.4.0\n1.3.0\n", "")
