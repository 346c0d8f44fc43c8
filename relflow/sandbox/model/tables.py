"""The tables: rows by id, ids that never repeat and start apart, so that mixing two kinds up is noticed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Protocol, TypeVar

from relflow.sandbox.model.people import Token
from relflow.sandbox.model.records import (
    Deployment,
    Environment,
    FreezePeriod,
    Job,
    Pipeline,
    ProjectSettings,
    ProtectedRef,
    ResourceGroup,
    TagRelease,
)


class Row(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> int:
        """The number that names the row."""


R = TypeVar("R", bound=Row)


@dataclass
class Table(Generic[R]):
    """Rows of one kind, oldest first."""

    kind: type[R]
    next_id: int
    rows: dict[int, R] = field(default_factory=dict)

    def insert(self, build: Callable[[int], R]) -> R:
        """Give the next id to a new row and keep it."""
        row = build(self.next_id)
        self.next_id += 1
        self.rows[row.id] = row
        return row

    def put(self, row: R) -> R:
        """Put a row in the place of the one with its id."""
        self.rows[row.id] = row
        return row

    def __iter__(self) -> Iterator[R]:
        """Go through a copy, oldest first: the table may change meanwhile."""
        return iter(list(self.rows.values()))

    def __getitem__(self, row_id: int) -> R:
        """Return the row that is known to be there."""
        return self.rows[row_id]

    def get(self, row_id: int | None) -> R | None:
        """Return the row, if there is one."""
        return None if row_id is None else self.rows.get(row_id)

    def newest_first(self) -> list[R]:
        """Return the rows as GitLab lists most of them."""
        return sorted(self.rows.values(), key=lambda row: row.id, reverse=True)


@dataclass
class Tables:
    """Everything the sandbox knows about its project."""

    pipelines: Table[Pipeline] = field(default_factory=partial(Table, Pipeline, 1001))
    jobs: Table[Job] = field(default_factory=partial(Table, Job, 5001))
    deployments: Table[Deployment] = field(default_factory=partial(Table, Deployment, 301))
    environments: Table[Environment] = field(default_factory=partial(Table, Environment, 71))
    resource_groups: Table[ResourceGroup] = field(default_factory=partial(Table, ResourceGroup, 81))
    freeze_periods: Table[FreezePeriod] = field(default_factory=partial(Table, FreezePeriod, 91))
    protected_branches: Table[ProtectedRef] = field(default_factory=partial(Table, ProtectedRef, 51))
    protected_tags: Table[ProtectedRef] = field(default_factory=partial(Table, ProtectedRef, 61))
    releases: Table[TagRelease] = field(default_factory=partial(Table, TagRelease, 41))
    tokens: Table[Token] = field(default_factory=partial(Table, Token, 2001))
    settings: ProjectSettings = field(default_factory=ProjectSettings)
    # The refs that had their pipeline: full name to commit.
    seen_refs: dict[str, str] = field(default_factory=dict)
    jobs_of_pipeline: dict[int, list[int]] = field(default_factory=dict)

    def jobs_of(self, pipeline_id: int, *, retried: bool = False) -> list[Job]:
        """Return the jobs of a pipeline by id, without the retried ones unless asked for."""
        jobs = (self.jobs[job_id] for job_id in self.jobs_of_pipeline.get(pipeline_id, ()))
        return [job for job in jobs if retried or not job.retried]

    def insert_job(self, build: Callable[[int], Job]) -> Job:
        """Keep a new job and remember its pipeline."""
        job = self.jobs.insert(build)
        self.jobs_of_pipeline.setdefault(job.pipeline_id, []).append(job.id)
        return job

    def token(self, value: str) -> Token | None:
        """Find a token by what a client sends."""
        return next((token for token in self.tokens if token.value == value), None)
