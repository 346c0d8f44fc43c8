"""How a long command goes on: one live line on a terminal, a plain line for each change elsewhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from shutil import get_terminal_size

from relflow.cli.command import Call
from relflow.core.facts import Job
from relflow.core.people import Member
from relflow.core.text import escaped


@dataclass(slots=True)
class Progress:
    """Talks on stderr. On a terminal the same job is shown on one line that is written over."""

    is_terminal: bool
    shown: tuple[int, str] | None = None
    open_line: bool = False

    def note(self, text: str) -> None:
        """Something worth a line happened."""
        self.end_line()
        _tell(f"{escaped(text)}\n")

    def proven(self, log: str, member: Member | None) -> None:
        """Keep who was proven on this machine, for `status`."""
        from relflow.bootstrap import remember

        remember(log, member)

    def watching(self, job: Job) -> None:
        """Show the job's status, since when, and where to look."""
        line = escaped(f"{job.name} (job {job.id}): {job.status}{self._since(job)}")
        if self.is_terminal:
            if self.shown is None or self.shown[0] != job.id:
                self.note(job.url)
            # A line that wraps could not be written over.
            _tell(f"\r\x1b[2K{line[: get_terminal_size().columns - 1]}")
            self.open_line = True
        elif self.shown != (job.id, job.status):
            _tell(f"{line}  {escaped(job.url)}\n")
        self.shown = (job.id, job.status)

    def end_line(self) -> None:
        """Leave the live line standing."""
        if self.open_line:
            _tell("\n")
            self.open_line = False

    @staticmethod
    def _since(job: Job) -> str:
        if job.started_at is None:
            return ""
        from relflow.bootstrap import now

        seconds = max(0, int((now() - job.started_at).total_seconds()))
        return f" since {job.started_at.astimezone():%H:%M:%S} ({seconds} s)"


def _tell(text: str) -> None:
    # Nobody has to listen: a pipe that was closed must not stop a deployment between two of its steps.
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def listening(call: Call) -> Iterator[Progress]:
    """The listener for this call; its live line is left standing at the end."""
    progress = Progress(sys.stderr.isatty() and not call.as_json and os.environ.get("TERM") != "dumb")
    try:
        yield progress
    finally:
        progress.end_line()
