"""The token never comes back: whatever GitLab says, whatever breaks, in every command, with --debug too (I13)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from relflow.adapters.gitlab.wire import Wire
from relflow.cli.main import application
from tests.cli.running import Ended, run_here
from tests.contract.stub import CANARY, Stub
from tests.contract.test_gitlab_secrets import SAID

HERE = Path(__file__).parents[2]
#: Every command that can end here, with words that bring it as far as it gets. The others bring tokens of their own.
WORDS = {
    "init": "--yes --url {url} --gitlab-project group/data-provider",
    "import": "--yes",
    "status": "",
    "list": "",
    "show": "1.4.0",
    "log": "1.4.0",
    "why": "1.4.0 deploy prod",
    "plan": "1.4.0 prod",
    "create": "1.9.0 --run-pipeline",
    "test": "1.5.0",
    "tick": "1.5.0 notes",
    "approve": "1.4.0 prod",
    "unapprove": "1.4.0 prod",
    "reject": "1.4.0 prod -m odd",
    "waive": "1.4.0 prod ref_unmoved -m odd",
    "hold": "1.4.0 -m odd --cancel-job",
    "amend": "1.5.0 --ref v1.5.0 -m moved",
    "resume": "1.5.0 -m fine",
    "deploy": "1.4.0 prod --yes --timeout 1",
    "signoff": "1 -m odd",
    "rollback": "dev --to 1.4.0 -m odd --yes",
    "watch": "--timeout 1",
    "reconcile": "--timeout 1",
    "drift accept": "dev -m known",
    "freeze add": "prod --from 2026-03-01 --to 2030-01-01 -m odd",
    "freeze list": "",
    "freeze end": "1 -m odd",
    "lock": "prod -m odd",
    "unlock": "prod -m odd",
    "policy adopt": "--yes",
    "policy show": "",
    "policy diff": "",
    "audit verify": "",
    "workflow check": "",
    "workflow show": "",
    "ci init": "--yes",
    "ci lint": "--ref main",
    "doctor": "--fix --yes",
    "db upgrade": "",
    "db check": "",
    "db rebuild": "",
    "db backup": "copy.db",
    "db grant": "team",
    "db copy": "sqlite:///releases.db sqlite:///copy.db",
    "trust": "{url}",
}
OF_THEIR_OWN = {"demo", "sandbox run"}


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its words."""
    if not hasattr(group, "commands"):
        yield name, group
        return
    for word, each in group.commands.items():
        yield from commands(each, f"{name} {word}".strip())


EVERY = dict(commands(typer.main.get_command(application())))


def test_every_command_is_tried_here() -> None:
    """A new one needs its words in the table."""
    assert EVERY.keys() == WORDS.keys() | OF_THEIR_OWN


def test_no_command_takes_a_secret_as_a_word() -> None:
    """Everybody on the machine can read the words of a process."""
    names = {str(parameter.name) for each in EVERY.values() for parameter in each.params}
    assert not [name for name in names if re.search("token|password|secret|key", name)]


def said(near: Path, command: str, stub: Stub) -> Ended:
    """What the command says to somebody who wants to know all about it."""
    words = [word.format(url=stub.url) for word in WORDS[command].split()]
    return run_here(near, *command.split(), *words, "--debug", RELFLOW_TOKEN=CANARY)


def is_clean(near: Path, ended: Ended) -> None:
    """Neither what was said nor any file has the token."""
    assert CANARY not in ended.out + ended.err
    found = [file for file in near.parent.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]
    assert not found


@pytest.mark.parametrize("answer", SAID)
@pytest.mark.parametrize(
    "command",
    [pytest.param(each, marks=[pytest.mark.slow] if each not in {"deploy", "reconcile"} else []) for each in WORDS],
)
def test_a_gitlab_that_sends_the_token_back(stub: Stub, near: Path, command: str, answer: str) -> None:
    """In the text, a page, a header, a redirect, half an answer, no HTTP: no line and no file has it."""
    stub.says(SAID[answer])
    ended = said(near, command, stub)
    assert ended.code in {0, 1, 2, 4, 5, 8}
    is_clean(near, ended)


@pytest.mark.parametrize("command", ["approve", "deploy", "reconcile", "policy adopt"])
def test_a_bug_beside_the_token(stub: Stub, near: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception whose very text has it, out of the adapter's middle: exit 70, a traceback, and no token."""

    def fails(self: Wire, *_: object, **__: object) -> None:
        raise RuntimeError(f"Authorization: Bearer {self._token.decode()}")

    monkeypatch.setattr(Wire, "get", fails)
    ended = said(near, command, stub)
    assert ended.code == 70
    assert "Traceback" in ended.err
    assert "[token]" in ended.err
    is_clean(near, ended)


def test_a_library_that_raises_with_the_token(stub: Stub, near: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """python-gitlab's own exceptions carry what the server said, or the request: none of it is shown."""
    import gitlab

    def fails(*_: object, **__: object) -> None:
        raise gitlab.GitlabHttpError(f"401 {CANARY}", 401, f"Bearer {CANARY}".encode())

    monkeypatch.setattr(gitlab.Gitlab, "http_request", fails)
    ended = said(near, "approve", stub)
    assert ended.code == 4
    is_clean(near, ended)


def test_no_process_that_is_started_is_given_the_token(
    stub: Stub, near: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git is asked about work trees: the words it gets have no token in them."""
    kept = tmp_path / "words"
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$@" >> {kept}\nexit 1\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent), prepend=":")
    (near / "releases.db").unlink()
    ended = said(near, "db upgrade", stub)
    assert ended.code == 0
    assert "rev-parse" in kept.read_text()
    is_clean(near, ended)


@pytest.mark.parametrize(
    "settings",
    [
        {"RELFLOW_DATABASE_URL": f"postgresql://relflow:{CANARY}@db.example.org/relflow"},
        {"RELFLOW_DATABASE_URL": f"sqlite:///releases.db?password={CANARY}"},
        {"RELFLOW_DATABASE_URL": f"{CANARY}"},
        {"RELFLOW_GITLAB_URL": f"https://oauth2:{CANARY}@gitlab.example.org"},
        {"RELFLOW_GITLAB_URL": f"https://gitlab.example.org/?private_token={CANARY}"},
    ],
    ids=lambda settings: next(iter(settings.values())).split(":")[0],
)
@pytest.mark.parametrize("command", ["status", "approve", "db check", "db upgrade", "policy show"])
def test_a_secret_in_an_address(near: Path, stub: Stub, command: str, settings: dict[str, str]) -> None:
    """A password in an address is refused where it may not be, and shown nowhere."""
    is_clean(near, run_here(near, *command.split(), *WORDS[command].split(), "--debug", **settings))


@pytest.mark.parametrize("url", [f"https://oauth2:{CANARY}@gitlab.example.org", f"https://x.example.org/?t={CANARY}"])
def test_a_secret_in_an_address_that_is_to_be_trusted(near: Path, url: str) -> None:
    """It is refused, and not repeated."""
    ended = run_here(near, "trust", url, "--debug")
    assert ended.code == 2
    is_clean(near, ended)


def test_nothing_that_is_kept_here_has_a_token() -> None:
    """Golden pages, documentation and the sample: the only tokens are those of the sandbox, which everybody knows."""
    files = [HERE / "README.md", HERE / "sample.db"]
    files += [file for folder in ("docs", "tests/cli/golden") for file in (HERE / folder).rglob("*") if file.is_file()]
    found = [file for file in files if re.search(rb"glpat-(?!sandbox-)[A-Za-z0-9_-]{8,}", file.read_bytes())]
    assert not found
