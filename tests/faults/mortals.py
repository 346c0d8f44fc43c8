"""People whose commands may die: the test's side of `dying`."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from relflow.service.app import App
from tests import warm
from tests.acceptance.person import PATIENCE_S, TOKEN_MARK, Ended
from tests.acceptance.team import Team
from tests.faults.dying import Hurried, fated

KILLED = -9


class HastyTeam(Team):
    """What is arranged sleeps a hundredth of what it would."""

    def app(self, who: str) -> App:
        """The use cases of that person, in a hurry."""
        return replace(super().app(who), clock=Hurried())


@dataclass
class Mortals:
    """A team's shell whose processes may die; `ahead_s` is how far its clock is ahead."""

    team: Team
    ahead_s: float = 0.0
    count: int = 0
    #: Whether what is asked of the disk goes to the trail as well.
    records: bool = False

    def types(self, who: str, *words: object, dies_at: int | str | None = None) -> Ended:
        """Run a command to its end, or to the step at which it is killed."""
        self.count += 1
        place = self.team.home / "said" / f"mortal-{self.count}"
        place.parent.mkdir(exist_ok=True)
        out, err, trail = (place.with_suffix(f".{each}") for each in ("out", "err", "trail"))
        shell, typed = self.team.shell, tuple(map(str, words))
        fate = partial(fated, trail, dies_at, self.ahead_s, self.team.database if self.records else None)
        environment = shell.environment(self.team.site.token(who))
        process = warm.begin(typed, self.team.home, environment, (os.devnull, out, err), before=fate)
        process.join(PATIENCE_S)
        process.kill()  # nobody would wait for it at the end of the tests
        assert process.exitcode is not None, f"no end: relflow {' '.join(typed)}"
        ended = Ended(typed, process.exitcode, out.read_text(), err.read_text())
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
