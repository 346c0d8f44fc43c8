"""The rows of a GitLab, frozen: a change puts a new row in the place of the old one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from relflow.sandbox.ci.spec import JobSpec
from relflow.sandbox.model.statuses import COMPLETED, RETRYABLE, Status


@dataclass(frozen=True)
class Pipeline:
    """A pipeline of one commit on one ref."""

    id: int
    iid: int
    sha: str
    ref: str
    tag: bool
    source: str
    status: Status
    before_sha: str
    user_id: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    yaml_errors: str | None = None


@dataclass(frozen=True)
class TestSuite:
    """What the JUnit reports of one job add up to."""

    __test__ = False  # the name is GitLab's; pytest shall not collect it

    total_time: float
    total_count: int
    failed_count: int
    skipped_count: int
    error_count: int
    suite_error: str | None = None

    @property
    def success_count(self) -> int:
        """The cases that are left when all others are taken away."""
        return self.total_count - self.failed_count - self.skipped_count - self.error_count


@dataclass(frozen=True)
class Job:
    """One run of a job, or the wish for one. A retry is a new row; the old one is `retried`."""

    id: int
    pipeline_id: int
    spec: JobSpec
    stage_index: int
    status: Status
    when: str
    allow_failure: bool
    user_id: int
    created_at: datetime
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    retried: bool = False
    # Set on a clone that play or retry asked for: a manual job then starts without being played again.
    enqueue_immediately: bool = False
    failure_reason: str | None = None
    environment: str | None = None
    deployment_id: int | None = None
    rule_variables: Mapping[str, str] = field(default_factory=dict)
    job_variables: Mapping[str, str] = field(default_factory=dict)
    coverage: float | None = None
    suite: TestSuite | None = None
    # What it left for later jobs: how many bytes, None for nothing, and until when they last; None is for good.
    archive_size: int | None = None
    artifacts_expire_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name in the CI file, the same for every retry."""
        return self.spec.name

    @property
    def is_action(self) -> bool:
        """Whether a person has to start it."""
        return self.when == "manual"

    @property
    def is_complete(self) -> bool:
        """Whether it will never run again."""
        return self.status in COMPLETED

    @property
    def is_retryable(self) -> bool:
        """Whether a clone of it may be made."""
        return not self.retried and self.status in RETRYABLE

    @property
    def is_playable(self) -> bool:
        """Whether `play` is accepted, which it is for a finished manual job too."""
        return self.is_action and (self.status is Status.MANUAL or self.is_retryable)


@dataclass(frozen=True)
class Environment:
    """A place that jobs deploy to; it appears with the first pipeline that names it."""

    id: int
    name: str
    slug: str
    tier: str
    external_url: str | None
    created_at: datetime
    updated_at: datetime
    state: str = "available"


@dataclass(frozen=True)
class Deployment:
    """A deployment of one job, or one that somebody only recorded (`job_id` is None)."""

    id: int
    iid: int
    environment_id: int
    ref: str
    tag: bool
    sha: str
    user_id: int
    status: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    job_id: int | None = None


@dataclass(frozen=True)
class ResourceGroup:
    """Jobs of one group run one after the other."""

    id: int
    key: str
    created_at: datetime
    updated_at: datetime
    process_mode: str = "unordered"


@dataclass(frozen=True)
class FreezePeriod:
    """A recurring time without deployments. It blocks nothing by itself."""

    id: int
    freeze_start: str
    freeze_end: str
    cron_timezone: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class TagRelease:
    """GitLab's own idea of a release: a title and a text on a tag."""

    id: int
    tag_name: str
    name: str
    description: str
    author_id: int
    created_at: datetime
    released_at: datetime


@dataclass(frozen=True)
class ProtectedRef:
    """A protected branch or tag, its name possibly with `*`; levels are GitLab's numbers, 0 is nobody."""

    id: int
    name: str
    push_levels: tuple[int, ...] = ()
    merge_levels: tuple[int, ...] = ()
    create_levels: tuple[int, ...] = ()
    allow_force_push: bool = False


@dataclass(frozen=True)
class ProjectSettings:
    """What a maintainer may change about the project."""

    ci_forward_deployment_enabled: bool = True
    ci_forward_deployment_rollback_allowed: bool = True
    ci_pipeline_variables_minimum_override_role: str = "developer"
    keep_latest_artifact: bool = True
    archived: bool = False
