"""The commands on a database in PostgreSQL: they say what they say of a file, start as lightly, and keep passwords."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.server import free_port
from relflow.store.postgres.home import PostgresHome
from relflow.store.sql import SqlStore
from tests import postgres
from tests.cli.conftest import history
from tests.cli.running import Ended, environment, run_here
from tests.cli.test_completion import offered
from tests.cli.test_light import DEAR, loaded
from tests.doubles.clock import SteppingClock
from tests.doubles.team import LOG, TOOL, assembled


@pytest.fixture(scope="session")
def far() -> Iterator[PostgresHome]:
    """The history of `past`, in PostgreSQL; for reading only."""
    with postgres.running().home() as home:
        clock = SteppingClock()
        store = SqlStore(home, LOG, clock, TOOL)
        history(assembled(store, clock))
        store.close()
        yield home


def there(folder: Path, far: PostgresHome, *words: str) -> Ended:
    """The command on that database."""
    return run_here(folder, *words, RELFLOW_DATABASE_URL=far.url)


AT = "--at 2026-03-02T09:00:20Z"
THEN = AT.split()
READS = [
    *(
        ["status"],
        ["list"],
        ["list", "--state", "held"],
        ["show", "1.4.0"],
        ["log"],
        ["log", "1.4.0"],
        ["show", "1.4.9"],
    ),
    *(["status", *THEN], ["show", "1.4.0", *THEN], ["policy", "show"], ["audit", "verify"], ["workflow", "check"]),
    *(["log", "--actor", "crhis"], ["status", "-R", "group/none"]),
]


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_every_page_is_that_of_a_file(home: Path, far: PostgresHome, words: list[str]) -> None:
    """Byte for byte, as text and as JSON, and with the same exit code."""
    for form in ([], ["--json"]):
        ours, theirs = there(home, far, *words, *form), run_here(home, *words, *form)
        assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)


@pytest.mark.parametrize(
    "words",
    ["status", *(pytest.param(each, marks=pytest.mark.slow) for each in ("list", "show 1.4.0", "log", f"status {AT}"))],
)
def test_commands_that_read_import_psycopg_and_no_orm(
    home: Path, far: PostgresHome, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They read through the DB-API there too."""
    monkeypatch.setenv("RELFLOW_DATABASE_URL", far.url)
    modules = loaded(home, words)
    assert "psycopg" in modules
    assert modules & DEAR == set()


def test_a_file_is_read_without_psycopg(home: Path) -> None:
    """Who has no PostgreSQL does not wait for its driver."""
    assert not {name for name in loaded(home, "status") if name.startswith(("psycopg", "relflow.store.postgres"))}


def test_the_database_commands(home: Path, far: PostgresHome) -> None:
    """They name the database without its parameters; a backup is PostgreSQL's own business, and says so."""
    checked = there(home, far, "db", "check", "--json")
    assert (checked.code, checked.json["file"], checked.json["problems"]) == (0, str(far), [])
    assert there(home, far, "db", "upgrade").out == f"{far} was ready already\n"
    assert there(home, far, "db", "rebuild").out == f"{LOG}: 3 releases made anew from the log\n"
    refused = there(home, far, "db", "backup", "copy.db")
    assert refused.code == 2
    assert "pg_dump" in refused.err


def test_completion_knows_the_releases(home: Path, far: PostgresHome) -> None:
    """Tab is answered from PostgreSQL as well."""
    theirs = offered(home, "show 1.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELFLOW_DATABASE_URL", far.url)
        assert offered(home, "show 1.") == theirs == ["1.5.0", "1.4.0", "1.3.0"]


NO_DRIVER = """
import sys
sys.modules["psycopg"] = None
sys.argv = ["relflow", "status"]
from relflow.cli.main import main
main()
"""


def test_an_installation_without_the_driver_says_what_installs_it(home: Path) -> None:
    """The extra is named; a file needs none of it."""
    env = environment(home, RELFLOW_DATABASE_URL="postgresql+psycopg://anna@127.0.0.1:1/relflow")
    ended = subprocess.run(
        [sys.executable, "-c", NO_DRIVER], cwd=home, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 8
    assert "pip install 'gitlab-relflow[postgres]'" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("words", [["status"], ["db", "check"], ["db", "upgrade"], ["list", "--json"]])
def test_no_password_is_ever_shown(home: Path, words: list[str]) -> None:
    """Not in messages, not in tracebacks: neither for a server that is not there, nor for an address that is none."""
    port = free_port()
    for url in (
        f"postgresql+psycopg://anna:hunter2@127.0.0.1:{port}/relflow",
        f"postgresql+psycopg://anna@127.0.0.1:{port}/relflow?password=hunter2",
        f"postgresql+psycopg://anna:hunter2@127.0.0.1:{port}/relflow?sslmod=x",
        "postgresql+psycopg://anna:hunter2@127.0.0.1:99999999/relflow",
        "postgresql+psycopg://anna:hunter2@[::1/relflow",
        "postgresql+psycopg://anna:hunter2@",
    ):
        ended = run_here(home, *words, "--debug", RELFLOW_DATABASE_URL=url)
        assert ended.code == 8, ended
        assert "hunter2" not in ended.out + ended.err
