"""Bad input gets one clear message and the right exit code, and changes nothing."""

import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.cli.conftest import COMPANIONS, on_its_way, past_of
from tests.cli.desk import Desk
from tests.cli.running import run_here
from tests.cli.unchanged import clear, refused, state_of
from tests.contract.samples import EXPIRED, HTML, NARROW, REVOKED
from tests.contract.stub import Stub, reply
from tests.doubles.clock import SteppingClock
from tests.doubles.team import TOOL, assembled

#: What lets a command that asks GitLab come as far as asking. The words checked here are refused before that.
TOKEN = {"RELFLOW_TOKEN": "glpat-x", "RELFLOW_GITLAB_URL": "https://gitlab.example.org"}

USAGE = {
    "an unknown release gets the nearest": (["show", "1.4.1"], "did you mean 1.4.0"),
    "an unknown release to approve": (["approve", "1.4.1", "prod"], "did you mean 1.4.0"),
    "an unknown environment": (["deploy", "1.4.0", "pord"], "did you mean prod?"),
    "an unknown environment of the log": (["log", "--env", "pord"], "did you mean prod?"),
    "an unknown state": (["list", "--state", "drafted"], "did you mean draft?"),
    "an unknown event": (["log", "--event", "release_hold"], "did you mean release_held"),
    "a limit of nothing": (["list", "--limit", "0"], "from 1 to 1000000"),
    "a negative limit": (["log", "--limit", "-1"], "from 1 to 1000000"),
    "a limit beyond reason": (["log", "--limit", "1000000000"], "from 1 to 1000000"),
    "a limit in scientific words": (["log", "--limit", "1e9"], "valid integer"),
    "a limit that is no number": (["list", "--limit", "abc"], "valid integer"),
    "no time to wait": (["deploy", "1.4.0", "dev", "--timeout", "0"], "from 1 second"),
    "more time than a week": (["reconcile", "--timeout", "9999999"], "to a week"),
    "no time": (["list", "--since", "yesterday"], "is no time"),
    "a month too many": (["log", "--until", "2026-13-01"], "is no time"),
    "a time before all others": (["log", "--until", "0001-01-01"], "is no time"),
    "a time of the past that is to come": (["status", "--at", "2999-01-01"], "is in the future"),
    "a time before the first record": (["status", "--at", "2026-03-01"], "the first record is of 2026-03-02"),
    "a time of no release": (["show", "1.5.0", "--at", "2026-03-02T09:00:10Z"], "1.5.0 was created at 2026-03-02"),
    "a typo in a release of the past": (["show", "1.4.1", "--at", "2026-03-02T09:00:10Z"], "did you mean 1.4.0"),
    "an end before the begin": (["log", "--since", "2026-05-05", "--until", "2026-05-04"], "no time is from"),
    "an unknown person": (["log", "--actor", "dane"], "did you mean user:dana"),
    "a person of another kind": (["log", "--actor", "relflow:reploy"], "did you mean relflow:deploy"),
    "--abandon without a reason": (["reconcile", "--abandon", "1"], "-m TEXT"),
    "a reason for nothing": (["reconcile", "-m", "because"], "--abandon ID"),
    "an unknown deployment": (["reconcile", "--abandon", "77", "-m", "gone"], "there is no deployment 77"),
    "a negative deployment": (["reconcile", "--abandon", "-1", "-m", "gone"], "there is no deployment -1"),
    "an empty reason": (["hold", "1.4.0", "-m", " "], "needs a reason"),
    "a reason beyond reason": (["hold", "1.4.0", "-m", "x" * 10_000], "at most 4000"),
    "a reason that is missing": (["resume", "1.5.0"], "'-m'"),
    "a version with a slash": (["create", "a/b"], "cannot be a version"),
    "a version with a control character": (["create", "1\x1b[2J"], "cannot be a version"),
    "a version with a direction mark": (["create", "1\u202e2"], "cannot be a version"),
    "a version of two lines": (["create", "1\n2"], "cannot be a version"),
    "a version of 10,000 characters": (["create", "9" * 10_000], "at most 64 characters, this one has 10000"),
    "a version of nothing": (["create", ""], "cannot be empty"),
    "a release of 10,000 characters": (["show", "9" * 10_000], "there is no release 9999"),
    "a release that clears the screen": (["show", "\x1b[2J"], "\\u001b[2J"),
    "a state that turns the text around": (["list", "--state", "\u202edraft"], "\\u202edraft"),
    "two names for one commit": (["create", "1.9", "--ref", "a", "--commit", "b"], "two names for one thing"),
    "the last environment without a terminal": (["deploy", "1.4.0", "prod"], "relflow deploy 1.4.0 prod --yes"),
    "a project that is none": (["status", "-R", "data-provider"], "group/name"),
    "an unknown command": (["statsu"], "did you mean 'status'?"),
    "an unknown option": (["status", "--jsno"], "did you mean --json?"),
    "an option before its command": (["--config", "x", "status"], "options stand behind the command"),
    "an option of another command": (["status", "--limit", "3"], "no such option: --limit"),
    "a word too many": (["status", "now"], "unexpected extra argument"),
    "a word too few": (["approve", "1.4.0"], "missing argument 'ENV'"),
    "an option without its value": (["list", "--state"], "--state"),
}


@pytest.mark.parametrize("case", USAGE)
def test_words_that_cannot_be(home: Path, case: str) -> None:
    """They end with 2 and say which word, and what may have been meant."""
    words, said = USAGE[case]
    assert said in refused(home, 2, *words, **TOKEN)


READS = (["status"], ["list"], ["show", "1.4.0"], ["log"], ["audit", "verify"], ["policy", "show"], ["db", "check"])
#: Every command that asks GitLab about a project that is under relflow.
ASKS = (
    *("create 2.0.0", "test 1.3.0", "approve 1.4.0 prod", "unapprove 1.4.0 dev", "reject 1.4.0 prod -m why"),
    *("deploy 1.4.0 dev", "rollback dev --to 1.4.0 -m why --yes", "hold 1.4.0 -m why", "resume 1.5.0 -m why"),
    *("amend 1.4.0 --ref v1.5.0 -m why", "why 1.4.0", "plan 1.4.0 prod", "watch", "reconcile"),
    "reconcile --abandon 2 -m why",
)
MOVES = [words.split() for words in ASKS]


@pytest.mark.parametrize("words", [*READS, *MOVES, ["policy", "adopt"], ["policy", "diff"], ["workflow", "check"]])
def test_no_settings(bare: Path, words: list[str]) -> None:
    """The folder that was searched is named, and the option that names a file."""
    message = refused(bare, 8, *words)
    assert str(bare) in message
    assert "--config FILE" in message


BROKEN = """\
[gitlab]
url = "ftp://x"
project = "noslash"
[databases]
url = "x"
[[environments]]
name = "Dev"
jbo = "x"
approvals = "two"
"""


@pytest.mark.parametrize("words", [["policy", "adopt"], ["policy", "diff"], ["workflow", "check"]])
def test_broken_settings_are_told_all_at_once(bare: Path, words: list[str]) -> None:
    """Each mistake with its line, and the nearest name for a mistyped one."""
    (bare / "relflow.toml").write_text(BROKEN)
    message = refused(bare, 1 if "check" in words else 8, *words)
    for line in (2, 3, 4, 6, 8, 9):
        assert f"relflow.toml:{line}: " in message
    assert "did you mean database?" in message


@pytest.mark.parametrize("content", [b"[gitlab\n", b"\xff\xfe", b"\x00", b"gitlab = 3", b"[" * 5000])
def test_settings_that_are_none(bare: Path, content: bytes) -> None:
    """A command that only reads says so as well."""
    (bare / "relflow.toml").write_bytes(content)
    refused(bare, 8, "status")


def test_settings_that_are_not_there(home: Path) -> None:
    """A file that was named and is not there, or is a folder, is named."""
    assert "nowhere.toml" in refused(home, 8, "status", "--config", "nowhere.toml")
    assert "is not a file" in refused(home, 8, "status", "--config", ".")


@pytest.mark.parametrize("words", [*READS, *MOVES])
def test_no_database(home: Path, words: list[str]) -> None:
    """A mistyped path never creates one; the command that does is named."""
    (home / "releases.db").unlink()
    assert "relflow db upgrade" in refused(home, 8, *words, **TOKEN)


def not_a_database(file: Path) -> None:
    """A letter."""
    file.write_text("this is a letter, not a database\n" * 100)


def foreign(file: Path) -> None:
    """Another program's."""
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()


def empty(file: Path) -> None:
    """Nothing yet."""
    file.write_bytes(b"")


def newer(file: Path) -> None:
    """Of a relflow to come."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def folder(file: Path) -> None:
    """No file at all."""
    file.unlink()
    file.mkdir()


DATABASES: dict[Callable[[Path], None], str] = {
    not_a_database: "not a sound database",
    foreign: "not relflow's database",
    empty: "not relflow's database",
    newer: "written by a newer relflow",
    folder: "is a folder",
}


@pytest.mark.parametrize(
    "words", [["status"], ["approve", "1.4.0", "prod"], ["db", "check"], ["db", "upgrade"]], ids=" ".join
)
@pytest.mark.parametrize("spoil", DATABASES, ids=lambda spoil: spoil.__name__)
def test_a_database_that_cannot_be_used(home: Path, spoil: Callable[[Path], None], words: list[str]) -> None:
    """What it is instead is said; it is left as it is, by `db upgrade` too."""
    spoil(home / "releases.db")
    if (spoil, words) == (empty, ["db", "upgrade"]):
        assert run_here(home, *words).code == 0  # an empty file is what a new database is made of
        return
    assert DATABASES[spoil] in refused(home, 8, *words, **TOKEN)


#: Runs a command twice: the first time, on a copy, to load what nobody may not be allowed to read.
AS_NOBODY = """
import contextlib, io, os, sys
from relflow.__main__ import main
writable, there = sys.argv.pop(1), sys.argv.pop(1)
os.chdir(writable)
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
os.geteuid() or os.setuid(65534)
os.chdir(there)
main()
"""


def test_a_database_that_may_only_be_read(home: Path) -> None:
    """SQLite keeps a log beside the file, for readers too: the message says that the folder must be writable."""
    with tempfile.TemporaryDirectory() as place:
        there = Path(place) / "there"
        shutil.copytree(home, there, ignore=COMPANIONS)
        there.chmod(0o555)
        Path(place).chmod(0o755)
        for file in there.iterdir():
            file.chmod(0o444)
        before = state_of(there)
        for words in (["db", "rebuild"], ["status"]):
            command = [sys.executable, "-c", AS_NOBODY, str(home), str(there), *words]
            shown = subprocess.run(command, capture_output=True, text=True, check=False)
            assert (shown.returncode, "Traceback" in shown.stderr) == (8, False), shown
            assert "the file and its folder must both be writable" in shown.stderr
        assert state_of(there) == before
        there.chmod(0o755)


def test_no_token(home: Path) -> None:
    """Where tokens are looked for, where one is made, and which scopes it needs."""
    for words in MOVES:
        message = refused(home, 8, *words)
        for said in ("no token for gitlab.example.org", "RELFLOW_TOKEN", "personal_access_tokens", "read_api"):
            assert said in message


def test_a_token_of_the_environment_does_not_go_where_only_a_file_says(home: Path) -> None:
    """A cloned repository's settings do not lead it away; the message says how to allow it, and never the token."""
    message = refused(home, 8, "approve", "1.4.0", "prod", RELFLOW_TOKEN="glpat-secret")
    assert "is not sent to gitlab.example.org" in message
    assert "export RELFLOW_GITLAB_URL=https://gitlab.example.org" in message
    assert "glpat-secret" not in message


def test_a_token_that_is_none(home: Path) -> None:
    """Blanks and marks in a token are refused before they reach a header."""
    env = {**TOKEN, "RELFLOW_TOKEN": "glpat \u202e"}
    ended = run_here(home, "approve", "1.4.0", "prod", **env)
    assert (ended.code, "glpat" in ended.err) == (8, False)


def test_an_unknown_project(home: Path) -> None:
    """The nearest is named, and how a new one comes under relflow."""
    message = refused(home, 8, "status", "-R", "group/data-provder")
    assert "did you mean group/data-provider?" in message
    assert "relflow policy adopt" in message


def test_the_same_project_of_another_gitlab(home: Path) -> None:
    """Only the host differs: the message says so, and guesses at no other path."""
    message = refused(home, 8, "status", RELFLOW_GITLAB_URL="https://gitlab.com")
    assert "group/data-provider of gitlab.com is not under relflow" in message
    assert "the database has it of gitlab.example.org: the path is the same, the GitLab is not" in message
    assert "export RELFLOW_GITLAB_URL=…     names the GitLab" in message
    assert "did you mean" not in message


def test_two_projects_in_one_database(home: Path) -> None:
    """Where nobody says which is meant, both are named, and the option that chooses."""
    add_project(home, "gitlab.example.org/6", "group/other")
    (home / "relflow.toml").unlink()
    here = {"RELFLOW_DATABASE_URL": "sqlite:///releases.db"}
    message = refused(home, 2, "list", **here)
    assert "which project?" in message
    assert "group/data-provider of gitlab.example.org, group/other of gitlab.example.org" in message
    assert "-R GROUP/NAME" in message
    assert run_here(home, "list", "-R", "group/other", **here).out == "no release\n"
    assert "1.4.0" in run_here(home, "list", "-R", "group/data-provider", **here).out


def test_one_path_on_two_gitlabs_in_one_database(home: Path) -> None:
    """-R would not help: the message names what does."""
    add_project(home, "gitlab.com/5", "group/data-provider")
    (home / "relflow.toml").unlink()
    here = {"RELFLOW_DATABASE_URL": "sqlite:///releases.db"}
    assert "RELFLOW_GITLAB_URL" in refused(home, 2, "list", "-R", "group/data-provider", **here)
    assert run_here(home, "list", RELFLOW_GITLAB_URL="https://gitlab.com", **here).out == "no release\n"


def add_project(folder: Path, log: str, path: str) -> None:
    """Another project in the same database."""
    clock = SteppingClock()
    store = SqlStore(SqliteHome(folder / "releases.db"), log, clock, TOOL)
    assembled(store, clock, log=log, path=path)


def test_nothing_was_adopted_yet(bare: Path) -> None:
    """An empty database names the command that fills it."""
    assert run_here(bare, "db", "upgrade", RELFLOW_DATABASE_URL="sqlite:///x.db").code == 0
    assert "nothing was adopted" in refused(bare, 8, "status", RELFLOW_DATABASE_URL="sqlite:///x.db")


ANSWERS = {
    "HTML": (reply(200, HTML, kind="text/html"), "127.0.0.1"),
    "no JSON": (reply(200, b"{"), "127.0.0.1"),
    "JSON of another kind": (reply(200, [1, 2]), "127.0.0.1"),
    "too many requests": (reply(429, {"message": "Retry later"}, Retry_After="60"), "429"),
    "its own mistake": (reply(500, {"message": "500 Internal Server Error"}), "500"),
    "a gateway's mistake": (reply(502, HTML, kind="text/html"), "502"),
    "busy": (reply(503, b"", kind="text/plain"), "503"),
    "an unknown token": (reply(401, {"message": "401 Unauthorized"}), "token"),
    "an expired token": (reply(401, EXPIRED), "expired"),
    "a revoked token": (reply(401, REVOKED), "revoked"),
    "a token of too few scopes": (reply(403, NARROW), "scopes do not allow this"),
    "no access": (reply(403, {"message": "403 Forbidden"}), "does not let you see"),
    "no such project": (reply(404, {"message": "404 Project Not Found"}), "group/data-provider"),
}


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize("words", [["policy", "adopt", "--yes"], ["approve", "1.4.0", "prod"]], ids=" ".join)
def test_a_gitlab_that_answers_otherwise(stub: Stub, near: Path, case: str, words: list[str]) -> None:
    """Exit 4 and what GitLab said; one request, and nothing was changed."""
    answer, said = ANSWERS[case]
    stub.says(answer)
    message = refused(near, 4, *words, RELFLOW_TOKEN="glpat-x")
    assert said in message or words[0] == "approve"
    assert "glpat-x" not in message
    assert len(stub.received) == 1


@pytest.mark.parametrize("words", MOVES, ids=" ".join)
def test_whatever_asks_gitlab_says_why_it_got_no_answer(stub: Stub, near: Path, words: list[str]) -> None:
    """Each command, of a token that is over, of haste, and of what is no GitLab."""
    for case in ("an expired token", "too many requests", "HTML"):
        answer, said = ANSWERS[case]
        stub.says(answer)
        stub.received.clear()
        assert said in refused(near, 4, *words, RELFLOW_TOKEN="glpat-x")
        assert len(stub.received) == 1


def test_a_gitlab_that_does_not_listen(bare: Path) -> None:
    """Exit 4, which host, and what to look at; whatever command asks."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    folder = past_of(f"http://127.0.0.1:{port}", bare, on_its_way)
    for words in MOVES:
        message = refused(folder, 4, *words, RELFLOW_TOKEN="glpat-x")
        assert f"127.0.0.1:{port} cannot be reached" in message
        assert "check" in message


def test_a_token_that_may_only_read_plays_nothing(desk: Desk) -> None:
    """It is seen before anything is recorded, and the scope that is missing is named."""
    desk.approved("1.5.0")
    desk.lives("1.4.0")
    desk.gitlab.people["chris"].scopes = ("read_api",)
    before, plays = state_of(desk.folder), len(desk.gitlab.plays())
    for words in ("deploy 1.5.0 dev", "rollback dev --to 1.4.0 -m why --yes"):
        message = clear(desk.runs("chris", *words.split()), 4)
        assert "it has read_api; to play jobs it needs api" in message
    assert (state_of(desk.folder), len(desk.gitlab.plays())) == (before, plays)


def test_reading_needs_no_gitlab(near: Path, stub: Stub) -> None:
    """status, list, show, log and audit verify ask nobody."""
    for words in (*READS, ["workflow", "show"]):
        assert run_here(near, *words).code == 0
    assert stub.connected == 0
