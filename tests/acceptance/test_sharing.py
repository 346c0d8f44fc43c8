"""A database that two Unix users share, begun by one of them with `init --shared`."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from relflow import sandbox
from relflow.store.checking import verify_log
from relflow.store.sqlite import SqliteHome
from tests.acceptance.site import Site

GROUP, ANNA, CHRIS = 61100, 61101, 61102
#: Loads what another user may not be allowed to read, becomes that user, and runs the command.
AS_USER = """
import contextlib, importlib, io, os, pkgutil, sys, tempfile
import relflow
from relflow.__main__ import main
user, group, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
if os.geteuid() == 0:
    for each in pkgutil.walk_packages(relflow.__path__, "relflow."):
        if not each.name.startswith(("relflow.sandbox", "relflow.demo", "relflow.store.migrations")):
            importlib.import_module(each.name)
    if words[0] == "init":  # it alone needs what makes a database
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            os.environ["RELFLOW_DATABASE_URL"] = f"sqlite:///{folder}/x.db"
            sys.argv = ["relflow", "db", "upgrade"]
            with contextlib.suppress(SystemExit):
                main()
            del os.environ["RELFLOW_DATABASE_URL"]
    import encodings.idna, encodings.utf_8_sig, gitlab.v4.objects, netrc, pprint
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
os.umask(0o077)
sys.argv = ["relflow", *words]
main()
"""


class Machine:
    """A machine that people log in to; without root they are one and the same user."""

    def __init__(self, site: Site, place: Path) -> None:
        self.site, self.place = site, place

    def home(self, name: str, user: int) -> Path:
        """That person's folder."""
        home = self.place / name
        if not home.exists():
            home.mkdir()
            if os.geteuid() == 0:
                os.chown(home, user, GROUP)
        return home

    def types(self, name: str, user: int, *words: str, code: int = 0) -> Any:
        """Let that person run a command in their folder, which ends with that code; its JSON."""
        home = self.home(name, user)
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "PYTHONPATH") if key in os.environ}
        env = {**kept, "HOME": str(home), "TZ": "UTC", "RELFLOW_TOKEN": self.site.token(name)}
        command = [sys.executable, "-c", AS_USER, str(user), str(GROUP), *words, "--json"]
        ended = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == code, (ended.stdout, ended.stderr)
        return json.loads(ended.stdout)


def others_may_read_the_code() -> bool:
    """Whether another user can read this clone, where the migrations are read when they are run."""
    here = Path(sandbox.__file__).resolve()
    return all(each.stat().st_mode & 0o5 == 0o5 for each in here.parents)


@pytest.fixture
def machine(site: Site) -> Iterator[Machine]:
    """A folder that everybody on this machine can reach."""
    if os.geteuid() == 0 and not others_may_read_the_code():
        pytest.skip("another user cannot read this clone")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        yield Machine(site, Path(place))


@pytest.mark.slow
def test_two_unix_users_share_one_history(machine: Machine, site: Site) -> None:
    """One begins, both write in turn, into one log that verifies; their umask takes everything from the others."""
    begun = machine.types(
        *("anna", ANNA, "init", "--url", site.url, "--project", "demo/data-provider", "--yes"),
        *("--environment", "dev=deploy-dev", "--environment", "prod=deploy-prod"),
        *("--shared", str(machine.place / "shared")),
    )
    database = Path(begun["database"])
    theirs = Path(shutil.copyfile(begun["file"], machine.home("chris", CHRIS) / "relflow.toml"))
    theirs.chmod(0o644)

    site.tag("31.0.0")
    machine.types("chris", CHRIS, "create", "31.0.0")
    machine.types("anna", ANNA, "hold", "31.0.0", "-m", "together")
    with closing(sqlite3.connect(database)) as connection:
        (log,) = connection.execute("SELECT log FROM project").fetchone()
        done = connection.execute("SELECT actor, event FROM audit WHERE release = '31.0.0' ORDER BY seq").fetchall()
        assert {each.stat().st_mode & 0o777 for each in database.parent.iterdir()} == {0o660}
    assert done == [("user:chris", "release_created"), ("user:anna", "release_held")]
    assert verify_log(SqliteHome(database), log).ok

    if os.geteuid() == 0:
        assert (database.stat().st_uid, database.stat().st_gid) == (ANNA, GROUP)
        assert {each.stat().st_gid for each in database.parent.iterdir()} == {GROUP}
        database.chmod(0o600)  # as a private one is: the second user is another one indeed
        refused = machine.types("chris", CHRIS, "hold", "31.0.0", "-m", "alone", code=8)
        assert "cannot be written" in refused["error"]["what"]
