"""What the commands that only read print, and every page of help, to the letter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from relflow.cli.main import application
from tests.cli.golden import WRITE, compare, kept, transcript
from tests.cli.running import Run

#: One approver is asked for twice, a pattern takes in the deploy jobs, and dev asks for no second person.
SHORT = """\
[gitlab]
url = "https://gitlab.example.org"
project = "group/data-provider"

[requirements]
jobs = ["deploy-*"]

[[environments]]
name = "dev"
job = "deploy-dev"
four_eyes = []

[[environments]]
name = "prod"
job = "deploy-prod"
approvals = 2
approvers = { users = ["anna"] }
"""
OUTPUTS = {
    "status": "status",
    "status-at-first": "status --at 2026-03-02T09:00:10Z",
    "status-in-flight-then": "status --at 2026-03-02T09:00:18Z",
    "status-at-now": "status --at 2026-03-02T09:00:33+00:00",
    "list": "list",
    "list-held": "list --state held",
    "list-nothing": "list --since 2030-01-01",
    "show-draft": "show 1.3.0",
    "show-on-its-way": "show 1.4.0",
    "show-held": "show 1.5.0",
    "show-before-it-was-held": "show 1.5.0 --at 2026-03-02T09:00:32Z",
    "show-in-flight-then": "show v1.4.0 --at 2026-03-02T09:00:20Z",
    "show-not-there-yet": "show 1.5.0 --at 2026-03-02T09:00:29Z",
    "at-the-future": "status --at 2999-01-01",
    "at-before-all": "status --at 2026-03-02",
    "at-no-time": "show 1.4.0 --at yesterday",
    "log": "log",
    "log-of-a-release": "log 1.4.0 --env dev",
    "log-of-a-person": "log --actor dana",
    "log-refusals": "log --event command_refused",
    "log-nothing": "log --since 2030-01-01",
    "log-last": "log --limit 2",
    "audit-verify": "audit verify",
    "db-check": "db check",
    "db-backup": "db backup copy.db",
    "db-copy": "db copy sqlite:///releases.db sqlite:///moved.db",
    "db-copy-onto-itself": "db copy sqlite:///releases.db sqlite:///releases.db",
    "db-copy-with-a-password": "db copy sqlite:///releases.db postgresql+psycopg://anna:hunter2@db/relflow",
    "db-grant-in-a-file": "db grant anna",
    "policy-show": "policy show",
    "policy-diff": "policy diff",
    "workflow-show": "workflow show",
    "workflow-show-mermaid": "workflow show --mermaid",
    "workflow-check": "workflow check",
    "workflow-check-story": "workflow check short.toml",
    "json/workflow-check-story": "workflow check short.toml --json",
    "ci-init": "ci init --yes",
    "ci-init-without-asking": "ci init",
    "ci-lint-nothing": "ci lint",
    "json/ci-init": "ci init --yes --json",
    "version": "--version",
    "json/status": "status --json",
    "json/status-at": "status --at 2026-03-02T09:00:18Z --json",
    "json/list": "list --json",
    "json/show": "show 1.4.0 --json",
    "json/log": "log 1.4.0 --json",
    "json/audit-verify": "audit verify --json",
    "json/policy-show": "policy show --json",
    "json/unknown-release": "show 1.4.1 --json",
    "typo-release": "show 1.4.1",
    "typo-command": "policyy show",
    "typo-option": "list --stat held",
    "typo-state": "list --state hold",
    "typo-event": "log --event release_holded",
    "typo-environment": "log --env pord",
    "missing-word": "hold 1.4.0",
    "not-a-number": "list --limit many",
    "not-a-time": "log --since yesterday",
    "not-a-span": "list --since 2026-05-05 --until 2026-05-04",
    "typo-person": "log --actor dane",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_output_is_as_kept(run: Run, home: Path, name: str) -> None:
    """The output of a command that reads is the one that was looked at when it was committed."""
    (home / "short.toml").write_text(SHORT)
    compare(name, transcript(OUTPUTS[name], run(*OUTPUTS[name].split()), home))


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups included."""
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


COMMANDS = tuple(commands(typer.main.get_command(application())))


def help_name(words: tuple[str, ...]) -> str:
    """The file of a command's help."""
    return f"help/{'-'.join(('relflow', *words))}"


@pytest.mark.parametrize("words", COMMANDS, ids="-".join)
def test_help_is_as_kept(run: Run, home: Path, words: tuple[str, ...]) -> None:
    """Each page of help is kept, and `-h` is `--help`."""
    shown = run(*words, "--help")
    compare(help_name(words), transcript(" ".join([*words, "--help"]), shown, home))
    assert run(*words, "-h") == shown


@pytest.mark.parametrize("words", [each for each in COMMANDS if each], ids="-".join)
def test_help_of_a_command_has_an_example_that_begins_with_its_words(run: Run, words: tuple[str, ...]) -> None:
    """Whoever asks for help sees a whole command; a group's help names its commands."""
    text = run(*words, "--help").out
    assert f"Example:  relflow {' '.join(words)}" in text or "Commands:" in text


@pytest.mark.skipif(WRITE, reason="they are being written")
def test_no_kept_output_is_left_over() -> None:
    """A file that no test compares would rot; stories and refusals are compared in test_stories.py."""
    assert kept() - kept("stories") - kept("refusals") == {*OUTPUTS, *map(help_name, COMMANDS)}
