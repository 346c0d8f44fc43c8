"""Every command that a page or a message names is one, with the options that it has."""

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from relflow.cli.failing import as_text
from relflow.cli.main import application
from relflow.cli.results import answer_of
from relflow.service.playing import deploy
from tests.docs.pages import PAGES, ROOT, USED, named, typed
from tests.doubles.clock import SteppingClock
from tests.doubles.team import WORKFLOW, assembled, memory_store

TOP: Any = typer.main.get_command(application())


def commands(command: Any, path: str) -> Iterator[str]:
    """Every command with its words, groups left out."""
    if not hasattr(command, "commands"):
        yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, f"{path} {name}")


COMMANDS = tuple(commands(TOP, "relflow"))


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words begin with, and the rest. Raises KeyError for none."""
    command = TOP
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def parse(line: str) -> None:
    """Parse a command as the command line does, without what the shell does. Raises KeyError or TyperException."""
    command, rest = resolve(shlex.split(re.split(" [>|] ", line, maxsplit=1)[0])[1:])
    with command.make_context("relflow", rest):
        pass


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section(name: str) -> None:
    """With what it does, and an example that it understands."""
    page = PAGES["docs/reference/commands.md"]
    found = re.search(rf"^## {name}\n\n(.+?)(?=\n## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    example = re.search(r"^Example:  (relflow .+)$", found[1], re.MULTILINE)
    assert example is not None
    assert example[1].startswith(name)
    parse(example[1])


def test_the_reference_has_no_section_too_many() -> None:
    """A command that went away leaves no page behind."""
    assert set(re.findall(r"^## (.+)$", PAGES["docs/reference/commands.md"], re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(USED))
def test_a_command_that_a_page_tells_to_type_can_be_typed(name: str) -> None:
    """Each parses as it stands: the command, its words, its options."""
    for line in typed(PAGES[name]):
        parse(line)


@pytest.mark.parametrize("name", PAGES)
def test_a_command_that_a_sentence_names_is_one(name: str) -> None:
    """It need not be whole, but the command and each option of it exist."""
    for line in named(PAGES[name]):
        if "…" in line.split()[1]:
            continue
        command, rest = resolve([word for word in shlex.split(line)[1:] if not word.isupper()])
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known, line


def test_the_check_of_commands_can_fail() -> None:
    """A command, an option or a word that is not there is noticed."""
    parse("relflow approve 2.4.0 dev -m 'read the diff'")
    for line in ("relflow approves 2.4.0 dev", "relflow approve 2.4.0", "relflow status --jsno", "relflow db rebuilt"):
        with pytest.raises((KeyError, typer.TyperException)):
            parse(line)
    page = "```\nrelflow status     # what runs\n$ cd there && A=b relflow log\nmake test\n```"
    assert list(typed(page)) == ["relflow status", "relflow log"]


def steps() -> Iterator[tuple[str, str]]:
    """What the code itself tells people to type: texts that begin with the name of the command."""
    for file in sorted((ROOT / "relflow").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.match(r"relflow [a-z]+\b", text):
                yield file.name, text


def test_every_step_that_a_message_names_is_a_command() -> None:
    """`next:` never leads to a command that is not there."""
    found = list(steps())
    assert len(found) > 20
    prose = {"relflow failed in a way nobody foresaw"}
    for file, text in found:
        if text not in prose:
            first = text.split()[1]
            assert first in TOP.commands, f"{file}: {text}"
            group = TOP.commands[first]
            words = text.partition("     ")[0].split()  # behind the gap stands what it does
            if hasattr(group, "commands") and len(words) > 2:
                assert words[2] in group.commands, f"{file}: {text}"


def test_the_refusal_in_the_readme_is_what_is_said() -> None:
    """The example of a message is one."""
    clock = SteppingClock()
    team = assembled(memory_store(clock), clock)
    team.tested("1.4.0")
    failure = answer_of(deploy(team.app("chris"), "1.4.0", "dev"), team.gitlab.project.path, WORKFLOW).failure
    assert failure is not None
    assert f"```\n{as_text(failure)}\n```" in PAGES["README.md"]


def test_the_why_in_the_readme_is_what_is_said() -> None:
    """It is the page that is kept of that question, to the letter."""
    page = (ROOT / "tests/cli/golden/stories/asking-why-of-production.txt").read_text()
    said = page[page.index("$ relflow why") :].rstrip()
    assert f"```\n{said}\n```" in PAGES["README.md"]
