"""How a long command goes on: one live line on a terminal, a plain line for each change elsewhere."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from shutil import get_terminal_size

from relflow.cli.command import Call
from relflow.core.facts import Job
from relflow.core.people import Member
from relflow.core.text import escaped


@dataclass(slots=True)
class Progress:
    """Talks on stderr. On a terminal a job that is watched alone is shown on one line that is written over."""

    is_terminal: bool
    #: The last status of each job that was shown.
    shown: dict[int, str] = field(default_factory=dict)
    open_line: bool = False

    def note(self, text: str) -> None:
        """Something worth a line happened."""
        self.end_line()
        _tell(f"{escaped(text)}\n")

    def answer(self, text: str) -> None:
        """A line of the answer itself is there, before the command ends."""
        self.end_line()
        print(text, flush=True)

    def proven(self, log: str, member: Member | None) -> None:
        """Keep who was proven on this machine, for `status`."""
        from relflow.bootstrap import remember

        remember(log, member)

    def watching(self, job: Job) -> None:
        """Show the job's status, since when, and where to look."""
        line = escaped(f"{job.name} (job {job.id}): {job.status}{self._since(job)}")
        if self.is_terminal and not self.shown.keys() - {job.id}:
            if not self.shown:
                self.note(job.url)
            # A line that wraps could not be written over.
            _tell(f"\r\x1b[2K{line[: get_terminal_size().columns - 1]}")
            self.open_line = True
        elif self.shown.get(job.id) != job.status:
            self.note(f"{line}  {job.url}")
        self.shown[job.id] = job.status

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
