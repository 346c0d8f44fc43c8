"""Edits of the file are seen: each kind by its layer, with the first bad record."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from relflow.core.errors import AuditError
from relflow.core.record import canonical, digest_of
from relflow.store.checking import cut, report_of, verify_log
from relflow.store.health import check_file
from relflow.store.rebuilding import rebuild
from relflow.store.spans import read_span
from tests.doubles.team import LOG

TABLES = ("project", "release", "approval", "deployment")


#: A release as it was one step earlier, in every column: only the log goes on.
ONE_STEP_BACK = """
    UPDATE release SET state = 'tested', held_from = NULL, row_version = row_version - 1, updated_at =
      (SELECT at FROM audit WHERE audit.release = '1.5.0' AND audit.row_version = release.row_version - 1)
    WHERE version = '1.5.0'"""
#: A release that no record knows.
GHOST = [
    "CREATE TEMP TABLE ghost AS SELECT * FROM release WHERE version = '1.5.0'",
    "UPDATE ghost SET version = '1.6.0'",
    "INSERT INTO release SELECT * FROM ghost",
]
#: Statements, the layer that shows them, and the first bad record.
EDITS: list[tuple[list[str], str, int | None]] = [
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
    ([ONE_STEP_BACK], "rows", None),
    (["UPDATE release SET row_version = row_version + 1"], "rows", None),
    (["UPDATE release SET version = '1.6.0' WHERE version = '1.5.0'"], "rows", None),
    (["DELETE FROM approval", "DELETE FROM deployment", "DELETE FROM release"], "rows", None),
    (["UPDATE project SET policy = 'no policy'"], "rows", None),
    (GHOST, "rows", None),
]


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


@pytest.mark.parametrize(("statements", "layer", "first"), EDITS)
def test_an_edit_is_seen_in_its_layer(file: Path, statements: list[str], layer: str, first: int | None) -> None:
    """The report names the layer and the first bad record."""
    edit(file, *statements)
    found = {each.layer: each for each in verify_log(file, LOG).layers}
    assert found[layer].ok is False
    assert layer == "rows" or found[layer].first_bad in (first, (first or 0) + 1)


@pytest.mark.parametrize("statements", [each for each, _, _ in EDITS] + [[], ["DELETE FROM audit WHERE seq > 9"]])
def test_where_a_log_is_cut_into_spans_makes_no_difference(file: Path, statements: list[str]) -> None:
    """Whatever was edited, and wherever a span begins: the report is that of one reading."""
    edit(file, *statements)
    whole = verify_log(file, LOG, processes=1)
    for many in range(2, 18):
        found = [read_span(span) for span in cut(file, LOG, 15, many)]
        assert report_of(file, LOG, found) == whole, many


def test_spans_are_read_by_processes(file: Path) -> None:
    """Each on its own connection; what they found is put together."""
    assert verify_log(file, LOG, processes=3) == verify_log(file, LOG, processes=1)
    edit(file, "UPDATE audit SET record = replace(record, 'user:', 'uzer:') WHERE seq = 12")
    report = verify_log(file, LOG, processes=3)
    assert report == verify_log(file, LOG, processes=1)
    assert [layer.first_bad for layer in report.layers if layer.layer == "chain"] == [13]


def rechain(file: Path, seq: int, **changes: object) -> None:
    """Change one record, and write all that follow anew, as a patient owner of the file could."""
    connection, prev = sqlite3.connect(file), ""
    sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'audit_no_update'").fetchone()[0]
    connection.execute("DROP TRIGGER audit_no_update")
    for number, raw in connection.execute("SELECT seq, record FROM audit ORDER BY seq").fetchall():
        record = json.loads(raw) | ({"prev": prev} if prev else {}) | (changes if number == seq else {})
        prev = digest_of(canonical(record))
        connection.execute("UPDATE audit SET record = ?, hash = ? WHERE seq = ?", (canonical(record), prev, number))
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_forged_chain_can_be_sound_and_its_rows_not(file: Path) -> None:
    """The chain alone proves nothing of its end; a record that is no event is a finding, and no traceback."""
    rechain(file, 1)
    assert verify_log(file, LOG).ok
    created = next(at for at, event in events_of(file) if event == "release_created")
    rechain(file, created, data=[])
    found = {each.layer: each for each in verify_log(file, LOG).layers}
    assert (found["chain"].ok, found["columns"].ok, found["rows"].ok) == (True, True, False)
    assert found["rows"].first_bad == created


def test_a_forged_policy_is_a_finding(file: Path) -> None:
    """The policy is folded from the log as well, whatever stands there."""
    adopted = next(at for at, event in events_of(file) if event == "policy_adopted")
    rechain(file, adopted, data={"policy": [], "digest": ""})
    assert {each.layer: each.ok for each in verify_log(file, LOG).layers}["rows"] is False


def events_of(file: Path) -> list[tuple[int, str]]:
    """The numbers and names of what happened."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT seq, event FROM audit ORDER BY seq").fetchall()
    connection.close()
    return found


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
