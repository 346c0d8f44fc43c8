"""People whose commands may die: the test's side of `dying`."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from relflow.service.app import App
from tests.acceptance.person import TOKEN_MARK, Ended
from tests.acceptance.team import Team
from tests.faults.dying import Hurried

KILLED = -9


class HastyTeam(Team):
    """What is arranged sleeps a hundredth of what it would."""

    def app(self, who: str) -> App:
        """The use cases of that person, in a hurry."""
        return replace(super().app(who), clock=Hurried())


@dataclass
class Mortals:
    """A team's shell whose processes are forked from a warm one; `ahead_s` is how far its clock is ahead."""

    team: Team
    parent: "subprocess.Popen[str]"
    ahead_s: float = 0.0
    count: int = 0
    #: Whether what is asked of the disk goes to the trail as well.
    records: bool = False

    def types(self, who: str, *words: object, dies_at: int | str | None = None) -> Ended:
        """Run a command to its end, or to the step at which it is killed."""
        self.count += 1
        place = self.team.home / "said" / f"mortal-{self.count}"
        place.parent.mkdir(exist_ok=True)
        names = {each: str(place.with_suffix(f".{each}")) for each in ("out", "err", "trail")}
        token = self.team.site.token(who)
        order: dict[str, Any] = {
            **names,
            "words": [str(word) for word in words],
            "home": str(self.team.home),
            "environment": self.team.shell.environment(token),
            "dies_at": dies_at,
            "ahead_s": self.ahead_s,
            "records": str(self.team.database) if self.records else None,
        }
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write(json.dumps(order) + "\n")
        self.parent.stdin.flush()
        code = int(self.parent.stdout.readline())
        out, err = (Path(names[each]).read_text() for each in ("out", "err"))
        ended = Ended(tuple(order["words"]), code, out, err)
        assert TOKEN_MARK not in ended.out + ended.err, ended
        assert "Traceback" not in ended.out + ended.err, ended
        return ended

    def trail(self) -> list[list[Any]]:
        """What the commands went through, in order: steps, records that they were told are kept, the disk's work."""
        files = [self.team.home / "said" / f"mortal-{number}.trail" for number in range(1, self.count + 1)]
        return [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]

    def kept(self) -> None:
        """Every record that any command was told is kept stands in the log, byte for byte."""
        with closing(sqlite3.connect(self.team.database)) as connection:
            found = dict(connection.execute("SELECT seq, hash FROM audit"))
        told = {step[1]: step[2] for step in self.trail() if step[0] == "told"}
        assert told.items() <= found.items()


@contextmanager
def mortals(team: Team) -> Iterator[Mortals]:
    """A warm process for that team's commands, which ends with the block."""
    command = [sys.executable, "-m", "tests.faults.dying"]
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        yield Mortals(team, parent)
        assert parent.stdin is not None
        parent.stdin.close()
