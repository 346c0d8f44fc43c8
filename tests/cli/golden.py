"""Outputs kept as files, compared to the letter.

They are in `golden/`. After a change that is meant, write them anew and read the difference before it is committed:

    RELFLOW_GOLDEN=write make test ARGS="tests/cli"
"""

import os
from pathlib import Path

from tests.cli.running import Ended

FOLDER = Path(__file__).parent / "golden"
#: Read before any test clears the environment.
WRITE = os.environ.get("RELFLOW_GOLDEN") == "write"


def transcript(words: str, ended: Ended, home: Path, who: str = "") -> str:
    """What somebody sees: the command, its answer, what it says besides, and an exit code that is not 0."""
    lines = [f"{who}$ relflow {words}", *filter(None, [ended.out.rstrip("\n")])]
    if ended.err:
        lines += ["-- stderr", ended.err.rstrip("\n")]
    if ended.code:
        lines += [f"-- exit code {ended.code}"]
    return "\n".join([*lines, ""]).replace(str(home), "HOME")


def compare(name: str, text: str) -> None:
    """Fail where the file holds something else; write it where that is wanted."""
    file = FOLDER / f"{name}.txt"
    if WRITE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert file.exists(), f"{file.name} is not there; see {__name__}"
    assert text == file.read_text(), f"{file.name} differs; see {__name__}"


def kept(within: str = ".") -> set[str]:
    """The names of all files, or of those in one folder."""
    return {str(file.relative_to(FOLDER).with_suffix("")) for file in (FOLDER / within).rglob("*.txt")}
