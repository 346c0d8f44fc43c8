"""A team at work on several releases: a store, a small GitLab, a clock, and every step that was decided.

Each method is one step of one person: it reads the facts as a use case does, decides, and records. What a test
wants to know of the past stands in `steps`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from relflow.core.answers import PlayAnswer, classify
from relflow.core.authors import Authorship
from relflow.core.commands import (
    AbandonDeployment,
    AmendRelease,
    ApproveRelease,
    ArmDeployment,
    BreakGlass,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordAnswer,
    RejectRelease,
    ReplayDeployment,
    ResumeRelease,
    RollbackRelease,
    SettleDeployment,
    TestRelease,
    TickPoint,
    UnapproveRelease,
    WaiveGate,
)
from relflow.core.decide import decide
from relflow.core.decision import Accepted, Decision
from relflow.core.drift import Drift
from relflow.core.drifting import decide_acceptance, detected, is_run
from relflow.core.events import Event, PolicyAdopted, ProjectRegistered, ReleaseHeld
from relflow.core.facts import UNDERWAY, Facts, Job, Pipeline, ReportSummary, Tag
from relflow.core.freezing import decide_end, decide_freeze, decide_lock, decide_unlock
from relflow.core.importing import decide_import
from relflow.core.past import Ran, arranged, happened
from relflow.core.people import Actor, Level, Member, itself, user
from relflow.core.release import Deployment, Release
from relflow.core.reviewing import decide_signoff
from relflow.core.workflow import Workflow, digest, policy
from relflow.service.app import events_of
from relflow.service.drifting import sighting
from relflow.service.facts import closing
from relflow.service.importing import known_of
from relflow.service.ports import Store, Transaction
from tests.doubles.clock import START, SteppingClock
from tests.doubles.gitlab_world import PROJECT, Planned, World
from tests.doubles.store import MemoryStore

LOG = f"gitlab.example.org/{PROJECT.id}"
TOOL = "test"
#: Everybody there is, with the ids that the small GitLab gives them.
CAST = {"anna": 11, "ben": 12, "chris": 13, "dana": 14, "emil": 15, "rita": 16, "otto": 17}
RECONCILE = itself("reconcile")


class NotedClock(SteppingClock):
    """A stepping clock that remembers what it showed last."""

    shown = START

    def now(self) -> datetime:
        """The time, noted."""
        self.shown = super().now()
        return self.shown


@dataclass(frozen=True)
class Kept:
    """A store under test, and how to read the bytes of its log."""

    store: Store
    records: Callable[[], tuple[bytes, ...]]


def in_memory(clock: SteppingClock) -> Kept:
    """The store in memory."""
    store = MemoryStore(LOG, clock, TOOL)
    return Kept(store, lambda: store.records)


@dataclass(frozen=True)
class Step:
    """One command that was decided: what was known, the release before and after, and the decision."""

    command: Command
    facts: Facts
    before: Release | None
    decision: Decision
    after: Release | None

    def __str__(self) -> str:
        """One line: who asked what, and the events or the gates that said no."""
        if isinstance(self.decision, Accepted):
            said = [each.name for each in self.decision.events]
        else:
            said = [f"not {each.gate}" for each in self.decision.refusals]
        return f"{self.facts.actor.id}: {self.command} -> {', '.join(said)}"


@dataclass(repr=False)
class Scene:
    """One project whose policy is in force. `levels` are the people's access levels; who is not named has none."""

    workflow: Workflow
    levels: Mapping[str, Level]
    keep: Callable[[SteppingClock], Kept] = in_memory
    clock: NotedClock = field(default_factory=NotedClock)
    steps: list[Step] = field(default_factory=list)
    #: What each transaction was given to record, and the time that the clock showed it.
    written: list[tuple[datetime, tuple[Event, ...]]] = field(default_factory=list)
    #: Jobs that are gone from GitLab, by id, as they were last.
    gone: dict[int, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Register the project and adopt the workflow."""
        # GitLab has a clock of its own: what it does must not move ours.
        self.world = World(SteppingClock())
        for name, person in self.world.people.items():
            person.level = self.levels.get(name, Level.NONE)
        self.kept = self.keep(self.clock)
        with self.store.write() as tx:
            common: dict[str, Any] = {"at": tx.at, "actor": user("anna", CAST["anna"])}
            adopted = PolicyAdopted(**common, policy=policy(self.workflow), digest=digest(self.workflow))
            named: dict[str, Any] = {"path": PROJECT.path, "url": PROJECT.url, "project_id": PROJECT.id}
            self._record(tx, [ProjectRegistered(**common, **named), adopted])

    def __repr__(self) -> str:
        """The policy, the people, and what each step led to: what a failing property shows."""
        levels = ", ".join(f"{name} {int(level)}" for name, level in self.levels.items())
        return "\n".join(["Scene", f"  {self.workflow}", f"  {levels}", *(f"  {step}" for step in self.steps)])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The same in Hypothesis' reports."""
        printer.text(repr(self))

    @property
    def store(self) -> Store:
        """The store under test."""
        return self.kept.store

    @property
    def members(self) -> tuple[Member, ...]:
        """Everybody with access."""
        people = self.world.people.values()
        return tuple(Member(each.username, each.user_id, each.level) for each in people if each.level)

    def releases(self) -> dict[str, Release]:
        """Every release as it stands."""
        with self.store.read() as book:
            found = {version: book.release(version) for version in book.versions()}
        return {version: release for version, release in found.items() if release is not None}

    def open_deployments(self) -> tuple[tuple[str, Deployment], ...]:
        """The open deployments with their versions."""
        with self.store.read() as book:
            return book.open_deployments()

    def push(self, ref: str, **statuses: str) -> Pipeline:
        """A pipeline for the ref's commit, with these statuses for its jobs `build` and `test`."""
        before = (Planned(name, name, statuses.get(name, "success")) for name in ("build", "test"))
        places = self.workflow.environments
        after = (Planned(each.job, "deploy", "manual", each.gitlab_environment) for each in places)
        made = self.world.push(ref, *before, *after)
        self.world.measures(made, "85.30", ReportSummary(412 + made.id))  # each counts otherwise
        return made

    def push_again(self, version: str, *, moved: bool) -> None:
        """The release's ref gets another pipeline, for a new commit or for the one it names."""
        if (release := self.releases().get(version)) is not None:
            if moved:
                self.world.refs.pop(release.ref, None)
            self.push(release.ref)

    def create(self, version: str, by: str, ref: str | None = None) -> Decision:
        """Somebody creates a release of the ref; a ref without a pipeline gets one."""
        ref = ref or f"v{version}"
        if ref not in self.world.refs:
            self.push(ref)
        return self.do(version, CreateRelease(version, ref), by)

    def test(self, version: str, by: str) -> Decision:
        """Somebody takes the newest pipeline of the release's ref as evidence."""
        return self.do(version, TestRelease(), by)

    def tick(self, version: str, point: str, by: str) -> Decision:
        """Somebody vouches for a point of the checklist."""
        return self.do(version, TickPoint(point), by)

    def approve(self, version: str, environment: str, by: str) -> Decision:
        """Somebody approves."""
        return self.do(version, ApproveRelease(environment), by)

    def unapprove(self, version: str, environment: str, by: str) -> Decision:
        """Somebody takes their yes back."""
        return self.do(version, UnapproveRelease(environment), by)

    def reject(self, version: str, environment: str, by: str) -> Decision:
        """Somebody says no."""
        return self.do(version, RejectRelease(environment, "not this"), by)

    def waive(self, version: str, environment: str, gate: str, by: str) -> Decision:
        """Somebody answers for a gate."""
        return self.do(version, WaiveGate(environment, gate, "it does not matter"), by)

    def amend(self, version: str, by: str) -> Decision:
        """Somebody binds the release to the newest pipeline of its ref."""
        ref = self.releases()[version].ref if version in self.releases() else version
        return self.do(version, AmendRelease(ref, "a better one"), by)

    def deploy(self, version: str, environment: str, by: str) -> Decision:
        """Somebody asks for a deployment; nothing is played yet."""
        return self.do(version, DeployRelease(environment), by)

    def break_glass(self, version: str, environment: str, by: str) -> Decision:
        """Somebody asks for a deployment past its approvals; nothing is played yet."""
        return self.do(version, BreakGlass(environment, "it burns"), by)

    def sign_off(self, deployment_id: int, by: str) -> Decision:
        """Somebody looks at it afterwards."""
        with self.store.write() as tx:
            version, deployment = tx.find_deployment(deployment_id) or ("", None)
            release = tx.release(version)
            assert release is not None
            assert deployment is not None
            facts = Facts(at=tx.at, actor=user(by, CAST[by]), members=self.members)
            decision = decide_signoff(self.workflow.project, release, deployment, "it was right", facts)
            if isinstance(decision, Accepted):
                self._record(tx, decision.events)
        return decision

    def rollback(self, version: str, environment: str, by: str) -> Decision:
        """Somebody asks for a way back; nothing is run yet."""
        return self.do(version, RollbackRelease(environment, "back to it"), by)

    def hold(self, version: str, by: str, *, close: bool = False, cancel_job: bool = False) -> Decision:
        """Somebody stops the release, for good with `close`; what runs for it is canceled with `cancel_job`."""
        decision = self.do(version, HoldRelease("wait", close, cancel_job), by)
        for event in decision.events if isinstance(decision, Accepted) else ():
            for number in event.cancels if isinstance(event, ReleaseHeld) else ():
                deployment = self.releases()[version].deployment(number)
                job = self.job_of(deployment) if deployment else None
                if job is not None and job.status in UNDERWAY:
                    self.world.cancel(job.id, by)
        return decision

    def resume(self, version: str, by: str) -> Decision:
        """Somebody lets it go on."""
        return self.do(version, ResumeRelease("go on"), by)

    def look(self, environment: str) -> None:
        """Anybody reads GitLab's deployments of the environment and records what nobody asked for."""
        place = self.workflow.environment(environment)
        assert place is not None
        with self.store.write() as tx:
            for shown in reversed(self.world.deployments()):
                if shown.environment == place.gitlab_environment and is_run(shown, START):
                    found = detected(sighting(tx, place, shown), tx.at, RECONCILE, tx.next_drift_id())
                    self._record(tx, found)

    def accept(self, drift: Drift, by: str) -> Decision:
        """Somebody takes note of a drift."""
        job = self.world.jobs.get(drift.job_id or 0)
        with self.store.write() as tx:
            facts = Facts(
                at=tx.at,
                actor=user(by, CAST[by]),
                members=self.members,
                next_deployment_id=tx.next_deployment_id(),
            )
            now, release = tx.find_drift(drift.id), tx.release(drift.version) if drift.version else None
            assert now is not None
            decision = decide_acceptance(self.workflow, release, now, job, "seen", facts)
            if isinstance(decision, Accepted):
                self._record(tx, decision.events)
        return decision

    def accept_all(self, version: str) -> None:
        """Anna takes note of all that is of the release; what still runs has to end first."""
        for drift in self.drifts():
            if drift.version == version:
                self.accept(drift, "anna")

    def import_past(self, version: str, environments: tuple[str, ...], by: str) -> Decision | None:
        """Somebody imports a version that nobody named yet, and that these environments ran before relflow did.

        Without a version it is a commit that no version names; None where the ref is there already.
        """
        places = [each for each in self.workflow.environments if each.name in environments]
        ref = f"v{version}" if version else f"past-{len(self.world.commits)}"
        if ref in self.world.refs or not places:
            return None
        self.push(ref)
        self.world.ran_before(ref, START - timedelta(days=9), *(each.job for each in places))
        names = {each.gitlab_environment: each.name for each in places}
        shown = (each for each in self.world.deployments() if each.ref == ref and happened(each, START))
        tags = (Tag(name, commit) for name, commit in self.world.refs.items())
        past = arranged((Ran(names[each.environment], each) for each in shown), tags)
        with self.store.write() as tx:
            numbers = {"next_deployment_id": tx.next_deployment_id(), "next_drift_id": tx.next_drift_id()}
            facts = Facts(at=tx.at, actor=user(by, CAST[by]), members=self.members, **numbers)  # type: ignore[arg-type]
            known = known_of(tx, self.workflow, past)
            decision = decide_import(self.workflow, PROJECT.url, past, known, facts)
            if isinstance(decision, Accepted):
                self._record(tx, decision.events)
        return decision

    def freeze(self, environment: str, begins_in: timedelta, lasts: timedelta, by: str) -> Decision:
        """Somebody freezes an environment."""
        begins_at = self.clock.shown + begins_in
        return self._close(
            by,
            lambda tx, facts: decide_freeze(
                self.workflow, environment, begins_at, begins_at + lasts, "inventory", tx.next_freeze_id(), facts
            ),
        )

    def end_freezes(self, by: str) -> None:
        """Somebody ends every freeze that is in force or to come."""
        with self.store.read() as book:
            found = book.freezes(self.clock.shown)
        for each in found:
            self._close(by, lambda tx, facts, each=each: decide_end(self.workflow, each, "enough", facts))  # type: ignore[misc]

    def lock(self, environment: str, lasts: timedelta | None, by: str) -> Decision:
        """Somebody locks an environment."""
        until = self.clock.shown + lasts if lasts else None
        return self._close(
            by,
            lambda tx, facts: decide_lock(
                self.workflow, environment, until, "the disk is full", tx.environment(environment).lock, facts
            ),
        )

    def unlock(self, environment: str, by: str) -> Decision:
        """Somebody takes the lock away."""
        return self._close(
            by,
            lambda tx, facts: decide_unlock(
                self.workflow, environment, "there is room", tx.environment(environment).lock, facts
            ),
        )

    def _close(self, by: str, decide: Callable[[Transaction, Facts], Decision]) -> Decision:
        with self.store.write() as tx:
            decision = decide(tx, Facts(at=tx.at, actor=user(by, CAST[by]), members=self.members))
            if isinstance(decision, Accepted):
                self._record(tx, decision.events)
        return decision

    def drifts(self) -> tuple[Drift, ...]:
        """Those that nobody accepted yet."""
        with self.store.read() as book:
            return book.drifts()

    def arm(self, version: str, deployment: Deployment, row_version: int | None = None) -> Decision:
        """The step before the POST; `row_version` is the release's own unless the test has an older one."""
        now = self.releases()[version].row_version
        command = ArmDeployment(deployment.environment, deployment.id, row_version or now, deployment.epoch)
        return self.do(version, command, deployment.requested_by)

    def play(self, deployment: Deployment) -> PlayAnswer:
        """The one POST of the epoch arrives at GitLab."""
        post = self.world.play if deployment.base_job is None else self.world.retry
        return post(deployment.starts, deployment.starters[-1].name)

    def job_of(self, deployment: Deployment) -> Job | None:
        """The deployment's job, as GitLab has it: for a retry that nobody has seen yet, the first one made since."""
        if deployment.job_id is not None:
            return self.world.jobs.get(deployment.job_id)
        made = (each for each in self.world.jobs.values() if each.pipeline_id == deployment.pipeline_id)
        runs = [each for each in made if each.name == deployment.job_name and each.id > deployment.starts]
        return min(runs, key=lambda each: each.id, default=None)

    def finish(self, deployment: Deployment, status: str = "success") -> None:
        """The deployment's job ends, if it is there."""
        if (job := self.job_of(deployment)) is not None:
            self.world.finish(job.id, status)

    def lose(self, deployment: Deployment) -> None:
        """The deployment's job, or the one that it retries, is gone."""
        job = self.world.jobs.pop(deployment.job_id or deployment.starts, None)
        if job is not None:
            self.gone[job.id] = job

    def answer(self, version: str, deployment: Deployment, answer: PlayAnswer) -> Decision:
        """What came back is recorded."""
        kind, detail = classify(answer, deployment)
        command = RecordAnswer(deployment.environment, deployment.id, kind, detail, answer.job, deployment.epoch)
        return self.do(version, command, itself("deploy"))

    def settle(self, version: str, deployment: Deployment) -> Decision:
        """Anybody looks at the job and records how it ended."""
        return self.do(version, SettleDeployment(deployment.environment, deployment.id), RECONCILE)

    def abandon(self, version: str, deployment: Deployment, by: str) -> Decision:
        """Somebody closes the deployment."""
        return self.do(version, AbandonDeployment(deployment.environment, deployment.id, "not any more"), by)

    def replay(self, version: str, deployment: Deployment, by: str) -> Decision:
        """Somebody takes the deployment over; nothing is sent yet."""
        return self.do(version, ReplayDeployment(deployment.environment, deployment.id, "nothing came of it"), by)

    def bring(self, version: str, environment: str, by: str, status: str = "success") -> Decision:
        """The whole life of one deployment, from the request to the end of its job."""
        self.deploy(version, environment, by)
        deployment = self.opened(version, environment)
        self.arm(version, deployment)
        self.answer(version, deployment, self.play(deployment))
        self.finish(self.opened(version, environment), status)
        return self.settle(version, deployment)

    def opened(self, version: str, environment: str) -> Deployment:
        """The open deployment of the release to the environment."""
        found = self.releases()[version].open_deployment(environment)
        assert found is not None
        return found

    def wait(self, by: timedelta) -> None:
        """Time passes; with a negative value the clock runs back."""
        self.clock.jump(by)

    def do(self, version: str, command: Command, by: str | Actor) -> Decision:
        """Read the facts, decide, record, and keep the step."""
        actor = user(by, CAST[by]) if isinstance(by, str) else by
        with self.store.write() as tx:
            before = tx.release(version)
            facts = Facts(at=tx.at, actor=actor, members=self.members, **dict(self._read(tx, command, before)))
            decision = decide(self.workflow, before, command, facts)
            self._record(tx, events_of(decision, command, facts, version))
            after = tx.release(version)
        self.steps.append(Step(command, facts, before, decision, after))
        return decision

    def _record(self, tx: Transaction, events: Iterable[Event]) -> None:
        self.written.append((self.clock.shown, tuple(events)))
        tx.record(self.written[-1][1])

    def _read(self, tx: Transaction, command: Command, release: Release | None) -> Iterator[tuple[str, Any]]:
        if isinstance(command, CreateRelease):
            yield "resolved", self.world.refs.get(command.ref)
        if isinstance(command, TestRelease) and release is not None:
            yield from self._ran(tx, release)
        if isinstance(command, ApproveRelease) and release is not None:
            # Nobody of the cast writes anything here.
            yield "authorship", Authorship(frozenset({"anna@x"}), ((release.commit, frozenset({"robot@x"})),))
        if isinstance(command, AmendRelease):
            yield "resolved", self.world.refs.get(command.ref)
            newest = self._newest(command.ref)
            yield "pipelines", newest
            yield "pipeline_of", tx.release_of_pipeline(newest[0].id) if newest else None
        if isinstance(command, DeployRelease | BreakGlass | RollbackRelease | ReplayDeployment) and release is not None:
            yield "pipelines", self._listed(release.pipeline.id) if release.pipeline else None
            yield "newest_pipeline", max((each.id for each in self._own(release)), default=0)
            yield "tagged", self.world.refs.get(release.ref, "")
            yield "next_deployment_id", tx.next_deployment_id()
        if isinstance(command, DeployRelease | BreakGlass | RollbackRelease | ReplayDeployment | ArmDeployment):
            yield from closing(tx, command.environment).items()
            yield "gitlab_freezes", tuple(self.world.freezes)
        if isinstance(command, DeployRelease | BreakGlass | ResumeRelease | ReplayDeployment):
            yield "drifts", tx.drifts()
        if isinstance(command, ArmDeployment | SettleDeployment | AbandonDeployment | ReplayDeployment):
            _, deployment = tx.find_deployment(command.deployment_id) or (None, None)
            if deployment is not None:
                begins = isinstance(command, ArmDeployment | ReplayDeployment)
                yield from self._begun(tx, deployment, release, begins=begins)

    def _begun(
        self, tx: Transaction, deployment: Deployment, release: Release | None, *, begins: bool
    ) -> Iterator[tuple[str, Any]]:
        known = deployment.starts if begins else deployment.job_id
        yield "job", self.world.jobs.get(known or 0)
        yield "pipelines", self._listed(deployment.pipeline_id)
        runs = (each for each in self.world.jobs.values() if each.pipeline_id == deployment.pipeline_id)
        named = (each.id for each in runs if tx.drift_of(gitlab_deployment_id=None, job_id=each.id))
        yield "drifted_jobs", frozenset(named)
        yield "next_drift_id", tx.next_drift_id()
        live = tx.environment(deployment.environment).brought
        if live and live.version and release and live.version != release.version:
            yield "replaced", tx.release(live.version)

    def _ran(self, tx: Transaction, release: Release) -> Iterator[tuple[str, Any]]:
        found = self._listed(release.pipeline.id) if release.pipeline else self._newest(release.ref)
        yield "pipelines", found
        yield "pipeline_of", tx.release_of_pipeline(found[0].id) if found else None
        yield "report", self.world.reports.get(found[0].id) if found else None
        yield "protected", release.ref.startswith("v")

    def _own(self, release: Release) -> Iterator[Pipeline]:
        known = self.world.pipelines.values()
        return (each for each in known if (each.ref, each.commit) == (release.ref, release.commit))

    def _newest(self, ref: str) -> tuple[Pipeline, ...]:
        own = [each.id for each in self.world.pipelines.values() if each.ref == ref]
        return self._listed(max(own)) if own else ()

    def _listed(self, pipeline_id: int) -> tuple[Pipeline, ...]:
        listed = self.world.pipelines[pipeline_id]
        jobs = tuple(job for job in self.world.jobs.values() if job.pipeline_id == pipeline_id)
        return (_with_jobs(listed, jobs),)


def _with_jobs(listed: Pipeline, jobs: tuple[Job, ...]) -> Pipeline:
    return replace(listed, jobs=jobs)
