"""What relflow can change in GitLab to mend what a check found; each is one request. Nothing is sent here."""

from dataclasses import dataclass

from relflow.core.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Give a setting of the project another value; the key is GitLab's."""

    key: str
    value: bool | str

    @property
    def says(self) -> str:
        """What it does, as a person is asked whether they want it."""
        return f"set {self.key} to {str(self.value).lower()}"


@dataclass(frozen=True, slots=True)
class ProtectBranch:
    """Protect a branch that is not: maintainers push, developers merge."""

    name: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"protect the branch {self.name}: maintainers push, developers merge"


@dataclass(frozen=True, slots=True)
class CloseBranch:
    """Let only maintainers push to a protected branch; `rows` are the ids of what lets others."""

    name: str
    rows: tuple[int, ...]

    @property
    def says(self) -> str:
        """What it does."""
        return f"let only maintainers push to {self.name}"


@dataclass(frozen=True, slots=True)
class ForbidForcePush:
    """Let nobody rewrite a protected branch."""

    name: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"let nobody force-push to {self.name}"


@dataclass(frozen=True, slots=True)
class ProtectTags:
    """Protect tags of a pattern: developers make them as before, and nobody moves them."""

    pattern: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"protect the tags {self.pattern}: developers make them, nobody moves them"


@dataclass(frozen=True, slots=True)
class LetGroupPass:
    """Let a resource group take whoever comes, so that a forgotten pipeline holds nobody up."""

    key: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"set the process mode of the resource group {self.key} to unordered"


@dataclass(frozen=True, slots=True)
class KeepArtifacts:
    """Keep the artifacts of a job for good."""

    job_id: int
    job: str

    @property
    def says(self) -> str:
        """What it does."""
        return f"keep the artifacts of job {self.job_id} ({self.job})"


Remedy = ChangeSetting | ProtectBranch | CloseBranch | ForbidForcePush | ProtectTags | LetGroupPass | KeepArtifacts


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a remedy: done is what GitLab's answer shows, None what nobody knows."""

    is_done: bool | None
    #: GitLab's own words, or why nothing was heard.
    words: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A finding, with the changes that mend it where relflow can make them."""

    finding: Finding
    remedies: tuple[Remedy, ...] = ()


def diagnosis(severity: Severity, name: str, what: str, consequence: str, fix: str, *remedies: Remedy) -> Diagnosis:
    """A finding and its remedies."""
    return Diagnosis(Finding(severity, name, what, consequence, fix), remedies)
