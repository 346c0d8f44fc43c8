"""A person at a terminal: a process whose every end is a pseudo-terminal, which sends a real SIGINT on Ctrl-C."""

import fcntl
import os
import pty
import select
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests import warm

CTRL_C = "\x03"
PATIENCE_S = 20.0


def controlled() -> None:
    """Let the terminal be the one that controls this process, as a shell does it; else Ctrl-C would be a character."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@dataclass
class Terminal:
    """What is shown on it so far, and whoever types."""

    process: BaseProcess
    master: int
    shown: str = ""

    def until(self, text: str) -> None:
        """Read until the text is shown."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.shown:
            assert time.monotonic() < end, f"not shown: {text!r}; but: {self.shown!r}"
            assert self._read() or text in self.shown, f"ended without {text!r}: {self.shown!r}"

    def types(self, text: str) -> None:
        """Press these keys."""
        os.write(self.master, text.encode())

    def interrupts(self) -> None:
        """Press Ctrl-C until it is heard: in the instant before it begins to read, Python hears none."""
        again = 0.0
        end = time.monotonic() + PATIENCE_S
        while "interrupted." not in self.shown and self.process.exitcode is None and time.monotonic() < end:
            if time.monotonic() > again:
                self.types(CTRL_C)
                again = time.monotonic() + 2
            if select.select([self.master], [], [], 0.1)[0] and not self._read():
                return

    def ended(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        self.process.join(PATIENCE_S)
        assert self.process.exitcode is not None, f"no end; but: {self.shown!r}"
        return self.process.exitcode

    def _read(self) -> bool:
        """Whether there was something to read, which may come as long as the process lives."""
        if self.master not in select.select([self.master, self.process.sentinel], [], [], PATIENCE_S)[0]:
            return False
        self.shown += os.read(self.master, 65536).decode().replace("\r\n", "\n")
        return True


@contextmanager
def at_terminal(folder: Path, *words: str, **env: str) -> Iterator[Terminal]:
    """The command, run at a terminal."""
    master, slave = pty.openpty()
    tty = os.ttyname(slave)
    process = warm.begin(words, folder, {**os.environ, **env}, (tty, tty, tty), before=controlled)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.join()
        os.close(master)
        os.close(slave)
