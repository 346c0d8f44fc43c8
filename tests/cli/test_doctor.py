"""`doctor` on this machine: which token, whose files, which database; GitLab is not needed for that."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import Desk
from tests.cli.running import Ended, Run, run_here
from tests.cli.schemas import wrong
from tests.cli.terminal import at_terminal
from tests.contract import samples
from tests.contract.stub import CANARY, Stub, reply

GLAB = "hosts:\n    127.0.0.1:{port}:\n        token: {token}\n"


def findings(ended: Ended) -> dict[str, str]:
    """What was found: severities by name. What was printed has the published shape."""
    assert wrong("doctor", ended.json) == []
    return {each["name"]: each["severity"] for each in ended.json["findings"]}


def check(folder: Path, **more: str) -> dict[str, str]:
    """What is found there by somebody who cannot ask GitLab; that is told once."""
    found = findings(run_here(folder, "doctor", "--json", **more))
    assert found.pop("gitlab-unchecked") == "error"
    return found


def test_without_a_token_this_machine_is_examined(home: Path) -> None:
    """Exit 1: an error says that GitLab could not be asked, and nothing else is wrong."""
    ended = run_here(home, "doctor")
    assert ended.code == 1
    assert "could not be checked: all that GitLab knows: no token for gitlab.example.org" in ended.out
    assert check(home) == {"drift-unlooked": "note"}


SPOILED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "everybody writes the file": ("database-open", lambda it: (it / "releases.db").chmod(0o666)),
    "everybody reads the file": ("database-readable", lambda it: (it / "releases.db").chmod(0o604)),
    "everybody writes the folder": ("folder-open", lambda it: it.chmod(0o777)),
    "the group's file in nobody's folder": ("folder-not-shared", lambda it: (it / "releases.db").chmod(0o660)),
    "no database": ("database-unchecked", lambda it: (it / "releases.db").unlink()),
    "no database at all": ("database-unchecked", lambda it: (it / "releases.db").write_text("a poem")),
    "a mistake in the file": ("settings-wrong", lambda it: add(it, "nothing = 3\n")),
    "no TOML": ("settings-unchecked", lambda it: add(it, "[[\n")),
    "another policy": ("policy-differs", lambda it: add(it, "[requirements]\njobs = ['unit']\n")),
    "a guard is gone": ("guard-lost", lambda it: execute(it, "DROP TRIGGER audit_no_update")),
    "damaged": ("database-damaged", lambda it: execute(it, "UPDATE release SET project_id = 99")),
}


def add(folder: Path, text: str) -> None:
    """More in the settings file."""
    file = folder / "relflow.toml"
    file.write_text(file.read_text() + text)


def execute(folder: Path, statement: str) -> None:
    """Somebody's hand in the database."""
    with closing(sqlite3.connect(folder / "releases.db")) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_wrong_with_this_machine(home: Path, name: str) -> None:
    """Each is found by its name; no traceback, whatever it is."""
    expected, spoil = SPOILED[name]
    spoil(home)
    ended = run_here(home, "doctor", "--json")
    assert ended.code == 1
    assert expected in findings(ended)
    assert ended.err == ""


def test_in_an_empty_folder(bare: Path) -> None:
    """One finding says what is missing and how to begin."""
    ended = run_here(bare, "doctor", "--json")
    assert findings(ended) == {"settings-unchecked": "error"}
    assert "relflow init" in ended.json["findings"][0]["fix"]


def test_another_project_of_the_database(home: Path) -> None:
    """The file's policy is not held against it."""
    ended = run_here(home, "doctor", "--json", "-R", "group/other")
    assert findings(ended) == {"log-unchecked": "error", "gitlab-unchecked": "error"}


def test_which_token_is_used_is_told_and_never_its_value(stub: Stub, near: Path, tmp_path: Path) -> None:
    """Here glab's file keeps it, which others may read: an error; the token itself is nowhere."""
    file = tmp_path / "glab" / "config.yml"
    file.parent.mkdir()
    file.write_text(GLAB.format(port=stub.port, token=CANARY))
    file.chmod(0o644)
    stub.says(reply(200, samples.USER), reply(200, samples.TOKEN), reply(403, {"message": "403 Forbidden"}))
    ended = run_here(near, "doctor", "--json", GLAB_CONFIG_DIR=str(file.parent))
    found = findings(ended)
    assert found["token-file-open"] == "error"
    assert found["project-unchecked"] == "error"
    source = f"glab's {file}"
    assert ended.json["token"] == {"source": source, "user": "user:anna", "scopes": ["api"], "expires_on": "2026-12-01"}
    assert CANARY not in ended.out + ended.err
    file.chmod(0o600)
    assert "token-file-open" not in findings(run_here(near, "doctor", "--json", GLAB_CONFIG_DIR=str(file.parent)))


def test_a_file_of_trusted_hosts_that_others_write(home: Path, tmp_path: Path) -> None:
    """Whoever writes it leads the token elsewhere."""
    file = tmp_path / "config" / "relflow" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("")
    file.chmod(0o666)
    assert check(home, XDG_CONFIG_HOME=str(tmp_path / "config"))["trust-file-open"] == "error"


def test_a_database_that_was_put_back(run: Run, home: Path, tmp_path: Path) -> None:
    """This machine has seen more of the log than there is."""
    state = tmp_path / "user" / "state" / "relflow"
    state.mkdir(parents=True)
    log = "gitlab.example.org/5"
    (state / "seen.json").write_text(f'{{"{log} in {home / "releases.db"}": [9999, "{"0" * 64}"]}}')
    assert check(home)["database-older"] == "error"


def test_a_checkup_changes_nothing(home: Path) -> None:
    """Neither file nor settings."""
    before = {file: file.read_bytes() for file in home.iterdir() if file.is_file()}
    run_here(home, "doctor")
    assert before == {file: file.read_bytes() for file in before}


def test_interrupted_between_two_changes(desk: Desk) -> None:
    """What was made is said, and that there may be more to do; never that nothing was changed."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    desk.gitlab.set_up.tags.clear()
    desk.gitlab.set_up.branches.clear()
    desk.gitlab.before("mend", interrupt, nth=2)
    ended = desk.runs("anna", "doctor", "--fix", "--yes")
    assert ended.code == 130
    assert "protect the branch main: maintainers push, developers merge: done" in ended.err
    assert "relflow doctor looks again" in ended.err
    assert "Nothing was changed" not in ended.err
    assert [each.name for each in desk.gitlab.set_up.branches] == ["main"]
    assert desk.gitlab.set_up.tags == []


def test_at_a_terminal_it_asks(stub: Stub, near: Path) -> None:
    """The changes are named before the question; a no changes nothing, and the only requests were questions."""
    answers = [samples.USER, samples.TOKEN, samples.PROJECT, samples.SETTINGS, [], [], [samples.MEMBER], []]
    stub.says(*(reply(200, each) for each in answers), reply(200, samples.LINT), *[reply(200, [])] * 9)
    with at_terminal(near, "doctor", "--fix", RELFLOW_TOKEN=CANARY) as terminal:
        terminal.until("[y/N]")
        assert "protect the branch main: maintainers push, developers merge" in terminal.shown
        terminal.types("n\n")
        assert terminal.ended() == 130
    assert {each.method for each in stub.received} == {"GET"}
