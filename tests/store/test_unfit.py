"""Files that may not be written: each is recognised, refused, and told the way out."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.service.holding import hold
from relflow.store import network
from relflow.store.health import check_database
from relflow.store.network import filesystem_of
from relflow.store.schema import upgrade
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.team import LOG, TOOL, Team, done

MOUNTS = r"""
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:27 / /srv rw,relatime shared:1 master:2 - nfs4 files.example.org:/srv rw,vers=4.2
31 30 0:28 / /srv/local\040disk rw - xfs /dev/vdb rw
32 27 0:29 / /home/chris/far rw,nosuid - fuse.sshfs chris@far: rw
33 27 0:30 / /mnt/c rw - 9p C:\134 rw
34 27 0:31 / /twice rw - cifs //files/twice rw
35 34 0:32 / /twice rw - tmpfs tmpfs rw
half a line
"""


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/var/lib/releases.db", "ext4"),
        ("/srv/relflow/releases.db", "nfs4"),
        ("/srvelse/releases.db", "ext4"),
        ("/srv/local disk/releases.db", "xfs"),
        ("/home/chris/far/releases.db", "fuse.sshfs"),
        ("/mnt/c/Users/releases.db", "9p"),
        ("/twice/releases.db", "tmpfs"),
    ],
)
def test_the_filesystem_of_a_file(file: str, kind: str) -> None:
    """The innermost mount, the later of two at one place; names with spaces are escaped there."""
    assert filesystem_of(Path(file), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_a_networks_disk_is_refused(
    team: Team, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Nothing is created there and nothing written, and the way out is named."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / {tmp_path} rw - {kind} there rw\n")
    monkeypatch.setattr(network, "MOUNTS", mounts)
    for act in (
        lambda: upgrade(SqliteHome(tmp_path / "new.db")),
        lambda: hold(_anew(team, file).app("dana"), "1.4.0", "x"),
    ):
        with pytest.raises(SetupError, match="its disk is a network's") as caught:
            act()
        assert kind in caught.value.why[0]
        assert "local disk" in caught.value.next_step[0]
    assert not (tmp_path / "new.db").exists()


def _anew(team: Team, file: Path) -> Team:
    team.store = SqlStore(SqliteHome(file), LOG, team.clock, TOOL)
    return team


def test_a_system_that_shows_no_mounts_refuses_nothing(
    team: Team, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere than on Linux nobody can tell."""
    monkeypatch.setattr(network, "MOUNTS", tmp_path / "nothing")
    done(hold(_anew(team, file).app("dana"), "1.4.0", "x"))


@pytest.mark.parametrize("gone", ["TRIGGER audit_next_only", "INDEX uq_deployment_open", "TABLE approval"])
def test_half_a_schema_is_refused(team: Team, file: Path, gone: str) -> None:
    """Its number says that it is whole, and an object is not there: nothing is written, and all say which."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"DROP {gone}")
    for act in (lambda: _anew(team, file), lambda: upgrade(SqliteHome(file))):
        with pytest.raises(SetupError, match="is not complete") as caught:
            act()
        assert gone.split()[1] in caught.value.why[0]
        assert "backup" in caught.value.next_step[0]
    if gone != "TABLE approval":
        problems, _ = check_database(SqliteHome(file))
        assert problems == (f"{gone.split()[1]} is not there",)


def at_rest(team: Team, file: Path) -> bytes:
    """The file with all that was written, and nothing beside it."""
    assert isinstance(team.store, SqlStore)
    team.store.close()
    assert not file.with_name("releases.db-wal").exists()
    return file.read_bytes()


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_refused(team: Team, file: Path, kept: float) -> None:
    """A copy that was cut short: nobody takes it for a shorter history, and the way out is a backup."""
    whole = at_rest(team, file)
    file.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(SetupError) as caught:
        check_database(SqliteHome(file))
    assert "not a sound database" in caught.value.what or "not relflow's database" in caught.value.what
    with pytest.raises(SetupError):
        hold(_anew(team, file).app("dana"), "1.4.0", "x")


def of_another_program(team: Team, file: Path, folder: Path) -> bytes:
    """The log beside somebody else's database."""
    with closing(sqlite3.connect(folder / "theirs.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE theirs (x)")
        connection.commit()
        return (folder / "theirs.db-wal").read_bytes()


def of_another_team(team: Team, file: Path, folder: Path) -> bytes:
    """The log beside another database of relflow's."""
    upgrade(SqliteHome(folder / "other.db"))
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'x'")
        connection.execute("CREATE TABLE more (x)")
        connection.commit()
        return (folder / "other.db-wal").read_bytes()


def of_before(team: Team, file: Path, folder: Path) -> bytes:
    """The log that lay beside the file earlier."""
    hold(_anew(team, file).app("dana"), "1.4.0", "x")
    kept = file.with_name("releases.db-wal").read_bytes()
    for _ in range(30):
        hold(team.app("dana"), "1.4.0", "x" * 200)
    at_rest(team, file)
    return kept


@pytest.mark.parametrize("stray", [of_another_program, of_another_team, of_before])
def test_a_log_beside_the_file_that_is_not_its_own_is_refused(
    team: Team, file: Path, tmp_path: Path, stray: Callable[[Team, Path, Path], bytes]
) -> None:
    """SQLite takes it for the newest part: that is noticed, the file stays as it is, and without it all is well."""
    at_rest(team, file)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    log, found = file.with_name("releases.db-wal"), stray(team, file, folder)
    whole = file.read_bytes()
    log.write_bytes(found)
    for act in (lambda: check_database(SqliteHome(file)), lambda: hold(_anew(team, file).app("dana"), "1.4.0", "x")):
        with pytest.raises(SetupError) as caught:
            act()
        assert any(step.startswith(f"move {log} away") for step in caught.value.next_step)
    assert file.read_bytes() == whole
    alone = folder / "alone.db"
    alone.write_bytes(whole)
    problems, reports = check_database(SqliteHome(alone))
    assert not problems
    assert all(report.ok for report in reports)
