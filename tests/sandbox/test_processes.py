"""Job processes on their own: none begins after the end, and none is left."""

import signal
import threading
from pathlib import Path

from relflow.sandbox.engine.processes import Processes
from tests.sandbox.repositories import eventually, is_alive


def script(folder: Path, text: str) -> Path:
    """Write a script."""
    (folder / "script.sh").write_text(text)
    return folder / "script.sh"


def test_nothing_begins_after_the_end(tmp_path: Path) -> None:
    """A job that is still being checked out when the sandbox ends never gets a process."""
    processes = Processes()
    processes.kill_all()
    marked = script(tmp_path, f"touch {tmp_path}/ran\n")
    assert processes.run(1, marked, tmp_path, {}, tmp_path / "trace") == -signal.SIGTERM
    assert not (tmp_path / "ran").exists()


def test_a_job_can_be_ended_before_it_begins(tmp_path: Path) -> None:
    """The same for one that was canceled during its check-out; others are not concerned."""
    processes = Processes()
    processes.kill(1)
    assert processes.run(1, script(tmp_path, "exit 0\n"), tmp_path, {}, tmp_path / "trace") == -signal.SIGTERM
    assert processes.run(2, script(tmp_path, "exit 7\n"), tmp_path, {}, tmp_path / "trace") == 7


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    """A script that ignores the polite signal is gone when everything ends, children first or not."""
    processes = Processes()
    stubborn = script(tmp_path, f"trap '' TERM\nsleep 300 & echo $! $$ > {tmp_path}/pids\nwait\nsleep 300\n")
    thread = threading.Thread(target=processes.run, args=(1, stubborn, tmp_path, {}, tmp_path / "trace"))
    thread.start()
    pids = [int(pid) for pid in eventually(lambda: _read(tmp_path / "pids")).split()]
    processes.kill(1)
    processes.kill_all()
    thread.join()
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
