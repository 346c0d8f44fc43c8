"""Ways to run the command: in this process where only words and answers matter, else as a process of its own."""

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from relflow.cli.main import main
from tests import warm


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be one JSON value."""
        return json.loads(self.out)


Run = Callable[..., Ended]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of the machine's user in it, in UTC."""
    unwanted = ("RELFLOW_", "GITLAB_", "CI", "XDG_", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    state = {"XDG_STATE_HOME": str(home / "state"), "XDG_DATA_HOME": str(home / "data"), "HOME": str(home)}
    return {**kept, **state, "TZ": "UTC", "COLUMNS": "100", "TERM": "dumb", **more}


def run_here(folder: Path, *words: str, **more: str) -> Ended:
    """Run the command in the folder, in this process: no terminal, nothing to read from."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setattr(sys, "argv", ["relflow", *words])
        patch.setattr(sys, "stdin", io.StringIO())
        for name, value in more.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int)
    return Ended(ended.value.code, out.getvalue(), err.getvalue())


def command(*words: str) -> Sequence[str]:
    """The words of a process of its own."""
    return [sys.executable, "-m", "relflow", *words]


def run_in(folder: Path, *words: str, **more: str) -> Ended:
    """Run the command in the folder, as a process."""
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place) / "out", Path(place) / "err"
        process = warm.begin(words, folder, {**os.environ, **more}, (os.devnull, out, err))
        process.join()
        assert process.exitcode is not None
        return Ended(process.exitcode, out.read_text(), err.read_text())
