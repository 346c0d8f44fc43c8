"""What a `.gitlab-ci.yml` says, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EnvironmentSpec:
    """The `environment` of a job. Only the action `start` makes a deployment."""

    name: str
    url: str | None = None
    action: str = "start"
    tier: str | None = None


@dataclass(frozen=True)
class ArtifactsSpec:
    """The `artifacts` of a job: files that it leaves, for how many seconds (None: for good), and JUnit reports."""

    paths: tuple[str, ...] = ()
    expire_in_s: int | None = None
    junit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One entry of `rules`; a rule without a condition always matches."""

    condition: str | None = None
    when: str | None = None
    allow_failure: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JobSpec:
    """One job as written, with the defaults and the variables of the file filled in."""

    name: str
    stage: str
    script: tuple[str, ...]
    when: str = "on_success"
    allow_failure: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] | None = None
    environment: EnvironmentSpec | None = None
    resource_group: str | None = None
    coverage: str | None = None
    artifacts: ArtifactsSpec = ArtifactsSpec()


@dataclass(frozen=True)
class CiFile:
    """A whole file: stages in order, jobs in the order written."""

    stages: tuple[str, ...]
    jobs: tuple[JobSpec, ...]


class CiFileError(ValueError):
    """The file cannot be used; `problems` names every reason, not the first one only."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep the problems apart for whoever shows them."""
        super().__init__("; ".join(problems))
        self.problems = problems
