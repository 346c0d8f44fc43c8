"""A desk at which a team types real commands: one folder, a GitLab in memory, and one clock that only steps."""

import hashlib
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from relflow import bootstrap
from relflow.core.facts import UNDERWAY
from relflow.core.release import Release
from relflow.service.playing import deploy
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.cli.golden import transcript
from tests.cli.running import Ended, run_here
from tests.cli.schemas import wrong_of
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab
from tests.doubles.gitlab_world import URL
from tests.doubles.team import LOG, Team, done


@dataclass
class NamedCommits(FakeGitLab):
    """The double, with commits that can be told apart by as much of their names as is shown."""

    def commit(self, ref: str) -> str:
        """A new commit, which the ref names from now on."""
        name = hashlib.sha256(f"{ref}, {len(self.commits)}".encode()).hexdigest()[:40]
        self.refs[ref] = name
        self.commits.append(name)
        return name


@dataclass
class Desk:
    """The team at work; the page grows with each command that is typed."""

    folder: Path
    team: Team
    page: list[str] = field(default_factory=list)

    @property
    def gitlab(self) -> FakeGitLab:
        """The world around."""
        return self.team.gitlab

    def __call__(self, who: str, words: str) -> Ended:
        """That person types this, and it stands on the page with what is said."""
        ended = self.runs(who, *shlex.split(words))
        self.page.append(transcript(words, ended, self.folder, who))
        return ended

    def does(self, who: str, words: str) -> None:
        """That person types this, and it is done."""
        ended = self.runs(who, *shlex.split(words))
        assert ended.code == 0, ended

    def runs(self, who: str, *words: str) -> Ended:
        """That person types this; what is printed as JSON has the published shape."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "gitlab_at", lambda _: self.gitlab.connect(who))
            patch.setattr(bootstrap, "CLOCK", self.team.clock)
            token = {"RELFLOW_TOKEN": self.gitlab.people[who].token, "RELFLOW_GITLAB_URL": URL}
            ended = run_here(self.folder, *words, **token)
        if "--json" in words and "watch" not in words:
            assert wrong_of(words, ended.json) == [], ended
        return ended

    def told(self, situation: Callable[..., object]) -> str:
        """The page under its situation, without a folder of this machine."""
        text = "\n".join([f"# {situation.__doc__}", *self.page])
        return text.replace(str(self.folder.parent / "user"), "USER")

    def asks_for(self, requirements: str) -> None:
        """The policy in force asks for that from now on."""
        file = self.folder / "relflow.toml"
        file.write_text(f"{file.read_text()}\n[requirements]\n{requirements}\n")
        self.does("anna", "policy adopt --yes")

    def approved(self, version: str, environment: str = "dev") -> Release:
        """Chris created the version, and enough people agreed to each environment up to that one."""
        self.team.tested(version)
        release = self.team.approved(version, "dev", ("dana",))
        if environment == "dev":
            return release
        self.brings(version, "dev")
        return self.team.approved(version, "prod", ("anna", "ben"))

    def lives(self, version: str, environment: str = "dev") -> Release:
        """The version went all the way to the environment."""
        self.approved(version, environment)
        return self.brings(version, environment)

    def brings(self, version: str, environment: str) -> Release:
        """Chris deploys it there, and the job succeeds."""
        self.team.runs_at_once()
        return done(deploy(self.team.app("chris"), version, environment)).release

    def runs_on(self, version: str, environment: str = "dev") -> Release:
        """Chris deploys it there and does not wait for the job, which runs."""
        release = done(deploy(self.team.app("chris"), version, environment, wait=False)).release
        self.moves("running")
        return release

    def goes(self, *statuses: str, first: int = 2) -> None:
        """What runs then has these statuses, one at each look at a job; `first` is 2 where one look precedes a play."""
        for place, status in enumerate(statuses):
            self.gitlab.before("job", partial(self.moves, status), nth=place + first)

    def clicks(self, who: str, version: str, name: str = "deploy-dev", status: str = "success") -> None:
        """That person plays the release's job in GitLab, and it has that status a moment later."""
        release = self.team.release(version)
        assert release.pipeline is not None
        job = self.gitlab.named(self.gitlab.pipelines[release.pipeline.id], name)
        self.gitlab.play(job.id, who)
        self.team.clock.sleep(2)
        self.gitlab.change(job.id, status)

    def moves(self, status: str) -> None:
        """What runs now has that status."""
        for job in [each for each in self.gitlab.jobs.values() if each.status in UNDERWAY]:
            self.gitlab.change(job.id, status)


def desk_in(folder: Path, fresh: Path) -> Desk:
    """A desk in a copy of that folder, whose database has a policy in force and nothing else."""
    shutil.copytree(fresh, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    clock = SteppingClock()
    store = SqlStore(SqliteHome(folder / "releases.db"), LOG, clock, "test")
    return Desk(folder, Team(NamedCommits(clock), store, clock))
