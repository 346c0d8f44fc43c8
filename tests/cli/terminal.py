"""A person at a terminal: a process whose every end is a pseudo-terminal, which sends a real SIGINT on Ctrl-C."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CTRL_C = "\x03"
PATIENCE_S = 20.0
#: The terminal becomes the one that controls the process, as a shell does it; else Ctrl-C would be a character.
LAUNCH = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from relflow.__main__ import main
main()
"""


@dataclass
class Terminal:
    """What is shown on it so far, and whoever types."""

    process: "subprocess.Popen[bytes]"
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
        while "interrupted." not in self.shown and self.process.poll() is None and time.monotonic() < end:
            if time.monotonic() > again:
                self.types(CTRL_C)
                again = time.monotonic() + 2
            if select.select([self.master], [], [], 0.1)[0] and not self._read():
                return

    def ended(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        if not select.select([self.master], [], [], PATIENCE_S)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += data.decode().replace("\r\n", "\n")
        return bool(data)


@contextmanager
def at_terminal(folder: Path, *words: str, **env: str) -> Iterator[Terminal]:
    """The command, run at a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *words],
        cwd=folder,
        env={**os.environ, **env},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
