"""A member of the team at a shell: real commands as real processes, and what must be true of every one of them."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self, TypeVar

from tests import warm
from tests.acceptance.documented import is_as_documented
from tests.cli.schemas import wrong_of

T = TypeVar("T")

#: What the contract of the command line allows a command to end with.
EXIT_CODES = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 8, 130})
#: Every token of the sandbox begins so; no output and no file may have it.
TOKEN_MARK = "glpat-"
PATIENCE_S = 90.0


def eventually(found: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """Return what is found once it is something. For what happens in another process, where nobody can tell."""
    deadline = time.monotonic() + timeout_s
    while not (result := found()):
        assert time.monotonic() < deadline, f"nothing after {timeout_s} seconds"
        time.sleep(0.01)
    return result


@dataclass(frozen=True)
class Ended:
    """How a command ended. The checks return it again, so that they can be chained."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    #: What GitLab received meanwhile, from this command or another: `GET /user`, say.
    asked: tuple[str, ...] = ()

    def ends(self, code: int) -> Self:
        """It ended with that exit code."""
        assert self.code == code, f"ended with {self.code}, not {code}\n{self}"
        return self

    def says(self, *texts: str) -> Self:
        """It said each of these, on stdout or stderr."""
        missing = [text for text in texts if text not in self.out + self.err]
        assert not missing, f"does not say {missing}\n{self}"
        return self

    def keeps_quiet_about(self, *texts: str) -> Self:
        """It said none of these."""
        said = [text for text in texts if text in self.out + self.err]
        assert not said, f"says {said}\n{self}"
        return self

    @property
    def json(self) -> Any:
        """What it printed, which must be one JSON value of the published shape and nothing else."""
        value = json.loads(self.out)
        assert wrong_of(self.words, value) == [], self
        return value

    @property
    def events(self) -> list[str]:
        """The names of the events that it recorded, in their order."""
        return [each["event"] for each in self.json["events"]]

    def __str__(self) -> str:
        return f"$ relflow {' '.join(self.words)}\n{self.out}--- stderr\n{self.err}"


class Started:
    """A command under way in a process of its own."""

    def __init__(
        self,
        words: tuple[str, ...],
        received: Callable[[], list[str]],
        place: Path,
        begin: Callable[[Path, Path], BaseProcess],
    ) -> None:
        self._words, self._received, self._before = words, received, len(received())
        self._said = (place.with_suffix(".out"), place.with_suffix(".err"))
        for file in self._said:
            file.touch()
        self._process = begin(*self._said)

    def until_it_says(self, text: str) -> Self:
        """Wait until that stands on stderr, where commands talk while they work."""
        err = self._said[1]
        eventually(lambda: text in err.read_text() or self.is_over)
        assert text in err.read_text(), f"ended without saying {text!r}\n{self.ended()}"
        return self

    def interrupted(self) -> Self:
        """Press Ctrl-C."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGINT)
        return self

    def killed(self) -> None:
        """End it as kill -9 does: no handler of the product runs."""
        self._process.kill()
        self._process.join()

    def ended(self, patience_s: float = PATIENCE_S) -> Ended:
        """Wait for its end; whatever the story, it keeps the promises of every command."""
        self._process.join(patience_s)
        code = self._process.exitcode
        assert code is not None, f"no end after {patience_s} seconds: relflow {' '.join(self._words)}"
        asked = tuple(self._received()[self._before :])
        out, err = (file.read_text() for file in self._said)
        found = Ended(self._words, code, out, err, asked)
        assert found.code in EXIT_CODES, found
        assert TOKEN_MARK not in found.out + found.err, found
        if "--debug" not in self._words:
            assert "Traceback" not in found.out + found.err, found
        return found

    @property
    def is_over(self) -> bool:
        """Whether its process ended."""
        return self._process.exitcode is not None

    def abandon(self) -> None:
        """Leave nothing running."""
        if not self.is_over:
            self.killed()


def nothing() -> list[str]:
    """What is received where there is no GitLab."""
    return []


@dataclass
class Shell:
    """The folder in which a team works, and the processes that were started there."""

    home: Path
    received: Callable[[], list[str]] = nothing
    #: Whether its commands are started from nothing, as an installed one is, instead of from a warm process.
    is_cold: bool = False
    started: list[Started] = field(default_factory=list)

    def start(self, words: tuple[str, ...], token: str | None, more: Mapping[str, str]) -> Started:
        """Run a command in an environment with nothing of this machine's user in it."""
        place = self.home / "said" / f"{len(self.started)}-{words[0]}"
        place.parent.mkdir(exist_ok=True)
        environment = {**self.environment(token), **more}

        def begin(out: Path, err: Path) -> BaseProcess:
            return warm.begin(words, self.home, environment, (os.devnull, out, err), is_cold=self.is_cold)

        self.started.append(Started(words, self.received, place, begin))
        return self.started[-1]

    def environment(self, token: str | None) -> dict[str, str]:
        """What a command of somebody with that token finds set."""
        foreign = ("RELFLOW_", "GITLAB_", "CI", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        mine = {"HOME": str(self.home / "user"), "TZ": "UTC", "COLUMNS": "120", "TERM": "dumb"}
        return {**kept, **mine, **({"RELFLOW_TOKEN": token} if token else {})}


@dataclass(frozen=True)
class Person:
    """Somebody with a token, or without one."""

    name: str
    shell: Shell
    token: str | None

    def starts(self, *words: object, **more: str) -> Started:
        """Type a command and go on, while it works."""
        return self.shell.start(tuple(map(str, words)), self.token, more)

    def types(self, *words: object, **more: str) -> Ended:
        """Type a command and wait for its end; done alone, it asks GitLab what the reference says."""
        alone = all(one.is_over for one in self.shell.started)
        ended = self.starts(*words, **more).ended()
        if alone and self.shell.received is not nothing and ended.code == 0:
            assert is_as_documented(ended.words, ended.asked), f"{ended.asked}\n{ended}"
        return ended
