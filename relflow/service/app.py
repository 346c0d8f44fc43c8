"""What every use case shares: the ports, the results, and the way from a command to a recorded decision."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from relflow.core.commands import ArmDeployment, Command, RecordAnswer, RecordPipeline, SettleDeployment, Step
from relflow.core.decide import decide
from relflow.core.decision import Decision, Refused
from relflow.core.errors import SetupError, UsageError
from relflow.core.events import CommandRefused, Event
from relflow.core.facts import Facts, Job
from relflow.core.people import Actor, Member
from relflow.core.project import Project
from relflow.core.release import Deployment, PipelineRef, Release
from relflow.core.text import nearest, nearest_release
from relflow.core.verdict import GateResult
from relflow.core.workflow import Workflow
from relflow.service.ports import Book, Clock, GitLab, Identity, Recorded, Store, Transaction


class Listener(Protocol):
    """Who wants to hear how a long command goes on."""

    def note(self, text: str) -> None:
        """Something worth a line happened."""

    def proven(self, log: str, member: Member | None) -> None:
        """The token's owner as a member of the log's project; None for an outsider."""

    def watching(self, job: Job) -> None:
        """The job was just looked at; called again at every look."""


@dataclass(frozen=True, slots=True)
class App:
    """The wired ports of one project. `proposal` is the settings file's policy, None where there is no file."""

    store: Store
    gitlab: GitLab
    clock: Clock
    listener: Listener
    proposal: Workflow | None


#: The failures of the CLI contract that something was done beside.
TroubleKind = Literal["conflict", "gitlab", "unknown", "failed"]


@dataclass(frozen=True, slots=True)
class Later:
    """A command that helps from that time on, and is refused before."""

    command: str
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not as hoped although the command did something."""

    kind: TroubleKind
    what: str
    why: tuple[str, ...] = ()
    next_step: tuple[str | Later, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The command was recorded: the release as it is now, and what was written."""

    release: Release
    recorded: tuple[Recorded, ...]
    deployment: Deployment | None = None
    trouble: Trouble | None = None
    #: The pipeline that a test of a release that was just created will take, where one was asked for.
    pipeline: PipelineRef | None = None


@dataclass(frozen=True, slots=True)
class No:
    """A rule said no to the command; `recorded` is the record of that."""

    what: str
    refusals: tuple[GateResult, ...]
    recorded: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody moved first, between reading and writing; trying again is sensible."""

    what: str
    why: tuple[str, ...]


Outcome = Done | No | Conflict
#: What was decided, the release after it, and what was written.
Settled = tuple[Decision, Release, tuple[Recorded, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """The project and the release as they were before GitLab was asked."""

    project: Project
    workflow: Workflow
    release: Release
    identity: Identity | None = None
    members: tuple[Member, ...] | None = None

    @property
    def actor(self) -> Actor:
        """Who acts. Only after `identified`."""
        assert self.identity is not None  # noqa: S101 - the callers' order
        return self.identity.actor

    @property
    def gitlab_at(self) -> datetime | None:
        """GitLab's own time when it said who acts, where it did."""
        return self.identity.gitlab_at if self.identity else None


def standing_project(book: Book, app: App) -> tuple[Project, Workflow]:
    """The project with the policy in force. Raises SetupError where there is none, or the file proposes another."""
    project = book.project()
    if project is None or project.workflow is None:
        why = ("no policy was adopted for it yet",)
        raise SetupError("this project is not under relflow yet", why, ("relflow policy adopt",))
    if app.proposal is not None and app.proposal != project.workflow:
        why = ("relflow.toml is a proposal until it is adopted; only the adopted policy counts",)
        step = ("relflow policy diff      what differs", "relflow policy adopt     put it in force (Maintainer)")
        raise SetupError("relflow.toml differs from the policy in force. Nothing was changed.", why, step)
    return project, project.workflow


def look_up(app: App, version: str, environment: str | None = None) -> Seen:
    """The release and its project. Raises UsageError, with the nearest name, for what does not exist."""
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        if environment is not None and workflow.environment(environment) is None:
            raise UsageError(f"there is no environment {environment}", (), nearest(environment, workflow.names))
        release = book.release(version)
        if release is None:
            raise UsageError(f"there is no release {version}", (), nearest_release(version, book.versions()))
        return Seen(project, workflow, release)


def identified(app: App, seen: Seen) -> Seen:
    """The same with the token's owner and the project's members. 3 requests, more beyond a hundred members."""
    identity, members = proven(app, seen.project)
    return replace(seen, identity=identity, members=members)


def proven(app: App, project: Project) -> tuple[Identity, tuple[Member, ...]]:
    """The token's owner, and the project's members. 3 requests, more beyond a hundred members."""
    identity, members = identify(app), app.gitlab.members(project.project_id)
    me = next((each for each in members if each.user_id == identity.actor.gitlab_user_id), None)
    app.listener.proven(project.log, me)
    return identity, members


def identify(app: App) -> Identity:
    """Who the token belongs to; a clock far from GitLab's is worth a word."""
    identity = app.gitlab.identify()
    ahead = identity.clock_ahead
    if ahead is not None and abs(ahead.total_seconds()) > 60:  # noqa: PLR2004 - a minute
        direction = "ahead of" if ahead.total_seconds() > 0 else "behind"
        app.listener.note(f"this machine's clock is {abs(ahead.total_seconds()):.0f} s {direction} GitLab's")
    return identity


def settle_command(app: App, seen: Seen, command: Command, read: Callable[[Transaction], Facts]) -> Settled | Conflict:
    """Decide under the write lock and record what was decided, a refusal too.

    `read` completes the facts with what only the transaction knows. A release that was bound anew since it was seen
    is a conflict: GitLab was asked about another commit.
    """
    with app.store.write() as tx:
        release = tx.release(seen.release.version)
        if release is None or _binding(release) != _binding(seen.release):
            why = ("it is bound to another commit or pipeline than when GitLab was asked",)
            return Conflict(f"{seen.release.version} was changed by somebody else meanwhile", why)
        return _settled(tx, seen, command, read(tx))


def settle_step(app: App, seen: Seen, step: Step | RecordPipeline, read: Callable[[Transaction], Facts]) -> Settled:
    """The same for a step of what was begun: nothing binds a release anew while a deployment is open."""
    with app.store.write() as tx:
        return _settled(tx, seen, step, read(tx))


def _settled(tx: Transaction, seen: Seen, command: Command, facts: Facts) -> Settled:
    version, project = seen.release.version, tx.project()
    # A job may be watched for an hour: a policy that was adopted meanwhile counts, not the one that was seen.
    workflow = (project and project.workflow) or seen.workflow
    decision = decide(workflow, tx.release(version), command, facts)
    recorded = tx.record(events_of(decision, command, facts, version))
    return decision, tx.release(version) or seen.release, recorded


def _binding(release: Release) -> tuple[object, ...]:
    return (release.revision, release.commit, release.pipeline)


def events_of(decision: Decision, command: Command, facts: Facts, version: str) -> tuple[Event, ...]:
    """What to record of the decision: its events, or that a person was refused.

    relflow's own steps are repeated by anybody's look; what they find nothing to do about leaves no trace.
    """
    if not isinstance(decision, Refused):
        return decision.events
    if isinstance(command, ArmDeployment | RecordAnswer | SettleDeployment):
        return ()
    refused = CommandRefused(
        at=facts.at,
        actor=facts.actor,
        release=version,
        environment=command.environment,
        reason=getattr(command, "reason", None),
        trigger=command.trigger,
        gates=decision.refusals,
    )
    return (refused,)
