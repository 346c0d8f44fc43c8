"""The GitLab port in memory, for tests of use cases: a world, a way in for each person, and what goes wrong on it.

`FakeGitLab` is the world of gitlab_world.py with faults and with hooks for races; `connect` gives a person's port.
Not here: HTTP and the words of errors.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from relflow.core.answers import PlayAnswer
from relflow.core.authors import addresses_of, no_reply
from relflow.core.checkup.remedy import Mended, Remedy
from relflow.core.checkup.surroundings import Artifacts, ProjectSettings, Protections, ResourceGroup
from relflow.core.errors import GitLabError
from relflow.core.facts import Job, Pipeline, Published, RemoteDeployment, ReportSummary, Tag
from relflow.core.freeze import RemoteFreeze
from relflow.core.people import Level, Member, user
from relflow.core.pipeline_request import PipelineAnswer
from relflow.service.ports import Change, Changes, Clock, Identity, MergedCi, RemoteProject
from tests.doubles.gitlab_world import PLAN, Person, Planned, World

__all__ = [
    "NO_ANSWER",
    "NO_PIPELINE",
    "PLAN",
    "Call",
    "FakeConnection",
    "FakeGitLab",
    "Person",
    "Planned",
    "PlayFault",
    "RunFault",
]

#: What changes a job, and answers rather than raises.
POSTS = frozenset({"play", "retry", "cancel", "run_pipeline"})
#: What a play gets when no answer comes, and what starts a pipeline.
NO_ANSWER = PlayAnswer(None, None, "no complete answer within the time limit")
NO_PIPELINE = PipelineAnswer(None, None, "no complete answer within the time limit")


@dataclass(frozen=True, slots=True)
class Call:
    """One use of the port: who, which method, and what about."""

    username: str
    method: str
    subject: object


@dataclass(frozen=True, slots=True)
class PlayFault:
    """What happens to one POST: `effect` is now, later (at `deliver`), or never; `answer` replaces GitLab's."""

    effect: str = "now"
    answer: PlayAnswer | None = NO_ANSWER


@dataclass(frozen=True, slots=True)
class RunFault:
    """The same of a POST that starts a pipeline; `twice` is one that was doubled on its way."""

    effect: str = "now"
    answer: PipelineAnswer | None = NO_PIPELINE


@dataclass
class FakeGitLab(World):
    """The world as the port's users meet it."""

    #: Every use of the port, in order, refused and lost ones included.
    calls: list[Call] = field(default_factory=list)
    #: How far this machine's clock is ahead, as GitLab's answer shows it.
    clock_ahead: timedelta | None = timedelta(0)
    #: GitLab's own time, where it tells.
    answers_at: datetime | None = None
    #: What happens to the next plays, retries and cancels, one each; what is beyond them works.
    play_faults: deque[PlayFault] = field(default_factory=deque)
    #: The same for pipelines that are started.
    run_faults: deque[RunFault] = field(default_factory=deque)
    #: What the next changes of the set-up are answered with, one each, and they have no effect then.
    mend_answers: deque[Mended] = field(default_factory=deque)
    _undelivered: list[Callable[[], object]] = field(default_factory=list)
    _before: dict[tuple[str, int], list[Callable[[], object]]] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def copy(self, clock: Clock) -> "FakeGitLab":
        """Another world that begins where this one stands, on a clock of its own and with nothing on its way."""
        return FakeGitLab(
            clock=clock,
            project=self.project,
            people={name: replace(each) for name, each in self.people.items()},
            refs=dict(self.refs),
            protected=set(self.protected),
            reports=dict(self.reports),
            commits=list(self.commits),
            authors=dict(self.authors),
            pipelines=dict(self.pipelines),
            started_by=dict(self.started_by),
            jobs=dict(self.jobs),
            set_up=self.set_up.copy(),
            freezes=list(self.freezes),
            published=list(self.published),
            _deployments=dict(self._deployments),
            _last_id=self._last_id,
        )

    def connect(self, username: str) -> "FakeConnection":
        """The port as this person's token opens it."""
        return FakeConnection(self, self.people[username])

    def connect_with(self, token: str) -> "FakeConnection":
        """The port as that token opens it, which may be nobody's."""
        nobody = Person("nobody", 0, Level.NONE, token_problem="unknown")
        return FakeConnection(self, next((each for each in self.people.values() if each.token == token), nobody))

    def before(self, method: str, action: Callable[[], object], nth: int = 1) -> None:
        """Do that just before the n-th use of the method from now on, by whomever; it may raise."""
        self._before.setdefault((method, self._counts[method] + nth), []).append(action)

    def fail(self, method: str, status: int | None = 502, nth: int = 1) -> None:
        """Let the n-th use of the method from now on end in a GitLabError."""

        def give_up() -> None:
            raise GitLabError("GitLab is in trouble itself", status=status)

        self.before(method, give_up, nth)

    def plays(self) -> list[Call]:
        """Every POST that was sent to start a job, whatever became of it."""
        return [call for call in self.calls if call.method in {"play", "retry"}]

    def deliver(self) -> None:
        """Plays that were under way arrive now."""
        while self._undelivered:
            self._undelivered.pop(0)()

    @contextmanager
    def _used(self, person: Person, method: str, subject: object, project: int | None) -> Iterator[None]:
        self.calls.append(Call(person.username, method, subject))
        self._counts[method] += 1
        for action in self._before.pop((method, self._counts[method]), ()):
            action()
        if method not in POSTS and person.token_problem:
            raise GitLabError(f"the token is {person.token_problem}", status=401)
        if method not in POSTS and project is not None and (project != self.project.id or person.level is Level.NONE):
            raise GitLabError("the project is not there, or hidden from you", status=404)
        yield


@dataclass(frozen=True, slots=True)
class FakeConnection:
    """The GitLab port of one person."""

    world: FakeGitLab
    person: Person

    def identify(self) -> Identity:
        """Who the token belongs to."""
        with self.world._used(self.person, "identify", None, None):
            actor = user(self.person.username, self.person.user_id)
            person, world = self.person, self.world
            shown = frozenset({person.email, no_reply(person.user_id)})
            return Identity(actor, person.scopes, world.clock_ahead, world.answers_at, person.token_expires_on, shown)

    def listed_addresses(self) -> frozenset[str] | None:
        """The address that the person added, where the token may read it."""
        with self.world._used(self.person, "listed_addresses", None, None):
            person = self.person
            return None if person.hides_addresses else frozenset({f"{person.username}@home.example.net"})

    def project(self, path: str) -> RemoteProject:
        """The project of that path."""
        found = self.world.project
        with self.world._used(self.person, "project", path, found.id if path == found.path else -1):
            return found

    def members(self, project: int) -> tuple[Member, ...]:
        """Everybody with access."""
        with self.world._used(self.person, "members", None, project):
            people = [each for each in self.world.people.values() if each.level and each.is_active]
            return tuple(Member(each.username, each.user_id, each.level) for each in people)

    def resolve(self, project: int, ref: str) -> str | None:
        """The commit that the ref names."""
        with self.world._used(self.person, "resolve", ref, project):
            known = self.world.refs
            return known.get(ref) or (ref if ref in known.values() else None)

    def tag(self, project: int, name: str) -> str | None:
        """The commit that the tag names; the double's refs that begin with v are its tags."""
        with self.world._used(self.person, "tag", name, project):
            return self.world.refs.get(name) if name.startswith("v") else None

    def tags(self, project: int) -> tuple[Tag, ...]:
        """Every tag: the double's refs that begin with v."""
        with self.world._used(self.person, "tags", None, project):
            return tuple(Tag(name, commit) for name, commit in sorted(self.world.refs.items()) if name.startswith("v"))

    def releases(self, project: int) -> tuple[Published, ...]:
        """GitLab's own releases, by tag."""
        with self.world._used(self.person, "releases", None, project):
            return tuple(sorted(self.world.published, key=lambda each: each.tag))

    def pipelines(self, project: int, commit: str, started_by: str | None = None) -> tuple[Pipeline, ...]:
        """The commit's pipelines, newest first; of one user's only those by the API."""
        with self.world._used(self.person, "pipelines", commit, project):
            found = [each for each in self.world.pipelines.values() if each.commit == commit]
            if started_by is not None:
                own = {number for number, who in self.world.started_by.items() if who == started_by}
                found = [each for each in found if each.id in own and each.source == "api"]
            listed = (replace(each, coverage=None) for each in found)
            return tuple(sorted(listed, key=lambda each: each.id, reverse=True))

    def pipeline(self, project: int, pipeline_id: int) -> Pipeline | None:
        """The pipeline with its coverage, or None."""
        with self.world._used(self.person, "pipeline", pipeline_id, project):
            found = self.world.pipelines.get(pipeline_id)
            return found and replace(found, coverage=found.coverage or "")

    def report(self, project: int, pipeline_id: int) -> ReportSummary:
        """What the test reports add up to: nothing, unless a test says more; the digest is of that and the pipeline."""
        with self.world._used(self.person, "report", pipeline_id, project):
            if pipeline_id not in self.world.pipelines:
                raise GitLabError(f"pipeline {pipeline_id} is not there", status=404)
            found = self.world.reports.get(pipeline_id, ReportSummary(0))
            said = hashlib.sha256(f"{pipeline_id}: {found}".encode()).hexdigest()
            return replace(found, digest=f"sha256:{said}")

    def is_protected(self, project: int, ref: str) -> bool:
        """Whether the ref is there, and protected: the double's tags are, its branches unless a test says so."""
        with self.world._used(self.person, "is_protected", ref, project):
            return ref in self.world.refs and (ref.startswith("v") or ref in self.world.protected)

    def jobs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """The pipeline's jobs, oldest first. A pipeline that is not there is an error, as in GitLab."""
        with self.world._used(self.person, "jobs", pipeline_id, project):
            if pipeline_id not in self.world.pipelines:
                raise GitLabError(f"pipeline {pipeline_id} is not there", status=404)
            return tuple(sorted(self.world._of(pipeline_id), key=lambda job: job.id))

    def runs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """The same, and none says whether it was retried."""
        return tuple(replace(job, retried=False) for job in self.jobs(project, pipeline_id))

    def job(self, project: int, job_id: int) -> Job | None:
        """The job, or None. One that is asked for alone does not tell whether it was retried."""
        with self.world._used(self.person, "job", job_id, project):
            found = self.world.jobs.get(job_id)
            return found and replace(found, retried=False)

    def deployments(
        self,
        project: int,
        since: datetime,
        status: str | None = None,
        *,
        environment: str | None = None,
        most: int | None = None,
    ) -> tuple[RemoteDeployment, ...]:
        """Those that changed since then, of that status and environment if they are named, newest first."""
        with self.world._used(self.person, "deployments", status, project):
            changed = (each for each in self.world.deployments() if each.updated_at >= since)
            asked = (each for each in changed if status in (None, each.status))
            found = [each for each in asked if environment in (None, each.environment)]
            kept = sorted(found, key=lambda each: (each.updated_at, each.id), reverse=True)[:most]
            return tuple(each for each in found if each in kept)

    def changes(self, project: int, since: str, until: str) -> Changes | None:
        """The commits that were made after the one and up to the other: the world has one line of them."""
        with self.world._used(self.person, "changes", (since, until), project):
            made = self.world.commits
            if since not in made or until not in made:
                return None
            between = made[made.index(since) + 1 : made.index(until) + 1]
            commits = tuple(map(self._change, between))
            return Changes(commits, f"{self.world.project.url}/-/compare/{since}...{until}")

    def merged_ci(self, project: int, ref: str) -> MergedCi | None:
        """The one configuration, where there is that ref."""
        with self.world._used(self.person, "merged_ci", ref, project):
            known = {*self.world.refs, *self.world.refs.values(), "main"}
            return self.world.ci if ref in known else None

    def settings(self, project: int) -> ProjectSettings:
        """The project's settings."""
        with self.world._used(self.person, "settings", None, project):
            return replace(self.world.set_up.settings, is_archived=self.world.project.is_archived)

    def protections(self, project: int) -> Protections:
        """What is protected."""
        with self.world._used(self.person, "protections", None, project):
            return Protections(tuple(self.world.set_up.branches), tuple(self.world.set_up.tags))

    def resource_groups(self, project: int) -> tuple[ResourceGroup, ...]:
        """The resource groups."""
        with self.world._used(self.person, "resource_groups", None, project):
            return tuple(self.world.set_up.groups)

    def has_environment(self, project: int, name: str) -> bool:
        """Whether any pipeline ever named it."""
        with self.world._used(self.person, "has_environment", name, project):
            return name in {each.environment for each in self.world.deployments()} | self.world.set_up.environments

    def artifacts(self, project: int, pipeline_id: int) -> tuple[Artifacts, ...]:
        """What the jobs of the pipeline left."""
        with self.world._used(self.person, "artifacts", pipeline_id, project):
            jobs = sorted(self.world._of(pipeline_id), key=lambda job: job.id)
            left = self.world.set_up.artifacts
            return tuple(left.get(job.id, Artifacts(job.id, job.name, None, False)) for job in jobs)

    def mend(self, project: int, remedy: Remedy) -> Mended:
        """Make the change; only maintainers may."""
        with self.world._used(self.person, "mend", remedy, project):
            if self.world.mend_answers:
                return self.world.mend_answers.popleft()
            if self.person.level < Level.MAINTAINER:
                return Mended(False, "GitLab answered 403: Forbidden")
            self.world.set_up.change(remedy)
            return Mended(True, "done")

    def change(self, project: int, commit: str) -> Change | None:
        """The one commit, or None."""
        with self.world._used(self.person, "change", commit, project):
            return self._change(commit) if commit in self.world.commits else None

    def _change(self, commit: str) -> Change:
        author, *others = self.world.authors.get(commit, ("emil@example.org",))
        message = "".join(f"\n\nCo-authored-by: Somebody <{each}>" for each in others)
        return Change(commit, f"Change {commit[-4:]}", "Emil", addresses_of(author, message) if author else frozenset())

    def freezes(self, project: int, moments: tuple[datetime, ...]) -> tuple[RemoteFreeze, ...]:
        """The world's freezes that are not over at one of the times."""
        with self.world._used(self.person, "freezes", moments, project):
            found = (each for each in self.world.freezes if any(at < each.ends_at for at in moments))
            return tuple(sorted(found, key=lambda each: (each.begins_at, each.id)))

    def play(self, project: int, job_id: int) -> PlayAnswer:
        """Play the job; the world's next fault decides what becomes of it and of the answer."""
        return self._post(project, job_id, "play", self.world.play)

    def retry(self, project: int, job_id: int) -> PlayAnswer:
        """Run a job that ended again; the world's next fault decides here too."""
        return self._post(project, job_id, "retry", self.world.retry)

    def run_pipeline(self, project: int, ref: str) -> PipelineAnswer:
        """Start a pipeline; the world's next fault decides what becomes of it and of the answer."""
        with self.world._used(self.person, "run_pipeline", ref, project):
            faults, act = self.world.run_faults, partial(self.world.run, ref, self.person.username)
            fault = faults.popleft() if faults else RunFault(answer=None)
            if self.person.token_problem:
                return PipelineAnswer(401, None, f"Token is {self.person.token_problem}")
            if fault.effect == "later":
                self.world._undelivered.append(act)
            answers = [act() for _ in range({"now": 1, "twice": 2}.get(fault.effect, 0))]
            return fault.answer or (answers[-1] if answers else NO_PIPELINE)

    def cancel(self, project: int, job_id: int) -> PlayAnswer:
        """Cancel the job; the world's next fault decides here too."""
        return self._post(project, job_id, "cancel", self.world.cancel)

    def _post(self, project: int, job_id: int, verb: str, act: Callable[[int, str], PlayAnswer]) -> PlayAnswer:
        with self.world._used(self.person, verb, job_id, project):
            faults = self.world.play_faults
            fault = faults.popleft() if faults else PlayFault(answer=None)
            if self.person.token_problem:
                return PlayAnswer(401, None, f"Token is {self.person.token_problem}")
            if fault.effect == "now":
                answer = act(job_id, self.person.username)
                return fault.answer or answer
            if fault.effect == "later":
                self.world._undelivered.append(lambda: act(job_id, self.person.username))
            return fault.answer or NO_ANSWER
