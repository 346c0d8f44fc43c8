"""Job processes: each leads a group of its own, so that ending it ends its children too."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

GRACE_S: Final = 2.0
# A job sees these of the surroundings and nothing else: whoever starts the sandbox may have secrets in theirs.
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "USER", "LOGNAME", "TERM")


class Processes:
    """The running job processes by job id."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._ended: set[int] = set()
        self._closed = False
        self._lock = threading.Lock()

    def run(self, job_id: int, script: Path, folder: Path, variables: Mapping[str, str], trace: Path) -> int:
        """Run a script to its end, its output added to the trace, and return its exit code."""
        surroundings = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        with trace.open("ab") as output, self._lock:
            if self._closed or job_id in self._ended:
                return -signal.SIGTERM
            process = subprocess.Popen(
                ["bash", "--noprofile", "--norc", str(script)],  # noqa: S607  # the bash that PATH names
                cwd=folder,
                env={**surroundings, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running[job_id] = process
        code = process.wait()
        with self._lock:
            del self._running[job_id]
        _signal_group(process.pid, signal.SIGKILL)  # what the script left running in the background
        return code

    def kill(self, job_id: int) -> None:
        """End a job: politely first, and for good after a moment. Also stops one that is about to start."""
        with self._lock:
            self._ended.add(job_id)
            process = self._running.get(job_id)
        if process is not None:
            _signal_group(process.pid, signal.SIGTERM)
            timer = threading.Timer(GRACE_S, self._kill_if_running, (job_id, process))
            timer.daemon = True
            timer.start()

    def kill_all(self) -> None:
        """End every job at once, and let no other begin."""
        with self._lock:
            self._closed = True
            processes = list(self._running.values())
        for process in processes:
            _signal_group(process.pid, signal.SIGKILL)

    def _kill_if_running(self, job_id: int, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if self._running.get(job_id) is process:
                _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself
        os.killpg(group, number)
