"""What a test showed in numbers, kept with the release: it outlives the pipeline that was counted."""

from dataclasses import dataclass, field

from relflow.core.codec import LATER


@dataclass(frozen=True, slots=True)
class PassedJob:
    """A job that was required, and succeeded."""

    id: int
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was counted in the pipeline; None is what the policy did not ask for."""

    #: Percent as GitLab says it, like `85.30`.
    coverage: str | None = None
    #: Tests that ran, those that failed among them; skipped ones did not run.
    tests: int | None = None
    failed: int | None = None
    skipped: int | None = None
    jobs: tuple[PassedJob, ...] = ()
    #: The sha-256 of the summary of the test reports that the tests were counted by, as `sha256:` and its hex.
    report_digest: str | None = field(default=None, metadata=LATER)
