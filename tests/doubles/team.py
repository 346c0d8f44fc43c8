"""A team with its GitLab, its store and its clock: what the tests of use cases stand on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from relflow.core.adopting import decide_adoption
from relflow.core.decision import Accepted
from relflow.core.facts import Facts, Job
from relflow.core.people import Member, user
from relflow.core.project import Project
from relflow.core.release import Release
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.service.app import App, Done
from relflow.service.drifting import begin_looking
from relflow.service.ports import Store
from relflow.service.releases import approve, create, record_test
from relflow.store.sql import SqlStore
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab
from tests.doubles.gitlab_world import PROJECT
from tests.doubles.store import MemoryStore
from tests.empty import empty_database

LOG = f"gitlab.example.org/{PROJECT.id}"
TOOL = "test"
WORKFLOW = Workflow(
    PROJECT.path,
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "production", 2, Approvers("maintainer", ("emil",))),
    ),
)


@dataclass
class Heard:
    """A listener that keeps what it was told; `on_look` is called at every look at a job."""

    notes: list[str] = field(default_factory=list)
    looks: list[Job] = field(default_factory=list)
    on_look: Callable[[Job], None] = lambda job: None

    def note(self, text: str) -> None:
        """Keep the line."""
        self.notes.append(text)

    def proven(self, log: str, member: Member | None) -> None:
        """Nothing: who acted stands in the records."""

    def watching(self, job: Job) -> None:
        """Keep the look."""
        self.looks.append(job)
        self.on_look(job)


@dataclass
class Team:
    """Everybody works on one store; each has their own way into GitLab."""

    gitlab: FakeGitLab
    store: Store
    clock: SteppingClock
    heard: Heard = field(default_factory=Heard)

    def app(self, who: str, proposal: Workflow | None = None) -> App:
        """The app as that person's machine wires it."""
        return App(self.store, self.gitlab.connect(who), self.clock, self.heard, proposal)

    def release(self, version: str) -> Release:
        """The release as it stands."""
        with self.store.read() as book:
            found = book.release(version)
        assert found is not None
        return found

    def tested(self, version: str, by: str = "chris") -> Release:
        """A release with its own commit and a pipeline that passed."""
        self.gitlab.push(f"v{version}")
        done(create(self.app(by), version, None, None))
        return done(record_test(self.app(by), version)).release

    def approved(self, version: str, environment: str = "dev", by: tuple[str, ...] = ("anna",)) -> Release:
        """The release with these approvals."""
        for who in by:
            done(approve(self.app(who), version, environment))
        return self.release(version)

    def runs_at_once(self, status: str = "success") -> None:
        """Every job ends that way at the first look after it began to run."""

        def finish(job: Job) -> None:
            if self.gitlab.jobs[job.id].status not in {"success", "failed", "canceled"}:
                self.gitlab.finish(job.id, status)

        self.heard.on_look = finish


def done(outcome: object) -> Done:
    """The outcome, which must be Done without trouble."""
    assert isinstance(outcome, Done), outcome
    assert outcome.trouble is None, outcome.trouble
    return outcome


def memory_store(clock: SteppingClock) -> MemoryStore:
    """An empty store in memory."""
    return MemoryStore(LOG, clock, TOOL)


def sqlite_store(clock: SteppingClock, folder: Path, log: str = LOG) -> SqlStore:
    """An empty store in a file."""
    return SqlStore(empty_database(folder / "releases.db"), log, clock, TOOL)


def assembled(
    store: Store, clock: SteppingClock, workflow: Workflow = WORKFLOW, log: str = LOG, path: str = PROJECT.path
) -> Team:
    """A team whose policy is in force. `log` is the store's."""
    team = Team(FakeGitLab(clock), store, clock)
    members = team.gitlab.connect("anna").members(PROJECT.id)
    with store.write() as tx:
        facts = Facts(at=tx.at, actor=user("anna", 11), members=members)
        project = Project(log, path, PROJECT.url, PROJECT.id)
        decision = decide_adoption(project, None, workflow, facts)
        assert isinstance(decision, Accepted)
        tx.record(decision.events)
        begin_looking(tx, workflow, tx.at)
    team.gitlab.calls.clear()
    return team
