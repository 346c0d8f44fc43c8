"""The whole life as a state machine: several people, three releases, a small GitLab, and a clock that jumps.

The store is a parameter (`Lifecycle.keep`), so that every store runs the same lives.
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from relflow.core.answers import PlayAnswer
from relflow.core.decision import Accepted, Refused
from relflow.core.drift import Drift
from relflow.core.drifting import is_run
from relflow.core.events import DeploymentSettled, from_record
from relflow.core.evolve import fold
from relflow.core.facts import UNDERWAY, Job
from relflow.core.people import Level
from relflow.core.record import Break, parsed, verified
from relflow.core.release import Deployment
from relflow.core.workflow import Workflow, approved, before
from tests.doubles.clock import START, SteppingClock
from tests.properties.scene import LOG, Kept, Scene, in_memory
from tests.properties.walk import walk
from tests.strategies.policies import levels, workflows
from tests.strategies.words import NAMES, VERSIONS

people = st.sampled_from(NAMES)
versions = st.sampled_from(VERSIONS)
places = st.integers(0, 1)


class Lifecycle(RuleBasedStateMachine):
    """Rules do what people, GitLab and time do, in any order; what must always be true is checked after each."""

    def keep(self, clock: SteppingClock) -> Kept:
        """The store that this life is kept in."""
        return in_memory(clock)

    @initialize(workflow=workflows(least=2, most=2), access=levels())
    def begin(self, workflow: Workflow, access: dict[str, Level]) -> None:
        """A project with two environments; anna and ben may do everything."""
        self.scene = Scene(workflow, {**access, "anna": Level.OWNER, "ben": Level.OWNER}, keep=self.keep)
        self.checked = 0
        self.plays: list[tuple[int, int]] = []
        self.go_on(VERSIONS[0], 2)

    def place(self, number: int) -> str:
        """The name of an environment."""
        return self.scene.workflow.names[number]

    def open_deployments(self, phase: str | None = None) -> list[tuple[str, Deployment]]:
        """The open deployments, perhaps of one phase."""
        return [each for each in self.scene.open_deployments() if phase in (None, each[1].phase)]

    @rule(version=versions, steps=st.integers(1, 6), ref=st.sampled_from([None, None, f"v{VERSIONS[0]}"]))
    def go_on(self, version: str, steps: int, ref: str | None = None) -> None:
        """Those who may do what comes next: left to chance, hardly any life gets as far as a deployment."""
        for _ in range(steps):
            release = self.scene.releases().get(version)
            mine = [deployment for known, deployment in self.open_deployments() if known == version]
            if mine:
                self._play_on(version, mine[0])
            elif release is None:
                self.scene.create(version, "ben", ref)
            elif release.closed:
                self.scene.push_again(version, moved=True)
                self.scene.amend(version, "anna")
            elif release.state == "held":
                self.scene.accept_all(version)
                self.scene.resume(version, "anna")
            elif release.state == "draft":
                self.scene.test(version, "anna")
            else:
                self._towards(version, release.state)

    def _towards(self, version: str, state: str) -> None:
        for name in self.scene.workflow.names:
            if state == before(self.scene.workflow, name):
                for who in NAMES:
                    self.scene.approve(version, name, who)
            if state == approved(name) and not any(
                isinstance(self.scene.deploy(version, name, who), Accepted) for who in ("anna", "ben", "chris")
            ):
                self.scene.push_again(version, moved=False)
                self.scene.amend(version, "anna")

    def _play_on(self, version: str, deployment: Deployment) -> None:
        if deployment.phase == "intended":
            self.scene.arm(version, deployment)
        elif deployment.phase == "armed":
            self.play("arrives")
        else:
            job = self.scene.job_of(deployment)
            if job is not None and job.status in UNDERWAY:
                self.scene.world.finish(job.id)
            self.scene.settle(version, deployment)

    @rule(version=versions, who=people, ref=st.none() | versions.map("v{}".format))
    def create(self, version: str, who: str, ref: str | None) -> None:
        """Two releases may be created of one ref."""
        self.scene.create(version, who, ref)

    @rule(version=versions, moved=st.booleans())
    def push(self, version: str, moved: bool) -> None:
        """The tag moves, or its pipeline is run again."""
        self.scene.push_again(version, moved=moved)

    @rule(version=versions, who=people)
    def test(self, version: str, who: str) -> None:
        """The pipeline is taken as evidence."""
        self.scene.test(version, who)

    @rule(version=versions, place=places, who=people)
    def approve(self, version: str, place: int, who: str) -> None:
        """Somebody says yes."""
        self.scene.approve(version, self.place(place), who)

    @rule(version=versions, place=places, who=people)
    def unapprove(self, version: str, place: int, who: str) -> None:
        """Somebody takes it back."""
        self.scene.unapprove(version, self.place(place), who)

    @rule(version=versions, place=places, who=people)
    def reject(self, version: str, place: int, who: str) -> None:
        """Somebody says no."""
        self.scene.reject(version, self.place(place), who)

    @rule(version=versions, who=people, close=st.booleans(), cancel_job=st.booleans())
    def hold(self, version: str, who: str, close: bool, cancel_job: bool) -> None:
        """Somebody stops the line, and perhaps what runs on it."""
        self.scene.hold(version, who, close=close and not cancel_job, cancel_job=cancel_job)

    @rule(version=versions, who=people)
    def resume(self, version: str, who: str) -> None:
        """Somebody lets it go on."""
        self.scene.resume(version, who)

    @rule(version=versions, who=people)
    def amend(self, version: str, who: str) -> None:
        """Somebody binds it anew."""
        self.scene.amend(version, who)

    @rule(version=versions, place=places, who=people)
    def deploy(self, version: str, place: int, who: str) -> None:
        """Somebody asks for a deployment."""
        self.scene.deploy(version, self.place(place), who)

    @rule(version=versions, place=places, who=st.sampled_from(["anna", "ben", "rita"]))
    def rollback(self, version: str, place: int, who: str) -> None:
        """Somebody asks for a way back."""
        self.scene.rollback(version, self.place(place), who)

    @precondition(lambda self: self.open_deployments())
    @rule(stale=st.booleans())
    def arm(self, stale: bool) -> None:
        """The step before the POST, perhaps with an old look at the release, or by a second process that comes late."""
        version, deployment = self.open_deployments()[0]
        self.scene.arm(version, deployment, 1 if stale else None)

    @precondition(lambda self: self.open_deployments("armed"))
    @rule(how=st.sampled_from(["arrives", "arrives", "answer lost", "never arrives", "refused"]))
    def play(self, how: str) -> None:
        """The one POST of an attempt, over a network that loses things in either direction."""
        version, deployment = next(iter(self.open_deployments("armed")), (None, None))
        if version is None or deployment is None or (deployment.id, deployment.epoch) in self.plays:
            return
        self.plays.append((deployment.id, deployment.epoch))
        answer = PlayAnswer(403, None, "Forbidden") if how == "refused" else PlayAnswer(None, None, "timed out")
        if how in {"arrives", "answer lost"}:
            arrived = self.scene.play(deployment)
            answer = arrived if how == "arrives" else answer
        self.scene.answer(version, deployment, answer)

    @staticmethod
    def may_be(deployment: Deployment, job: Job) -> bool:
        """Whether the deployment may turn out to have made the job."""
        return deployment.may_have_made(job.id, job.name, job.pipeline_id)

    def every_drift(self) -> list[Drift]:
        """All there ever were."""
        with self.scene.store.read() as book:
            found = [book.find_drift(number) for number in range(1, book.next_drift_id())]
        assert None not in found
        return [each for each in found if each is not None]

    @precondition(lambda self: self.open_deployments())
    @rule(who=people, waits=st.booleans())
    def replay(self, who: str, waits: bool) -> None:
        """Somebody takes a deployment over, perhaps in time; whoever was at it before speaks too late."""
        version, deployment = self.open_deployments()[0]
        if waits:
            self.scene.wait(timedelta(minutes=11))
        if isinstance(self.scene.replay(version, deployment, who), Accepted):
            late = self.scene.answer(version, deployment, PlayAnswer(403, None, "Forbidden"))
            assert isinstance(late, Refused)

    @precondition(lambda self: self.open_deployments())
    @rule()
    def settle(self) -> None:
        """Somebody looks, at whatever is open."""
        self.settle_all()

    def settle_all(self) -> None:
        """A look at each that is open."""
        for version, deployment in self.open_deployments():
            self.scene.settle(version, deployment)

    @precondition(lambda self: self.open_deployments())
    @rule(who=people)
    def abandon(self, who: str) -> None:
        """Somebody gives a deployment up."""
        self.scene.abandon(*self.open_deployments()[0], who)

    @rule(status=st.sampled_from(["success", "success", "failed", "canceled", "running"]))
    def runners_go_on(self, status: str) -> None:
        """Every job that is under way ends, or at least runs."""
        for job in list(self.scene.world.jobs.values()):
            if job.status in UNDERWAY:
                self.scene.world.change(job.id, status)

    @rule(place=places, who=people, at=st.integers(0, 5))
    def click(self, place: int, who: str, at: int) -> None:
        """Somebody plays a deploy job in GitLab, past relflow; a finished one is cloned."""
        name = self.scene.workflow.deploy_jobs[place]
        found = [job for job in self.scene.world.jobs.values() if job.name == name]
        if found:
            self.scene.world.play(found[at % len(found)].id, who)

    @rule()
    def reconcile(self) -> None:
        """Somebody looks at everything that GitLab lists. I11: each foreign run has one record then, and no more."""
        self.settle_all()
        for name in self.scene.workflow.names:
            self.scene.look(name)
        named = [drift.job_id for drift in self.every_drift()]
        assert len(named) == len(set(named))
        own = {each.job_id for release in self.scene.releases().values() for each in release.deployments}
        for place in self.scene.workflow.environments:
            there = (one for one in self.scene.world.deployments() if one.environment == place.gitlab_environment)
            for shown in there:
                if shown.job is not None and is_run(shown, START) and shown.job.id not in own:
                    seen = any(self.may_be(each, shown.job) for _, each in self.open_deployments())
                    assert seen or shown.job.id in named

    @precondition(lambda self: self.scene.drifts())
    @rule(who=people)
    def accept(self, who: str) -> None:
        """Somebody takes note of a drift."""
        self.scene.accept(self.scene.drifts()[0], who)

    @precondition(lambda self: self.open_deployments())
    @rule()
    def delete(self) -> None:
        """The job of an open deployment is gone."""
        _, deployment = self.open_deployments()[0]
        self.scene.lose(deployment)

    @rule(version=versions | st.just(""), who=people, names=st.lists(places, min_size=1, unique=True))
    def import_past(self, version: str, who: str, names: list[int]) -> None:
        """Somebody imports what ran before relflow came; whose deployments it are is known from then on."""
        self.scene.import_past(version, tuple(map(self.place, names)), who)

    @rule(place=places, who=people, begins_in=st.integers(0, 9), locks=st.booleans())
    def close(self, place: int, who: str, begins_in: int, locks: bool) -> None:
        """Somebody freezes or locks an environment, for some seconds: lives are short."""
        if locks:
            self.scene.lock(self.place(place), timedelta(seconds=4), who)
        else:
            self.scene.freeze(self.place(place), timedelta(seconds=begins_in), timedelta(seconds=4), who)

    @rule(place=places, who=people)
    def open(self, place: int, who: str) -> None:
        """Somebody lets it go on before its time."""
        self.scene.end_freezes(who)
        self.scene.unlock(self.place(place), who)

    @rule(minutes=st.sampled_from([-90, -1, 1, 11, 600]))
    def time_jumps(self, minutes: int) -> None:
        """Forwards, past the quiet period, and backwards."""
        self.scene.wait(timedelta(minutes=minutes))

    @invariant()
    def law_3_and_4(self) -> None:
        """New steps took ways of the table; a deployment was told by a look at the job that GitLab shows as success."""
        ways = {(source, target) for _, _, source, target in walk(self.scene.workflow.names)}
        for step in self.scene.steps[self.checked :]:
            for event in step.decision.events if isinstance(step.decision, Accepted) else ():
                assert event.source in {None, event.target} or (event.source, event.target) in ways
                if isinstance(event, DeploymentSettled) and event.outcome == "success":
                    job = self.scene.world.jobs[event.job_id or 0]
                    assert (job.status, job.commit) == ("success", event.commit)
        self.checked = len(self.scene.steps)

    @invariant()
    def law_5_and_the_chain(self) -> None:
        """The log verifies, and tells all that the store knows."""
        log = self.scene.kept.records()
        assert not any(isinstance(step, Break) for step in verified(LOG, log))
        history = fold(LOG, (from_record(parsed(raw)) for raw in log))
        assert history.releases == self.scene.releases()
        assert list(history.drifts.values()) == self.every_drift()
        with self.scene.store.read() as book:
            assert history.freezes == {number: book.find_freeze(number) for number in range(1, book.next_freeze_id())}

    @invariant()
    def law_8_and_9(self) -> None:
        """One word of a person stands for an environment; one deployment is open in it; ids count from 1."""
        found = self.scene.releases().values()
        for release in found:
            for name in self.scene.workflow.names:
                words = [*release.approvals_for(name), *release.rejections_for(name)]
                assert len({each.by.gitlab_user_id for each in words}) == len(words)
        open_in = [deployment.environment for _, deployment in self.open_deployments()]
        assert len(open_in) == len(set(open_in))
        numbers = sorted(each.id for release in found for each in release.deployments)
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def at_most_one_play_by_us(self) -> None:
        """Every POST had its `play_requested` before it, and no epoch of an attempt has two; epochs count up by one."""
        epochs: dict[int, int] = {}
        asked: list[tuple[int, int]] = []
        for record in map(parsed, self.scene.kept.records()):
            number = record["data"].get("deployment_id")
            if record["event"] == "deployment_taken_over":
                assert record["data"]["epoch"] == epochs.get(number, 1) + 1
                epochs[number] = record["data"]["epoch"]
            if record["event"] == "play_requested":
                asked.append((number, epochs.get(number, 1)))
        assert len(asked) == len(set(asked))
        assert set(self.plays) <= set(asked)

    @invariant()
    def a_pipeline_serves_one_release(self) -> None:
        """Of those that stand on its evidence: its deploy jobs can be played once."""
        standing = [each for each in self.scene.releases().values() if each.evidence]
        bound = [each.pipeline.id for each in standing if each.pipeline is not None]
        assert len(bound) == len(set(bound))
