"""What GitLab is to relflow, in memory: one project, its people, its pipelines, and manual jobs that can be played.

Playing has GitLab's real semantics: a finished job that is played again is cloned, and the clone starts at once.
Not here: who asks through the port, and what goes wrong on the way (gitlab.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from relflow.core.answers import PlayAnswer
from relflow.core.facts import Job, Pipeline, Published, RemoteDeployment, ReportSummary
from relflow.core.freeze import RemoteFreeze
from relflow.core.people import Level
from relflow.core.pipeline_request import PipelineAnswer
from relflow.service.ports import Clock, MergedCi, RemoteProject
from tests.doubles.gitlab_set_up import SetUp

URL = "https://gitlab.example.org"
PROJECT = RemoteProject(5, "group/data-provider", f"{URL}/group/data-provider")

_DEPLOYMENT = {"created": "created", "running": "running", "success": "success", "failed": "failed"}
_DEPLOYMENT |= {"canceled": "canceled", "skipped": "skipped"}


@dataclass(slots=True)
class Person:
    """A user with one token; level NONE is no member. `token_problem` is what GitLab says of the token: `revoked`."""

    username: str
    user_id: int
    level: Level
    scopes: tuple[str, ...] | None = ("api",)
    token_problem: str | None = None
    is_active: bool = True
    token_expires_on: date | None = date(2026, 12, 1)
    #: Whether the token may not read whose addresses are whose.
    hides_addresses: bool = False

    @property
    def email(self) -> str:
        """The first address."""
        return f"{self.username}@example.org"

    @property
    def token(self) -> str:
        """The token that `connect` takes."""
        return f"token-of-{self.username}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A job of a pipeline to come."""

    name: str
    stage: str = "test"
    status: str = "success"
    environment: str | None = None
    allow_failure: bool = False


#: Tests and builds are done; dev and prod wait to be played.
PLAN = (
    Planned("build", "build"),
    Planned("test"),
    Planned("deploy-dev", "deploy", "manual", "dev"),
    Planned("deploy-prod", "deploy", "manual", "production"),
)


def _people() -> dict[str, Person]:
    levels = [Level.MAINTAINER] * 2 + [Level.DEVELOPER] * 3 + [Level.REPORTER, Level.NONE]
    names = ("anna", "ben", "chris", "dana", "emil", "rita", "otto")
    return {name: Person(name, 11 + at, level) for at, (name, level) in enumerate(zip(names, levels, strict=True))}


CI = MergedCi("unit: {script: test}\n")


@dataclass
class World:
    """One project and the people around it; a test may read and change everything in it.

    Ids count up, and none is used twice. A pipeline's own status is not kept in step: no rule reads it.
    """

    clock: Clock
    project: RemoteProject = PROJECT
    people: dict[str, Person] = field(default_factory=_people)
    refs: dict[str, str] = field(default_factory=dict)
    #: Every commit in the order they were made: one line of history.
    commits: list[str] = field(default_factory=list)
    #: The addresses of a commit's author and co-authors, where that is not emil alone; "": GitLab does not tell.
    authors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pipelines: dict[int, Pipeline] = field(default_factory=dict)
    started_by: dict[int, str] = field(default_factory=dict)
    #: The plan of what is started by the API, where it is not PLAN.
    runs: tuple[Planned, ...] = ()
    #: By pipeline: what its test reports add up to, where jobs left any.
    reports: dict[int, ReportSummary] = field(default_factory=dict)
    #: Branches that are protected; tags that begin with v always are.
    protected: set[str] = field(default_factory=set)
    jobs: dict[int, Job] = field(default_factory=dict)
    #: The CI configuration that every ref has.
    ci: MergedCi = CI
    set_up: SetUp = field(default_factory=SetUp)
    #: GitLab's own freezes, as occurrences.
    freezes: list[RemoteFreeze] = field(default_factory=list)
    #: GitLab's own releases.
    published: list[Published] = field(default_factory=list)
    _deployments: dict[int, RemoteDeployment] = field(default_factory=dict)
    _last_id: int = 100

    def commit(self, ref: str) -> str:
        """A new commit, which the ref names from now on."""
        self.refs[ref] = f"{self._new_id():040x}"
        self.commits.append(self.refs[ref])
        return self.refs[ref]

    def run(self, ref: str, by: str) -> PipelineAnswer:
        """What GitLab does when that person starts a pipeline by its API: another one each time."""
        level = self.people[by].level
        if level < Level.DEVELOPER:
            return PipelineAnswer(
                *((404, None, "Project Not Found") if level is Level.NONE else (403, None, "Forbidden"))
            )
        if ref not in self.refs:
            return PipelineAnswer(400, None, "Reference not found")
        made = self.push(ref, *self.runs, by=by, source="api")
        return PipelineAnswer(201, made, made.status)

    def push(self, ref: str, *plan: Planned, by: str = "anna", source: str = "push") -> Pipeline:
        """A pipeline of that plan, or of PLAN, for the ref's commit; a ref that is new gets a commit."""
        commit = self.refs.get(ref) or self.commit(ref)
        number = self._new_id()
        made = Pipeline(
            id=number, ref=ref, commit=commit, status="success", url=_url("pipelines", number), source=source
        )
        self.pipelines[number], self.started_by[number] = made, by
        for planned in plan or PLAN:
            self._create(made, planned, self.people[by])
        return made

    def measures(self, pipeline: Pipeline, coverage: str = "", report: ReportSummary | None = None) -> None:
        """The pipeline's jobs tell this coverage, and leave these reports."""
        self.pipelines[pipeline.id] = replace(self.pipelines[pipeline.id], coverage=coverage)
        if report is not None:
            self.reports[pipeline.id] = report

    def named(self, pipeline: Pipeline, name: str) -> Job:
        """The youngest job of that name."""
        return max((job for job in self._of(pipeline.id) if job.name == name), key=lambda job: job.id)

    def change(self, job_id: int, status: str, **fields: object) -> Job:
        """The job has that status from now on, and its deployment follows."""
        at, job = self.clock.now(), self.jobs[job_id]
        ended = status in {"success", "failed", "canceled"}
        runs = status in {"running", "success", "failed"}  # one that is canceled while it waits never ran
        times: dict[str, object] = {"started_at": job.started_at or (at if runs else None)}
        times["finished_at"] = at if ended else None
        changed = replace(job, **{"status": status, **times, **fields})  # type: ignore[arg-type]
        self.jobs[job_id] = changed
        self._sync(changed, at)
        return changed

    def finish(self, job_id: int, status: str = "success") -> Job:
        """The job ends, as its runner reports it."""
        return self.change(job_id, status)

    def ran_before(self, ref: str, at: datetime, *names: str, by: str = "emil") -> Pipeline:
        """Long ago somebody played these jobs of the ref's pipeline, a minute each, and they succeeded."""
        pipeline = next((each for each in self.pipelines.values() if each.ref == ref), None) or self.push(ref)
        person = self.people[by]
        for place, name in enumerate(names, start=1):
            ended, job = at + timedelta(minutes=place), self.named(pipeline, name)
            whose = {"user_id": person.user_id, "username": by}
            times = {"started_at": ended - timedelta(minutes=1), "finished_at": ended}
            self.change(job.id, "success", **whose, **times)
            self.lag(job.id, "success", ended)
        return pipeline

    def play(self, job_id: int, by: str) -> PlayAnswer:
        """What GitLab does when that person plays the job, by whatever way."""
        person, job = self.people[by], self.jobs.get(job_id)
        if (refusal := self._refused(person, job)) is not None:
            return refusal
        assert job is not None
        if job.status in {"manual", "scheduled"}:
            job = self.change(job_id, "pending", user_id=person.user_id, username=person.username)
        elif job.status in {"success", "failed", "canceled", "canceling"} and not job.retried:
            self._clone(job, person)  # and the answer shows the old job
        else:
            return PlayAnswer(400, None, "Bad request - Unplayable Job")
        return PlayAnswer(200, replace(job, retried=False), job.status)

    def retry(self, job_id: int, by: str) -> PlayAnswer:
        """What GitLab does when that person retries the job: a new one starts at once, and the answer shows that."""
        person, job = self.people[by], self.jobs.get(job_id)
        if (refusal := self._refused(person, job)) is not None:
            return refusal
        assert job is not None
        if job.retried or job.status not in {"success", "failed", "canceled", "canceling"}:
            return PlayAnswer(403, None, "Forbidden - Job is not retryable")
        made = self._clone(job, person)
        return PlayAnswer(201, made, made.status)

    def cancel(self, job_id: int, by: str) -> PlayAnswer:
        """What GitLab does when that person cancels the job: it answers the same whatever the job's state."""
        person, job = self.people[by], self.jobs.get(job_id)
        if (refusal := self._refused(person, job)) is not None:
            return refusal
        if self.jobs[job_id].status not in {"success", "failed", "canceled", "skipped"}:
            self.change(job_id, "canceled")
        return PlayAnswer(201, self.jobs[job_id], self.jobs[job_id].status)

    @staticmethod
    def _refused(person: Person, job: Job | None) -> PlayAnswer | None:
        if person.level is Level.NONE:
            return PlayAnswer(404, None, "Project Not Found")
        if job is None:
            return PlayAnswer(404, None, "Not found")
        return PlayAnswer(403, None, "Forbidden") if person.level < Level.DEVELOPER else None

    def record_deployment(
        self, environment: str, commit: str, status: str = "success", by: str = "ben"
    ) -> RemoteDeployment:
        """Somebody claims a deployment through the API; nothing ran."""
        number = self._new_id()
        known = {"environment": environment, "status": status, "commit": commit, "username": by}
        made = RemoteDeployment(id=number, job=None, updated_at=self.clock.now(), **known)
        self._deployments[number] = made
        return made

    def update_deployment(self, number: int, status: str, at: datetime | None = None) -> None:
        """Somebody changes what they recorded."""
        changed = replace(self._deployments[number], status=status, updated_at=at or self.clock.now())
        self._deployments[number] = changed

    def lag(self, job_id: int, status: str, at: datetime) -> None:
        """The deployment of the job stays behind it: GitLab keeps no promise that they agree."""
        number = next(number for number, each in self._deployments.items() if each.job and each.job.id == job_id)
        self.update_deployment(number, status, at)

    def deployments(self) -> tuple[RemoteDeployment, ...]:
        """Every deployment, newest first."""
        return tuple(each for _, each in sorted(self._deployments.items(), reverse=True))

    def delete(self, job_id: int) -> None:
        """The job is gone, its pipeline deleted by somebody."""
        del self.jobs[job_id]

    def delete_pipeline(self, pipeline_id: int) -> None:
        """The pipeline is gone with its jobs; their deployments stay, and show no job."""
        gone = {job.id for job in self._of(pipeline_id)}
        for number, each in self._deployments.items():
            if each.job and each.job.id in gone:
                self._deployments[number] = replace(each, job=None)
        for job_id in gone:
            del self.jobs[job_id]
        del self.pipelines[pipeline_id]

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _of(self, pipeline_id: int) -> Iterator[Job]:
        return (job for job in self.jobs.values() if job.pipeline_id == pipeline_id)

    def _create(self, pipeline: Pipeline, planned: Planned, person: Person) -> Job:
        number = self._new_id()
        job = Job(
            id=number,
            name=planned.name,
            stage=planned.stage,
            status="created",
            commit=pipeline.commit,
            url=_url("jobs", number),
            allow_failure=planned.allow_failure,
            user_id=person.user_id,
            username=person.username,
            pipeline_id=pipeline.id,
        )
        self.jobs[number] = job
        if planned.environment:
            self._deploys(job, planned.environment)
        return self.change(number, planned.status)

    def _clone(self, old: Job, person: Person) -> Job:
        planned = Planned(old.name, old.stage, "pending", self._environment_of(old), old.allow_failure)
        self.jobs[old.id] = replace(old, retried=True)
        return self._create(self.pipelines[old.pipeline_id], planned, person)

    def _deploys(self, job: Job, environment: str) -> None:
        number = self._new_id()
        known: dict[str, Any] = {
            "environment": environment,
            "status": "created",
            "commit": job.commit,
            "username": job.username,
            "ref": self.pipelines[job.pipeline_id].ref,
        }
        self._deployments[number] = RemoteDeployment(id=number, job=job, updated_at=self.clock.now(), **known)

    def _environment_of(self, job: Job) -> str | None:
        found = (each.environment for each in self._deployments.values() if each.job and each.job.id == job.id)
        return next(found, None)

    def _sync(self, job: Job, at: datetime) -> None:
        for number, each in self._deployments.items():
            if each.job and each.job.id == job.id:
                # A job that waits, played or not, has a deployment that GitLab calls blocked.
                status = _DEPLOYMENT.get(job.status, "blocked")
                self._deployments[number] = replace(each, status=status, job=job, updated_at=at)


def _url(kind: str, number: int) -> str:
    return f"{URL}/group/data-provider/-/{kind}/{number}"
