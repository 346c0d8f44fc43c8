"""Only the module of the command that is typed is loaded; which one that is, is no second truth."""

import pytest
import typer.main

from relflow.cli.main import COMMANDS, application, first_word


@pytest.mark.parametrize("module", COMMANDS)
def test_each_word_stands_with_its_module(module: str) -> None:
    """What is loaded for a word are the commands of its module, and all that are listed for it."""
    for word in COMMANDS[module]:
        assert tuple(typer.main.get_command(application(word)).commands) == COMMANDS[module]  # type: ignore[attr-defined]


def test_all_of_them_are_the_help() -> None:
    """No word, or one that is no command, loads every module."""
    every = sorted(word for words in COMMANDS.values() for word in words)
    for word in ("", "statsu"):
        assert sorted(typer.main.get_command(application(word)).commands) == every  # type: ignore[attr-defined]


BASH = {"_RELFLOW_COMPLETE": "complete_bash"}


@pytest.mark.parametrize(
    ("words", "environment", "word"),
    [
        (["status"], {}, "status"),
        (["status", "--at", "x"], {}, "status"),
        (["--version"], {}, "--version"),
        ([], {}, ""),
        ([], {**BASH, "COMP_WORDS": "relflow show 1."}, "show"),
        ([], {**BASH, "COMP_WORDS": "relflow sho"}, ""),
        ([], {"_RELFLOW_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "relflow show 1."}, "show"),
        (["list"], {"COMP_WORDS": "git push origin"}, "list"),
    ],
)
def test_the_first_word(words: list[str], environment: dict[str, str], word: str) -> None:
    """Typed, or in the line that the shell wants completed, unless it may go on."""
    assert first_word(words, environment) == word
