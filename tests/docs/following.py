"""Following a page: its console blocks are typed into real shells, and what it shows is held against what is said.

A block's title says at whose terminal it is typed. After a change that is meant, write the pages anew and read the
difference before it is committed: `RELFLOW_GOLDEN=write make test ARGS="tests/docs -m ''"`.
"""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.person import PATIENCE_S, eventually
from tests.cli.golden import WRITE
from tests.cli.running import environment
from tests.docs.pages import ROOT

#: It goes on until Ctrl-C: it is followed as soon as it has said as much as the page shows, and left its ready file.
ENDLESS = "relflow sandbox run"
READY = "ready.json"
#: What a page leaves out of an output, or of a path that is the reader's own.
LEFT_OUT = "…"
_END = "\x1e"
_OPEN = re.compile(r'( *)```console(?: title="(.+)")?')
#: How far a job is, where nobody knows how many of these are seen before it ended.
_MEANWHILE = re.compile(r"^[\w-]+ \(job \d+\): .*\n?", re.MULTILINE)
_VARIES = {
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}": "TIME",
    r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b": "MINUTE",
    r"\b[0-9a-f]{12}\b": "SHA",
    r"\b[0-9a-f]{64}\b": "DIGEST",
    r"\b\d{4,}\b": "ID",  # of jobs and pipelines, and ports
    r"job ID is \w+,": "job ID is STATUS,",
    r" +$": "",
}


@dataclass(frozen=True)
class Step:
    """A command of a page, under which heading and at whose terminal, and which lines of the page show what it says."""

    command: str
    heading: str
    terminal: str
    begin: int
    end: int
    indent: str

    def shown(self, lines: list[str]) -> str:
        """What the page shows."""
        return "".join(f"{line.removeprefix(self.indent)}\n" for line in lines[self.begin : self.end])


def steps(lines: list[str]) -> Iterator[Step]:
    """The commands of the page's console blocks, in order: what begins with `$ `, and with `> ` goes on."""
    place, heading = 0, ""
    while place < len(lines):
        heading = lines[place] if lines[place].startswith("#") else heading
        opened = _OPEN.fullmatch(lines[place])
        place += 1
        while opened and lines[place] != f"{opened[1]}```":
            command = [lines[place].removeprefix(f"{opened[1]}$ ")]
            begin = place + 1
            while lines[begin].startswith(f"{opened[1]}> "):
                command.append(lines[begin].removeprefix(f"{opened[1]}> "))
                begin += 1
            place = begin
            while not lines[place].startswith((f"{opened[1]}$ ", f"{opened[1]}```")):
                place += 1
            yield Step("\n".join(command), heading, opened[2] or "", begin, place, opened[1])


class Shell:
    """A bash that is typed into, one command after the other; all that is said comes on one stream, as on a screen."""

    def __init__(self, folder: Path, **more: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._folder = folder
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment(folder, PATH=path, XDG_DATA_HOME=str(folder / ".local" / "share"), **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )

    def types(self, command: str, shown: str) -> str:
        """Type the command; what was said at its end, or once it said as much as was shown if it has no end."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf {_END}\n".encode())
        if ENDLESS not in command:
            return self._until(lambda said: said.endswith(_END)).removesuffix(_END)
        said = self._until(lambda said: said.count("\n") >= max(1, shown.count("\n")))
        eventually(lambda: list(self._folder.rglob(READY)))
        return said

    def _until(self, is_over: Callable[[str], bool]) -> str:
        assert self._process.stdout is not None
        said, deadline = b"", time.monotonic() + PATIENCE_S
        while not is_over(said.decode(errors="replace")):
            ready = select.select([self._process.stdout], [], [], deadline - time.monotonic())[0]
            assert ready, f"no end after {PATIENCE_S} s: {said.decode()}"
            piece = os.read(self._process.stdout.fileno(), 1 << 16)
            assert piece, f"the shell ended: {said.decode()}"
            said += piece
        return said.decode()

    def close(self) -> None:
        """End it and all that it started, as somebody who closes the window."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate()


@contextmanager
def shells(open_one: Callable[[str], Shell]) -> Iterator[Callable[[str], Shell]]:
    """One shell for each title, opened when it is first typed at."""
    opened: dict[str, Shell] = {}

    def at(title: str) -> Shell:
        if title not in opened:
            opened[title] = open_one(title)
        return opened[title]

    try:
        yield at
    finally:
        for each in opened.values():
            each.close()


def follow(
    name: str,
    open_one: Callable[[str], Shell],
    stands_for: Mapping[str, str],
    before: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Type every command of the page; each must say what the page shows.

    `stands_for` maps what the page names to what is meant here: `{"8929": "40123"}` for a port. `before` is what
    happens when the reader comes to the first command under a heading.
    """
    file = ROOT / name
    lines = file.read_text().splitlines()
    to_come = dict(before or {})
    done: list[tuple[Step, str]] = []
    with shells(open_one) as at:
        for step in steps(lines):
            to_come.pop(step.heading, lambda: None)()
            done.append((step, _followed(step, at(step.terminal), lines, stands_for)))
    assert done, f"{name} has no console block"
    assert not to_come, f"{name} has no such heading, or no command under it"
    if WRITE:
        file.write_text(_rewritten(lines, done))
        lines = file.read_text().splitlines()
        done = [(step, said) for step, (_, said) in zip(steps(lines), done, strict=True)]
    for step, said in done:
        shown = step.shown(lines)
        assert fits(shown, said), f"{name}:{step.begin}: $ {step.command}\n--- shown\n{shown}--- said\n{said}"


def _followed(step: Step, shell: Shell, lines: list[str], stands_for: Mapping[str, str]) -> str:
    command = step.command
    for shown, meant in stands_for.items():
        command = command.replace(shown, meant) if shown != LEFT_OUT else command
    said = shell.types(command, step.shown(lines))
    for shown, meant in stands_for.items():
        said = said.replace(meant, shown)
    return _MEANWHILE.sub("", said)


def _rewritten(lines: list[str], done: list[tuple[Step, str]]) -> str:
    fresh = list(lines)
    for step, said in reversed(done):
        if not fits(step.shown(lines), said):
            fresh[step.begin : step.end] = [f"{step.indent}{line}".rstrip() for line in said.splitlines()]
    return "\n".join([*fresh, ""])


def fits(shown: str, said: str) -> bool:
    """Whether that was said, but for what varies and for the lines that a line `…` leaves out."""
    parts = (re.escape(_masked(part)) for part in re.split(rf"(?m)^{LEFT_OUT}\n", _MEANWHILE.sub("", shown)))
    return re.fullmatch("(?:.*\n)*?".join(parts), _masked(said)) is not None


def _masked(text: str) -> str:
    for pattern, word in _VARIES.items():
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text
