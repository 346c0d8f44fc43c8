"""The tables: rows by id, ids that never repeat and start apart, so that mixing two kinds up is noticed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

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


def _table(kind: type[Any], first_id: int) -> Any:
    return field(default_factory=lambda: Table(kind, first_id))


@dataclass
class Tables:
    """Everything the sandbox knows about its project."""

    pipelines: Table[Pipeline] = _table(Pipeline, 1001)
    jobs: Table[Job] = _table(Job, 5001)
    deployments: Table[Deployment] = _table(Deployment, 301)
    environments: Table[Environment] = _table(Environment, 71)
    resource_groups: Table[ResourceGroup] = _table(ResourceGroup, 81)
    freeze_periods: Table[FreezePeriod] = _table(FreezePeriod, 91)
    protected_branches: Table[ProtectedRef] = _table(ProtectedRef, 51)
    protected_tags: Table[ProtectedRef] = _table(ProtectedRef, 61)
    tokens: Table[Token] = _table(Token, 2001)
    settings: ProjectSettings = ProjectSettings()
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
