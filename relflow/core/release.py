"""A release, its approvals and its deployments: what the records fold into, and what follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from relflow.core.evidence import Numbers
from relflow.core.people import Actor
from relflow.core.verdict import GateResult

#: How far a deployment's play came; `settled` is the end, each other phase leaves it open.
PHASES = ("intended", "armed", "accepted", "unknown", "settled")
OUTCOMES = ("success", "failed", "canceled", "abandoned")
#: The kind of a deployment past approvals and time.
BREAK_GLASS = "break-glass"
#: The kind of a deployment of before relflow's time.
IMPORTED = "imported"
#: What somebody said of an environment, or took back since.
Word = Literal["approved", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class PipelineRef:
    """The pipeline that a release was tested by."""

    id: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's word on one environment, bound to what it was said of: approved, rejected, or withdrawn since."""

    environment: str
    by: Actor
    at: datetime
    revision: int
    commit: str
    comment: str | None = None
    decision: Word = "approved"
    #: The pipeline that the release was bound to; None where the record is older than this, as for a no.
    pipeline_id: int | None = None
    #: The digest of the environment's approval rule then; None where the record is older than this, as for a no.
    rule: str | None = None
    #: How many tests had run in what it was said of; None where nobody had counted them.
    tests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Somebody's word on a point of the checklist, bound to revision and commit."""

    point: str
    by: Actor
    at: datetime
    revision: int
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody's word that one gate shall not stop a deployment, bound to revision, commit and environment."""

    environment: str
    gate: str
    by: Actor
    at: datetime
    revision: int
    commit: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One attempt to bring a release to an environment; it owns one GitLab job.

    A first attempt plays the manual job `job_id`. Any other retries `base_job`, which ended before; the job that
    GitLab makes of it stands in `job_id` once it was seen.
    """

    id: int
    revision: int
    environment: str
    commit: str
    pipeline_id: int
    job_id: int | None
    job_name: str
    job_url: str | None
    requested_by: Actor
    requested_at: datetime
    kind: str = "deploy"
    attempt: int = 1
    base_job: int | None = None
    phase: str = "intended"
    #: Those who took the right to start it, in order; nobody while it is still the requester's.
    taken_over_by: tuple[Actor, ...] = ()
    #: When the last POST was announced that may have had an effect.
    played_at: datetime | None = None
    outcome: str | None = None
    settled_at: datetime | None = None
    #: When its job ended, by GitLab's clock.
    finished_at: datetime | None = None
    #: Why a person has to look at it, be it open or settled; None while all is as expected.
    odd: str | None = None
    #: Who looked at it afterwards, where it was made past the approvals.
    signed_off_by: Actor | None = None

    @property
    def owes_review(self) -> bool:
        """Whether the glass was broken for it, something may have run, and nobody else has looked at it since."""
        is_over = not self.is_open and self.accounts_for_its_job
        return self.kind == BREAK_GLASS and is_over and self.signed_off_by is None

    @property
    def is_open(self) -> bool:
        """Whether its end is not recorded yet."""
        return self.phase != "settled"

    @property
    def accounts_for_its_job(self) -> bool:
        """Whether a run of its job is its own: not where it was given up before the job was seen to end."""
        return self.outcome != "abandoned" or self.finished_at is not None

    def may_have_made(self, job_id: int, name: str, pipeline_id: int) -> bool:
        """Whether the job may be the new one of its retry, which nobody has seen yet."""
        is_unseen = self.is_open and self.job_id is None and self.base_job is not None and self.base_job < job_id
        return is_unseen and (self.job_name, self.pipeline_id) == (name, pipeline_id)

    @property
    def epoch(self) -> int:
        """Whose turn it is to start the job and to say what became of that: 1 is the requester's."""
        return 1 + len(self.taken_over_by)

    @property
    def starters(self) -> tuple[Actor, ...]:
        """Everybody for whom relflow may have started the job: an earlier epoch's POST may be the one that arrived."""
        return (self.requested_by, *self.taken_over_by)

    @property
    def starts(self) -> int:
        """The job that the POST names: the one to be played, or to be retried."""
        return self.base_job or self.job_id or 0

    @property
    def job_label(self) -> str:
        """How its job is spoken of: `job 73`, or `the retry of job 73` while nobody has seen the new one."""
        return f"job {self.job_id}" if self.job_id is not None else f"the retry of job {self.base_job}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDeployment:
    """A deployment of before relflow's time as GitLab tells it: it succeeded, and its job may be gone since."""

    deployment_id: int
    environment: str
    #: GitLab's own number of it.
    gitlab_deployment_id: int
    #: Who played it; where no job is shown, who made its pipeline, or recorded it. They proved nothing to relflow.
    by: Actor
    #: Both by GitLab's clock.
    started_at: datetime
    ended_at: datetime
    #: All four null where GitLab shows no job: its pipeline is deleted, or it was only recorded through the API.
    pipeline_id: int | None
    job_id: int | None
    job_name: str | None
    job_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version on its way through the workflow, bound to one commit."""

    version: str
    state: str
    ref: str
    commit: str
    #: Of an imported one who imported it, and when it was first deployed.
    created_by: Actor
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    row_version: int = 1
    title: str | None = None
    pipeline: PipelineRef | None = None
    held_from: str | None = None
    closed: bool = False
    evidence: tuple[GateResult, ...] = ()
    #: What was counted when it was tested; None where the policy asked for no number.
    numbers: Numbers | None = None
    ticks: tuple[Tick, ...] = ()
    approvals: tuple[Approval, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    deployments: tuple[Deployment, ...] = ()

    @property
    def stands_in(self) -> str:
        """The state, or the state to resume to while it is held."""
        return self.held_from or self.state

    @property
    def tests(self) -> int | None:
        """How many tests ran in the pipeline that it was tested by; None where nobody counted them."""
        return self.numbers.tests if self.numbers else None

    def deployment(self, deployment_id: int) -> Deployment | None:
        """The deployment of that id, if it is this release's."""
        return next((each for each in self.deployments if each.id == deployment_id), None)

    def open_deployment(self, environment: str) -> Deployment | None:
        """The deployment to the environment that is not settled yet; there is at most one."""
        return next((each for each in self.deployments if each.environment == environment and each.is_open), None)

    def under_way(self) -> tuple[Deployment, ...]:
        """The deployments whose play may have left, and whose end is not recorded."""
        return tuple(each for each in self.deployments if each.is_open and each.phase != "intended")

    def brought_to(self, environment: str) -> Deployment | None:
        """The last deployment that brought the current revision to the environment."""
        wanted = (environment, self.revision, "success")
        there = (each for each in self.deployments if (each.environment, each.revision, each.outcome) == wanted)
        return max(there, key=lambda each: each.id, default=None)

    def approvals_for(self, environment: str) -> Iterator[Approval]:
        """The approvals that stand for the environment, revision, commit and pipeline, oldest first."""
        return self._words(environment, "approved")

    def rejections_for(self, environment: str) -> Iterator[Approval]:
        """The rejections that stand for the environment, revision and commit, oldest first."""
        return self._words(environment, "rejected")

    def _words(self, environment: str, decision: str) -> Iterator[Approval]:
        there = (each for each in self.approvals if (each.environment, each.decision) == (environment, decision))
        return (each for each in there if self.counts(each))

    def counts(self, approval: Approval) -> bool:
        """Whether it stands, and was given for what the release is bound to now."""
        return self.binds(approval) and approval.decision != "withdrawn"

    def binds(self, word: Approval | Tick) -> bool:
        """Whether it was said of the revision and commit, and of the pipeline if any, that the release is bound to."""
        tested_by = (None, self.pipeline.id if self.pipeline else None)
        said_of = word.pipeline_id if isinstance(word, Approval) else None
        return (word.revision, word.commit) == (self.revision, self.commit) and said_of in tested_by

    def ticked(self, point: str) -> Tick | None:
        """The tick of the point that counts now."""
        return next((each for each in self.ticks if each.point == point and self.binds(each)), None)
