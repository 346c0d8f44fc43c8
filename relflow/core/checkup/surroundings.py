"""What GitLab and this machine are set to, as a check reads it; None is what nobody told.

Nothing here decides about a release: that is `facts`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from relflow.core.facts import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """The settings of a project that bear upon deployments."""

    default_branch: str | None = None
    is_archived: bool = False
    #: Whether the job of an older pipeline that still waits is refused once a newer one has deployed.
    refuses_outdated: bool | None = None
    #: Whether an older job that ended may be run again all the same.
    lets_roll_back: bool | None = None
    #: Whether the artifacts of each ref's last pipeline outlive their expiry.
    keeps_latest_artifacts: bool | None = None
    #: From which role on people may give variables to a pipeline.
    variables_from: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One row of who may: everybody from a level on (0: nobody), or somebody named, whose level is None."""

    id: int
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A protected branch, tag, or pattern of them. Of several that fit, the most permissive counts."""

    name: str
    push: tuple[Access, ...] = ()
    lets_force_push: bool = False
    #: Of a group: it cannot be changed in the project.
    is_inherited: bool = False

    def covers(self, ref: str) -> bool:
        """Whether it is the ref's; `*` stands for anything."""
        first, *others = self.name.split("*")
        if not others:
            return ref == self.name
        if not ref.startswith(first):
            return False
        place = len(first)
        for part in others[:-1]:
            found = ref.find(part, place)
            if found < 0:
                return False
            place = found + len(part)
        return ref.endswith(others[-1]) and len(ref) - len(others[-1]) >= place


@dataclass(frozen=True, slots=True)
class Protections:
    """What is protected in the project."""

    branches: tuple[Protection, ...]
    tags: tuple[Protection, ...]


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """Jobs that run one after the other, and who of those that wait comes next."""

    key: str
    process_mode: str


@dataclass(frozen=True, slots=True)
class Artifacts:
    """What a job left for later ones."""

    job_id: int
    job: str
    #: None: never.
    expires_at: datetime | None
    #: Whether there are any; of what has expired nothing is left.
    is_there: bool


@dataclass(frozen=True, slots=True)
class WayBackFacts:
    """What a rollback of the environment would run, and what the jobs of its pipeline left."""

    environment: str
    version: str
    deploy_job: str
    artifacts: tuple[Artifacts, ...]


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Whose token is used and from where; never the token itself."""

    source: str
    username: str
    #: None for a token that does not tell, an OAuth one say.
    scopes: tuple[str, ...] | None
    #: The day with whose beginning it ends; None where it never does.
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A file or folder that matters, and what its mode lets whom do."""

    path: str
    kind: Literal["database", "folder", "token", "trust"]
    #: The permission bits, with setgid and sticky.
    mode: int
    is_writable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What the database says of itself, each a list of sentences or names."""

    damage: tuple[str, ...] = ()
    unsafe_settings: tuple[str, ...] = ()
    lost_guards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """What stands in the log and waits for somebody."""

    #: The ids of runs that nobody accepted yet, with their environments.
    drifts: tuple[tuple[int, str], ...] = ()
    #: The ids of open deployments with their environments, and since when they are.
    open_deployments: tuple[tuple[int, str, datetime], ...] = ()
    #: How far GitLab was read, by environment.
    looks: tuple[tuple[str, Look], ...] = ()
    #: The refs of the newest releases.
    refs: tuple[str, ...] = ()
    #: What this machine has seen in the log and is no longer there, in a sentence.
    gone: str | None = None
