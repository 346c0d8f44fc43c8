"""Edits of the file are seen: each kind by its layer, with the first bad record."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from relflow.core.errors import AuditError
from relflow.core.record import digest_of
from relflow.store.checking import verify_log
from relflow.store.health import check_file
from relflow.store.rebuilding import rebuild
from tests.doubles.team import LOG

TABLES = ("project", "release", "approval", "deployment")


def edit(file: Path, *statements: str) -> None:
    """Change the file as its owner could: triggers dropped, statements run, triggers put back."""
    connection = sqlite3.connect(file)
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.close()


def dump(file: Path) -> list[tuple[object, ...]]:
    """Every row of the tables that are made from the log."""
    connection = sqlite3.connect(file)
    selects = {table: f"SELECT * FROM {table}" for table in TABLES}  # noqa: S608 - constants
    rows = [(table, *row) for table, sql in selects.items() for row in sorted(connection.execute(sql), key=repr)]
    connection.close()
    return rows


def test_a_sound_log_verifies_and_says_what_was_not_checked(file: Path) -> None:
    """Every layer is ok but the one that nothing outside vouches for."""
    report = verify_log(file, LOG)
    assert report.ok
    assert [(layer.layer, layer.ok) for layer in report.layers] == [
        ("guards", True),
        ("chain", True),
        ("columns", True),
        ("rows", True),
        ("checkpoint", None),
    ]
    assert check_file(file)[0] == ()


@pytest.mark.parametrize(
    ("statements", "layer", "first"),
    [
        (["UPDATE audit SET record = replace(record, 'user:anna', 'user:mall') WHERE seq = 5"], "chain", 5),
        (["DELETE FROM audit WHERE seq = 4"], "chain", 4),
        (["UPDATE audit SET record = x'7b7d' WHERE seq = 3"], "chain", 3),
        (["UPDATE audit SET record = CAST(record || ' ' AS BLOB) WHERE seq = 3"], "chain", 3),
        (["UPDATE audit SET actor = 'user:mallory' WHERE seq = 6"], "columns", 6),
        (["UPDATE release SET state = 'deployed-prod' WHERE version = '1.4.0'"], "rows", None),
        (["UPDATE approval SET given_by = 'user:mallory'"], "rows", None),
        (["UPDATE deployment SET requested_by = 'user:mallory'"], "rows", None),
        (["DELETE FROM approval"], "rows", None),
        (["UPDATE project SET policy = replace(policy, '\"approvals\":2', '\"approvals\":1')"], "rows", None),
    ],
)
def test_an_edit_is_seen_in_its_layer(file: Path, statements: list[str], layer: str, first: int | None) -> None:
    """The report names the layer and the first bad record."""
    edit(file, *statements)
    found = {each.layer: each for each in verify_log(file, LOG).layers}
    assert found[layer].ok is False
    assert layer == "rows" or found[layer].first_bad in (first, (first or 0) + 1)


def test_a_dropped_trigger_is_seen(file: Path) -> None:
    """The fence is part of what is checked."""
    connection = sqlite3.connect(file)
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.close()
    report = verify_log(file, LOG)
    assert not report.ok
    assert "audit_no_delete" in report.layers[0].detail


@pytest.mark.parametrize(
    "damage",
    [
        ["DELETE FROM approval", "DELETE FROM deployment"],
        ["UPDATE release SET state = 'draft', held_from = NULL"],
        ["UPDATE project SET policy = NULL"],
        [],
    ],
)
def test_a_rebuild_gives_the_rows_that_were_there(file: Path, damage: list[str]) -> None:
    """Law 5 on the database: the ordered dump after a rebuild equals the one before the damage."""
    before = dump(file)
    edit(file, *damage)
    assert rebuild(file) == {LOG: 2}
    assert dump(file) == before
    assert verify_log(file, LOG).ok


def test_a_broken_log_is_not_rebuilt_from(file: Path) -> None:
    """What it says cannot be trusted: nothing is changed."""
    edit(file, "UPDATE audit SET record = replace(record, 'user:anna', 'user:mall') WHERE seq = 5")
    before = dump(file)
    with pytest.raises(AuditError):
        rebuild(file)
    assert dump(file) == before


def _cut(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("act", [_cut])
def test_a_cut_end_shows_in_the_rows(file: Path, act: Callable[[Path], None]) -> None:
    """The chain of what is left is sound; only what the rows say beyond it tells."""
    act(file)
    found = {each.layer: each.ok for each in verify_log(file, LOG).layers}
    assert (found["chain"], found["rows"]) == (True, False)


def test_hashes_are_of_the_stored_bytes(file: Path) -> None:
    """Anybody can recompute them with nothing but SQLite and sha256."""
    connection = sqlite3.connect(file)
    for record, stored in connection.execute("SELECT record, hash FROM audit"):
        assert digest_of(record) == stored
    connection.close()
