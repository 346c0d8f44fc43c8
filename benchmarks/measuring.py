"""What is measured the same way everywhere: contenders take turns, and a ratio is the median of the rounds' ratios."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TIMED = [sys.executable, "-I", "-S", str(Path(__file__).with_name("timed.py"))]


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table: `value` shall be at most the goal, or at least, as `at_most` says; None is not measured."""

    what: str
    value: float | None
    goal: float
    at_most: bool
    detail: str
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached."""
        if self.value is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ran: wall time, and the largest memory of any of its processes."""

    seconds: float
    peak_mb: float


def run(command: list[str], folder: Path, **more: str) -> Ran:
    """Run the command in the folder with nothing of the user's settings. Raises CalledProcessError where it fails."""
    told = subprocess.run(
        [*TIMED, *command],
        cwd=folder,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    seconds, peak_kb = told.stdout.split()
    return Ran(float(seconds), float(peak_kb) / 1024)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a command: this one's without settings of GitLab and relflow, and a home in the folder."""
    unwanted = ("RELFLOW_", "GITLAB_", "CI", "XDG_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "HOME": str(folder), "TZ": "UTC", **more}


def relflow(*words: str) -> list[str]:
    """The installed command."""
    return [str(Path(sys.executable).parent / "relflow"), *words]


def in_turns(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each gives in each round; in every second round they come in the opposite order."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(contenders)[::-1]
        for name in names:
            found[name].append(contenders[name]())
    return found


def ratio(these: list[float], those: list[float]) -> float:
    """The median of the rounds' ratios."""
    return median(this / that for this, that in zip(these, those, strict=True))
