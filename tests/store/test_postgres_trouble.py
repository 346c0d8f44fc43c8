"""What can go wrong on the way to a server becomes a sentence; and what it leaves is known, or said to be unknown."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from psycopg import DatabaseError

from benchmarks.server import free_port
from relflow.core.errors import SetupError
from relflow.core.events import ClockAnomaly
from relflow.core.people import itself
from relflow.service.app import Done
from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.store.checking import verify_log
from relflow.store.home import Connection, Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.sql import SqlStore
from relflow.store.transaction import SqlTransaction
from tests import postgres
from tests.cutting import Wire, wire_to
from tests.doubles.team import LOG, TOOL, Team, done
from tests.homes import as_owner

PASSWORD = "hunter2:@/%"
QUOTED = "hunter2%3A%40%2F%25"
pytestmark = pytest.mark.parametrize("empty", ["postgresql"], indirect=True)


@pytest.fixture
def server(home: Home) -> postgres.Server:
    """The server of the crew's database."""
    del home
    return postgres.running()


@pytest.fixture
def name(home: Home) -> str:
    """The database's name there."""
    return str(home).rpartition("/")[2]


def refused(home: PostgresHome) -> SetupError:
    """What is said when it is opened; the password is in none of it."""
    with pytest.raises(SetupError) as caught, home.reading():
        pass
    said = f"{caught.value.what} {caught.value.why} {caught.value.next_step} {home} {home!r} {caught.value.__cause__}"
    assert "hunter2" not in said
    return caught.value


def test_no_server(name: str) -> None:
    """The command that tells whether one is there stands in the next step."""
    said = refused(PostgresHome(f"postgresql+psycopg://anna:{QUOTED}@127.0.0.1:{free_port()}/{name}"))
    assert "cannot be reached" in said.what
    assert any("refused" in each for each in said.why)
    assert "pg_isready" in said.next_step[0]


def test_no_such_database_or_role(server: postgres.Server) -> None:
    """PostgreSQL's own sentence, and what makes one."""
    for url in (server.url("relaeses"), server.url("postgres", role="nobody")):
        said = refused(PostgresHome(url))
        assert any("does not exist" in each for each in said.why)
        assert "createdb" in said.next_step[0]


def test_passwords_come_from_where_libpq_looks(
    server: postgres.Server, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that PGPASSFILE names; a wrong one and none at all are said, with the places where it can stand."""
    server.run("DROP ROLE IF EXISTS guarded", f"CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    home, file = PostgresHome(server.url(name, "guarded")), tmp_path / "passwords"
    for content in ("", "*:*:*:guarded:wrong\n"):
        file.write_text(content)
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
        assert "PGPASSFILE" in refused(home).next_step[0]
    file.write_text("*:*:*:guarded:" + PASSWORD.replace(":", "\\:") + "\n")
    with home.reading() as connection:
        assert connection.execute("SELECT current_user AS me").fetchone() == {"me": "guarded"}
    in_url = PostgresHome(f"postgresql+psycopg://guarded:{QUOTED}@127.0.0.1:{server.port}/{name}")
    file.unlink()
    with in_url.reading():
        assert "hunter2" not in f"{in_url} {in_url!r}"


@pytest.mark.parametrize("more", ["?sslmode=require&sslmod=x", "?sslmode=perhaps", "?options=%zz"])
def test_an_address_that_libpq_does_not_understand(name: str, more: str) -> None:
    """It is not repeated, as there may be a password in it."""
    said = refused(PostgresHome(f"postgresql+psycopg://anna:{QUOTED}@127.0.0.1:1/{name}{more}"))
    assert said.next_step


def test_tls_that_is_asked_for_is_not_done_without(server: postgres.Server, name: str) -> None:
    """This server has none: sslmode in the URL, which libpq heeds, makes it an error."""
    said = refused(PostgresHome(f"{server.url(name)}?sslmode=require"))
    assert any("SSL" in each for each in said.why)
    assert "sslmode" in said.next_step[0]


def test_what_may_only_be_read(crew: Team, home: PostgresHome, server: postgres.Server, name: str) -> None:
    """Looks go on; a write says so, and how the primary is found."""
    server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        store = SqlStore(home, LOG, crew.clock, TOOL)
        with store.read() as book:
            assert book.release("1.4.0") == crew.release("1.4.0")
        with pytest.raises(SetupError, match="can only be read") as caught, store.write():
            pass
        assert any("target_session_attrs" in step for step in caught.value.next_step)
        store.close()
    finally:
        server.run(f"ALTER DATABASE {name} RESET default_transaction_read_only")


def test_rights_that_are_missing(crew: Team, server: postgres.Server, name: str) -> None:
    """Whoever may not read is told of the command that lets them."""
    server.run("DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
    said = refused(PostgresHome(server.url(name, "stranger")))
    assert "does not let you" in said.what
    assert "relflow db grant" in said.next_step[0]


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'"
ENDED = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()"


def test_a_connection_that_ends_in_the_middle_leaves_nothing(
    crew: Team, home: PostgresHome, server: postgres.Server, name: str
) -> None:
    """It is said, with what is sure: nothing was changed. The next transaction opens another."""
    before = verify_log(home, LOG)
    with pytest.raises(SetupError, match=r"was lost\. Nothing was changed"):
        _held_while(crew, lambda: server.run(ENDED.format(name)))
    assert verify_log(home, LOG) == before
    done(hold(crew.app("dana"), "1.4.0", "again"))
    assert verify_log(home, LOG).records == before.records + 1


def _held_while(crew: Team, act: Callable[[], object]) -> None:
    with crew.store.write() as tx:
        act()
        tx.record([])
        tx.versions()


def test_a_kept_connection_that_ended_meanwhile_is_opened_anew(
    crew: Team, home: PostgresHome, server: postgres.Server, name: str
) -> None:
    """A server that was restarted between two commands of a long watch is nobody's trouble."""
    before = verify_log(home, LOG).records
    assert server.run(ENDED.format(name))[0][0] >= 1, "one was kept"
    done(hold(crew.app("dana"), "1.4.0", "after the restart"))
    assert verify_log(home, LOG).records == before + 1


def test_a_deadlock_with_somebody_outside_is_waited_out(
    crew: Team, home: PostgresHome, server: postgres.Server, name: str
) -> None:
    """While nothing was read or done the transaction begins anew: who was in the way goes first."""
    with as_owner(home) as connection:
        connection.execute("INSERT INTO project (log, path, url, gitlab_project_id) VALUES ('other', 'o', 'o', 9)")
    went, outside, writer = [], home.opened(), home.writer()
    outside.execute("BEGIN")
    outside.execute("SET LOCAL deadlock_timeout = '1min'")  # so that it is the other that the server ends
    outside.execute("SELECT id FROM project WHERE log = 'other' FOR UPDATE")

    def ours() -> None:
        with writer.transaction():  # of every log
            went.append("ours")

    thread = threading.Thread(target=ours)
    thread.start()
    while not server.run(WAITING.format(name))[0][0]:
        """Until ours has the first row, and waits for the other."""
    outside.execute("SELECT id FROM project WHERE log <> 'other' FOR UPDATE")
    went.append("outside")
    outside.execute("COMMIT")
    thread.join()
    writer.close()
    outside.close()
    assert went == ["outside", "ours"]
    deadlocks = f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{name}'"  # noqa: S608
    while not server.run(deadlocks)[0][0]:
        """Statistics come a moment later: there was one."""


def test_a_commit_is_on_the_disk_whatever_the_servers_default(
    crew: Team, home: PostgresHome, server: postgres.Server, name: str
) -> None:
    """synchronous_commit = off could lose the record of a play that was sent; more than `on` stays as it is."""
    for default, expected in (("off", "on"), ("remote_apply", "remote_apply")):
        server.run(f"ALTER DATABASE {name} SET synchronous_commit = {default}")
        store = SqlStore(home, LOG, crew.clock, TOOL)
        with store.write() as tx:
            found = tx._connection.execute("SELECT current_setting('synchronous_commit') AS is").fetchone()
        store.close()
        assert found["is"] == expected
    server.run(f"ALTER DATABASE {name} RESET synchronous_commit")


@pytest.fixture
def wire(server: postgres.Server) -> Iterator[Wire]:
    """A wire to the server."""
    with wire_to(server.port) as made:
        yield made


@pytest.fixture
def far(crew: Team, server: postgres.Server, name: str, wire: Wire) -> Iterator[Team]:
    """The crew at the far end of the wire."""
    near, crew.store = crew.store, SqlStore(PostgresHome(server.url(name, port=wire.port)), LOG, crew.clock, TOOL)
    yield crew
    crew.store.close()
    crew.store = near


def test_a_failure_that_is_first_seen_at_the_commit_changes_nothing(crew: Team, home: PostgresHome) -> None:
    """What is written is sent with the COMMIT: one of it that fails takes all of it back, and nothing is unknown."""
    before = verify_log(home, LOG)
    with pytest.raises(SetupError, match="cannot be used") as caught:
        _recorded_and(crew, lambda at: at.execute("UPDATE audit SET actor = 'somebody else'"))
    assert any("append-only" in each for each in caught.value.why)
    assert verify_log(home, LOG) == before


def test_a_failure_that_was_passed_over_is_not_committed(crew: Team, home: PostgresHome) -> None:
    """PostgreSQL answers such a COMMIT with ROLLBACK, without an error: it is said that nothing was changed."""
    before = verify_log(home, LOG)
    with pytest.raises(SetupError, match=r"took back what was written\. Nothing was changed"):
        _recorded_and(crew, _passed_over)
    assert verify_log(home, LOG) == before


def _recorded_and(crew: Team, act: Callable[[Connection], object]) -> None:
    assert isinstance(crew.store, SqlStore)
    with crew.store.write() as tx:
        tx.record([ClockAnomaly(at=tx.at, actor=itself("x"), clock=tx.at)])
        act(tx._connection)


def _passed_over(connection: Connection) -> None:
    with suppress(DatabaseError):
        connection.execute("SELECT 1 / 0").fetchone()


@pytest.mark.parametrize(("end", "written"), [("before", 0), ("after", 1)])
def test_a_commit_whose_answer_is_lost_is_called_unknown(
    far: Team, home: PostgresHome, wire: Wire, end: str, written: int
) -> None:
    """Whether or not the server had it, nobody says that nothing was changed; a look tells."""
    before = verify_log(home, LOG).records
    wire.cut = end
    with pytest.raises(SetupError) as caught:
        hold(far.app("dana"), "1.4.0", "?")
    assert wire.cuts == [end]
    said = f"{caught.value.what} {caught.value.why} {caught.value.next_step}"
    assert "not known" in said
    assert "Nothing was changed" not in said
    assert "relflow status" in said
    assert verify_log(home, LOG).records == before + written


class CutAt(SqlStore):
    """A store whose so-manieth commit from now on is cut."""

    left, wire, end = 0, Wire(0), ""

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """The next transaction."""
        self.left -= 1
        self.wire.cut = None if self.left else self.end
        with super().write() as tx:
            yield tx


@pytest.mark.parametrize("end", ["before", "after"])
@pytest.mark.parametrize("step", [1, 2])
def test_a_play_is_not_sent_after_a_commit_whose_fate_is_unknown(
    far: Team, home: PostgresHome, server: postgres.Server, name: str, wire: Wire, end: str, step: int
) -> None:
    """The intent or the arming may be on the disk or not: no POST follows, and what is open stands in the database."""
    far.approved("1.4.0", "prod", by=("anna", "ben"))
    store = CutAt(PostgresHome(server.url(name, port=wire.port)), LOG, far.clock, TOOL)
    store.left, store.wire, store.end, far.store = step, wire, end, store
    far.gitlab.calls.clear()
    with pytest.raises(SetupError, match=r"lost while it was written|still open: armed"):
        raised(deploy(far.app("chris"), "1.4.0", "prod", wait=False))
    assert wire.cuts == [end]
    assert far.gitlab.plays() == []
    with store.read() as book:
        left = [each.phase for _, each in book.open_deployments()]
    assert left == {(1, "after"): ["intended"], (2, "after"): ["armed"]}.get((step, end), [])
    assert verify_log(home, LOG).ok
    store.close()


def raised(outcome: object) -> None:
    """Nothing, or the trouble as the exception that it was."""
    assert isinstance(outcome, Done)
    assert outcome.trouble is not None
    raise SetupError(outcome.trouble.what, outcome.trouble.why)


@pytest.mark.slow
def test_a_real_standby_is_read_and_not_written(crew: Team, server: postgres.Server, name: str) -> None:
    """A copy that follows: what was recorded is seen there, and a write is told that it is a standby."""
    with server.standby() as port:
        store = SqlStore(PostgresHome(server.url(name, port=port)), LOG, crew.clock, TOOL)
        with store.read() as book:
            assert book.release("1.4.0") == crew.release("1.4.0")
        with pytest.raises(SetupError, match="can only be read"), store.write():
            pass
        store.close()
        both = f"postgresql+psycopg://postgres@127.0.0.1:{port},127.0.0.1:{server.port}/{name}"
        found = SqlStore(PostgresHome(f"{both}?target_session_attrs=read-write"), LOG, crew.clock, TOOL)
        with found.write():
            """The primary is found among several hosts."""
        found.close()
