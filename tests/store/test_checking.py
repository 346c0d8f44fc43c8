"""Edits of the file are seen: each kind by its layer, with the first bad record."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from relflow.core.errors import AuditError
from relflow.core.record import canonical, digest_of
from relflow.store.checking import cut, report_of, verify_log
from relflow.store.health import check_database
from relflow.store.home import Home
from relflow.store.rebuilding import rebuild
from relflow.store.spans import read_span
from relflow.store.sqlite import SqliteHome
from tests.doubles.team import LOG
from tests.homes import as_owner

TABLES = ("project", "release", "tick", "approval", "waiver", "deployment")


#: A text in place of another in a record.
REPLACED = "UPDATE audit SET record = convert_to(replace(convert_from(record, 'UTF8'), '{}', '{}'), 'UTF8') "
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
    ([REPLACED.format("user:anna", "user:mall") + "WHERE seq = 5"], "chain", 5),
    (["DELETE FROM audit WHERE seq = 4"], "chain", 4),
    (["UPDATE audit SET record = convert_to('{}', 'UTF8') WHERE seq = 3"], "chain", 3),
    (["UPDATE audit SET record = convert_to(convert_from(record, 'UTF8') || ' ', 'UTF8') WHERE seq = 3"], "chain", 3),
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


def edit(home: Home, *statements: str) -> None:
    """Change the database as its owner could: guards off, statements run, guards on."""
    with as_owner(home, guarded=False) as connection:
        for statement in statements:
            connection.execute(statement)


def dump(home: Home) -> list[tuple[object, ...]]:
    """Every row of the tables that are made from the log."""
    selects = {table: f"SELECT * FROM {table}" for table in TABLES}  # noqa: S608 - constants
    with as_owner(home) as connection:
        found = {table: connection.execute(sql).fetchall() for table, sql in selects.items()}
    return [
        (table, *row)
        for table, rows in found.items()
        for row in sorted((tuple(dict(each).items()) for each in rows), key=repr)
    ]


def test_a_sound_log_verifies_and_says_what_was_not_checked(home: Home) -> None:
    """Every layer is ok but the one that nothing outside vouches for."""
    report = verify_log(home, LOG)
    assert report.ok
    assert [(layer.layer, layer.ok) for layer in report.layers] == [
        ("guards", True),
        ("chain", True),
        ("columns", True),
        ("rows", True),
        ("checkpoint", None),
    ]
    assert check_database(home)[0] == ()


@pytest.mark.parametrize(("statements", "layer", "first"), EDITS)
def test_an_edit_is_seen_in_its_layer(home: Home, statements: list[str], layer: str, first: int | None) -> None:
    """The report names the layer and the first bad record."""
    edit(home, *statements)
    found = {each.layer: each for each in verify_log(home, LOG).layers}
    assert found[layer].ok is False
    assert layer == "rows" or found[layer].first_bad in (first, (first or 0) + 1)


@pytest.mark.parametrize("statements", [each for each, _, _ in EDITS] + [[], ["DELETE FROM audit WHERE seq > 9"]])
def test_where_a_log_is_cut_into_spans_makes_no_difference(home: Home, statements: list[str]) -> None:
    """Whatever was edited, and wherever a span begins: the report is that of one reading."""
    edit(home, *statements)
    whole = verify_log(home, LOG, processes=1)
    for many in range(2, 18):
        found = [read_span(span) for span in cut(home, LOG, 15, many)]
        assert report_of(home, LOG, found) == whole, many


def test_spans_are_read_by_processes(home: Home) -> None:
    """Each on its own connection; what they found is put together."""
    assert verify_log(home, LOG, processes=3) == verify_log(home, LOG, processes=1)
    edit(home, REPLACED.format("user:", "uzer:") + "WHERE seq = 12")
    report = verify_log(home, LOG, processes=3)
    assert report == verify_log(home, LOG, processes=1)
    assert [layer.first_bad for layer in report.layers if layer.layer == "chain"] == [13]


def rechain(home: Home, seq: int, **changes: object) -> None:
    """Change one record, and write all that follow anew, as a patient owner of the file could."""
    prev = ""
    with as_owner(home, guarded=False) as connection:
        for row in connection.execute("SELECT seq, record FROM audit ORDER BY seq").fetchall():
            record = json.loads(row["record"]) | ({"prev": prev} if prev else {})
            raw = canonical(record | (changes if row["seq"] == seq else {}))
            prev = digest_of(raw)
            values = {"record": raw, "hash": prev, "seq": row["seq"]}
            connection.execute("UPDATE audit SET record = :record, hash = :hash WHERE seq = :seq", values)


def test_a_forged_chain_can_be_sound_and_its_rows_not(home: Home) -> None:
    """The chain alone proves nothing of its end; a record that is no event is a finding, and no traceback."""
    rechain(home, 1)
    assert verify_log(home, LOG).ok
    created = next(at for at, event in events_of(home) if event == "release_created")
    rechain(home, created, data=[])
    found = {each.layer: each for each in verify_log(home, LOG).layers}
    assert (found["chain"].ok, found["columns"].ok, found["rows"].ok) == (True, True, False)
    assert found["rows"].first_bad == created


def test_a_forged_policy_is_a_finding(home: Home) -> None:
    """The policy is folded from the log as well, whatever stands there."""
    adopted = next(at for at, event in events_of(home) if event == "policy_adopted")
    rechain(home, adopted, data={"policy": [], "digest": ""})
    assert {each.layer: each.ok for each in verify_log(home, LOG).layers}["rows"] is False


def events_of(home: Home) -> list[tuple[int, str]]:
    """The numbers and names of what happened."""
    with as_owner(home) as connection:
        return [(row["seq"], row["event"]) for row in connection.execute("SELECT seq, event FROM audit ORDER BY seq")]


def test_a_dropped_trigger_is_seen(file: Path) -> None:
    """The fence is part of what is checked."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
    report = verify_log(SqliteHome(file), LOG)
    assert not report.ok
    assert "audit_no_delete" in report.layers[0].detail


def test_text_in_place_of_bytes_is_an_edit_like_any(file: Path) -> None:
    """SQLite keeps whatever type somebody writes: it is read as the bytes that it would be."""
    edit(SqliteHome(file), "UPDATE audit SET record = replace(record, 'user:anna', 'user:mall') WHERE seq = 5")
    found = {each.layer: each.ok for each in verify_log(SqliteHome(file), LOG).layers}
    assert found["chain"] is False


@pytest.mark.parametrize(
    "damage",
    [
        ["DELETE FROM approval", "DELETE FROM deployment"],
        ["UPDATE release SET state = 'draft', held_from = NULL"],
        ["UPDATE project SET policy = NULL"],
        [],
    ],
)
def test_a_rebuild_gives_the_rows_that_were_there(home: Home, damage: list[str]) -> None:
    """Law 5 on the database: the ordered dump after a rebuild equals the one before the damage."""
    before = dump(home)
    edit(home, *damage)
    assert rebuild(home) == {LOG: 2}
    assert dump(home) == before
    assert verify_log(home, LOG).ok


def test_a_broken_log_is_not_rebuilt_from(home: Home) -> None:
    """What it says cannot be trusted: nothing is changed."""
    edit(home, REPLACED.format("user:anna", "user:mall") + "WHERE seq = 5")
    before = dump(home)
    with pytest.raises(AuditError):
        rebuild(home)
    assert dump(home) == before


def test_a_cut_end_shows_in_the_rows(home: Home) -> None:
    """The chain of what is left is sound; only what the rows say beyond it tells."""
    edit(home, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    found = {each.layer: each.ok for each in verify_log(home, LOG).layers}
    assert (found["chain"], found["rows"]) == (True, False)


def test_hashes_are_of_the_stored_bytes(home: Home) -> None:
    """Anybody can recompute them with nothing but SQL and sha256."""
    with as_owner(home) as connection:
        for row in connection.execute("SELECT record, hash FROM audit"):
            assert digest_of(row["record"]) == row["hash"]
