"""What is sent to PostgreSQL together is sent once, in order and whole."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from relflow.core.events import ReleaseHeld, ReleaseResumed
from relflow.core.people import user
from relflow.store.checking import verify_log
from relflow.store.home import Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.postgres.speaking import PostgresConnection
from relflow.store.postgres.together import MOST, Together
from relflow.store.sql import SqlStore
from tests import postgres
from tests.cutting import wire_to
from tests.doubles.team import LOG, TOOL, Team

pytestmark = pytest.mark.parametrize("empty", ["postgresql"], indirect=True)
INSERT = "INSERT INTO number (n) VALUES (:n)"


@pytest.fixture
def together(home: Home) -> Iterator[Together]:
    """A connection in a transaction that has a table of numbers."""
    assert isinstance(home, PostgresHome)
    with closing(Together(PostgresConnection(home.connected()))) as made:
        made.execute("BEGIN")
        made.execute("CREATE TEMPORARY TABLE number (n bigint)")
        yield made


def numbers(together: Together) -> list[int]:
    """What is in the table, as it was put in."""
    return [row["n"] for row in together.each("SELECT n FROM number", {})]


def test_a_transition_waits_for_the_server_four_times(crew: Team, home: Home) -> None:
    """For the lock, for project and head, for the release and all that is its own, and for what is written."""
    server, name = postgres.running(), str(home).rpartition("/")[2]
    with wire_to(server.port) as wire:
        far = SqlStore(PostgresHome(server.url(name, port=wire.port)), LOG, crew.clock, TOOL)
        before = wire.trips
        with far.write() as tx:
            about: dict[str, Any] = {"at": tx.at, "actor": user("anna", 11), "release": "1.4.0", "revision": 1}
            held = ReleaseHeld(**about, target="held", reason="x")
            tx.record([held, ReleaseResumed(**about, source="held", target="deployed-dev", reason="y")])
        far.close()
        assert wire.trips - before == 4
    assert verify_log(home, LOG).ok


def test_what_is_asked_is_answered_in_its_order(together: Together) -> None:
    """Each has its own rows, whichever is read first; what was written before is seen, what comes after is not."""
    for number in range(3):
        together.execute(INSERT, {"n": number})
    first, second = together.execute("SELECT n FROM number ORDER BY n"), together.execute("SELECT 7 AS n WHERE false")
    together.execute(INSERT, {"n": 3})
    third = together.execute("SELECT max(n) AS n FROM number")
    assert third.fetchone() == {"n": 3}
    assert second.fetchone() is None
    assert first.fetchone() == {"n": 0}
    assert [row["n"] for row in first.fetchall()] == [1, 2]
    assert first.fetchall() == []


def test_nothing_is_left_behind(together: Together) -> None:
    """Thousands that nobody reads are sent on the way; rows by the thousand come after what was asked before."""
    many = 2 * MOST + 1
    for number in range(many):
        together.execute(INSERT, {"n": number})
    together.fill(INSERT, ({"n": many + number} for number in range(3)))
    together.execute(INSERT, {"n": many + 3})
    assert numbers(together) == list(range(many + 4))


@pytest.mark.parametrize("count", [0, MOST - 1, MOST])
def test_a_commit_is_told_however_much_goes_before_it(home: Home, count: int) -> None:
    """What was sent on the way is not taken for what was taken back."""
    with closing(home.writer()) as writer, writer.transaction(LOG) as connection:
        for _ in range(count):
            connection.execute("UPDATE project SET path = path WHERE log = :log", {"log": LOG})
    assert verify_log(home, LOG).ok


@pytest.mark.parametrize("conforming", ["on", "off"])
def test_values_come_whole(together: Together, conforming: str) -> None:
    """In the text of the statement nothing of a value is taken for SQL, or for the name of another value."""
    values = {
        "text": "o'neil; \\' \" % %s %(number)s :number -- größe 🚀\n",
        "raw": bytes(range(256)),
        "number": -(2**62),
        "nothing": None,
        "truth": True,
    }
    together.execute(f"SET LOCAL standard_conforming_strings = {conforming}")
    asked = ", ".join(f":{name} AS {name}" for name in values)
    assert together.execute(f"SELECT {asked}, ':text%' AS said", values).fetchone() == {**values, "said": ":text%"}
