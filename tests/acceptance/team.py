"""A team in a story: a folder with settings and a database, people, and releases brought where the story begins."""

from itertools import count
from pathlib import Path

from relflow.adapters.clock import SystemClock
from relflow.adapters.gitlab import connect
from relflow.core.facts import Job
from relflow.core.people import Member
from relflow.core.release import Deployment, Release
from relflow.core.workflow import Workflow
from relflow.service.app import App, Done
from relflow.service.playing import deploy
from relflow.service.policies import Adopted, adopt
from relflow.service.releases import approve, create, record_test
from relflow.settings.policy import load_policy
from relflow.store.checking import verify_log
from relflow.store.home import Home
from relflow.store.postgres.home import PostgresHome
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.acceptance.person import TOKEN_MARK, Person, Shell
from tests.acceptance.site import Site
from tests.empty import empty_database

PLACES = {"dev": 1, "prod": 2}
_HEAD = '[gitlab]\nurl = "{url}"\nproject = "demo/data-provider"\n\n[database]\nurl = "{database}"\n'
#: Of two maintainers one may be the creator: where two must agree, somebody else has to be named.
_THIRD = 'approvers = {{ access = "maintainer", users = ["dana"] }}\n'
_PLACE = '\n[[environments]]\nname = "{name}"\njob = "deploy-{name}"\napprovals = {approvals}\n'
# Versions are tags, and a tag is pushed once for all stories of one site.
_NUMBERS = count(1)


def settings(url: str, places: dict[str, int], database: str) -> str:
    """The text of relflow.toml: environments in order, with the approvals that each of them takes."""
    parts = (
        (_PLACE + (_THIRD if approvals > 1 else "")).format(name=name, approvals=approvals)
        for name, approvals in places.items()
    )
    return _HEAD.format(url=url, database=database) + "".join(parts)


class Silent:
    """A listener for what is arranged before the story begins."""

    def note(self, text: str) -> None:
        """Nobody listens."""

    def proven(self, log: str, member: Member | None) -> None:
        """Nobody sits at this machine."""

    def watching(self, job: Job) -> None:
        """Nobody watches."""


class Team:
    """People who share one folder. What is arranged runs the use cases in this process; what is told runs commands."""

    def __init__(
        self, site: Site, home: Path, places: dict[str, int] | None = None, kept: PostgresHome | None = None
    ) -> None:
        self.site, self.home, self.shell = site, home, Shell(home, site.received)
        self.places = places or PLACES
        #: Where the team's releases are: in the folder's file, or in PostgreSQL.
        self.kept: Home = kept or SqliteHome(self.database)
        self._where = kept.url if kept else "sqlite:///releases.db"
        self.proposes(self.places)

    def proposes(self, places: dict[str, int], more: str = "") -> None:
        """Write the settings file: environments in order, with the approvals that each takes; `more` is the last's."""
        text = settings(self.site.url, places, self._where)
        (self.home / "relflow.toml").write_text(text + more)

    def asks_for(self, requirements: str) -> "Team":
        """Propose the same with these requirements."""
        file = self.home / "relflow.toml"
        file.write_text(f"{file.read_text()}\n[requirements]\n{requirements}\n")
        return self

    def drafted(self) -> str:
        """A new release of chris's, in the state draft."""
        version = self.version()
        _done(create(self.app("chris"), version, None, None))
        return version

    def demands(self, places: str, more: str = "") -> None:
        """Write a settings file with this text for the environments, and more behind it."""
        (self.home / "relflow.toml").write_text(_HEAD.format(url=self.site.url, database=self._where) + places + more)

    @property
    def database(self) -> Path:
        """The file that all of them write, where it is one."""
        return self.home / "releases.db"

    @property
    def log(self) -> str:
        """The name of the project's audit log."""
        return f"{self.site.url.removeprefix('http://')}/42"

    def person(self, name: str, token: str | None = None) -> Person:
        """A member of the team, with another token than the usual one where a story is about that."""
        return Person(name, self.shell, token or self.site.token(name))

    def stranger(self) -> Person:
        """Somebody without any token."""
        return Person("nobody", self.shell, None)

    def app(self, who: str) -> App:
        """The use cases of that person, wired as the command wires them."""
        gitlab = connect(self.site.url, self.site.token(who))
        return App(SqlStore(self.kept, self.log, SystemClock(), "story"), gitlab, SystemClock(), Silent(), None)

    def settled(self) -> "Team":
        """Create the database and put the policy in force."""
        if not self.kept.exists():
            empty_database(self.database)
        app = self.app("anna")
        adopted = adopt(app, app.gitlab.project("demo/data-provider"), self.log, self.workflow())
        assert isinstance(adopted, Adopted), adopted
        return self

    def workflow(self) -> Workflow:
        """The policy that the settings file proposes."""
        return load_policy(self.home / "relflow.toml")

    def version_to_come(self) -> str:
        """A version that nobody used yet, and that has no tag."""
        return f"1.{next(_NUMBERS)}.0"

    def version(self, **how: bool) -> str:
        """A version with a tag and a pipeline in GitLab that nobody has seen yet."""
        version = self.version_to_come()
        self.site.tag(version, **how)
        return version

    def version_without_pipeline(self) -> str:
        """A version with a tag whose pipeline somebody has deleted since."""
        version = self.version()
        self.site.deletes_pipeline(version)
        return version

    def tested(self, **how: bool) -> str:
        """A new release of chris's, in the state tested."""
        version = self.version(**how)
        _done(create(self.app("chris"), version, None, None))
        self.tests(version)
        return version

    def approved(self, **how: bool) -> str:
        """A new release of chris's, approved by dana for dev."""
        version = self.tested(**how)
        self.approves("dana", version, "dev")
        return version

    def deployed(self) -> str:
        """A new release of chris's that runs in dev."""
        version = self.approved()
        _done(deploy(self.app("chris"), version, "dev"))
        return version

    def tests(self, version: str) -> None:
        """Let chris record the evidence."""
        _done(record_test(self.app("chris"), version))

    def approves(self, who: str, version: str, environment: str) -> None:
        """Let somebody approve."""
        _done(approve(self.app(who), version, environment))

    def release(self, version: str) -> Release:
        """The release as its rows are now."""
        with SqlStore(self.kept, self.log, SystemClock(), "story").read() as book:
            found = book.release(version)
        assert found is not None
        return found

    def deployment(self, version: str) -> Deployment:
        """The newest deployment of the release."""
        return self.release(version).deployments[-1]

    def open_deployments(self) -> list[tuple[str, str]]:
        """Version and environment of what is open."""
        with SqlStore(self.kept, self.log, SystemClock(), "story").read() as book:
            return [(version, each.environment) for version, each in book.open_deployments()]

    def events(self, version: str) -> list[str]:
        """The names of the release's events in the log."""
        with self.kept.reading() as connection:
            rows = connection.execute(
                "SELECT event FROM audit WHERE release = :version ORDER BY seq", {"version": version}
            )
            return [row["event"] for row in rows]

    def keeps_its_promises(self) -> None:
        """The log verifies, the rows are what it leads to, and no token stands in any file."""
        for one in self.shell.started:
            one.abandon()
        if self.kept.exists():
            broken = [layer for layer in verify_log(self.kept, self.log).layers if layer.ok is False]
            assert not broken, broken
        for file in self.home.rglob("*"):
            assert not file.is_file() or TOKEN_MARK.encode() not in file.read_bytes(), file


def _done(outcome: object) -> None:
    assert isinstance(outcome, Done), outcome
    assert outcome.trouble is None, outcome
