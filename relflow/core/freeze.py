"""What closes an environment for a time: a freeze, of relflow's or of GitLab's, and a lock."""

from dataclasses import dataclass
from datetime import datetime

from relflow.core.people import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A period without deployments to one environment, from `begins_at` on and before `ends_at`."""

    id: int
    environment: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    added_by: Actor
    added_at: datetime
    #: Who ended it before its time, and when; None while nobody has.
    ended_by: Actor | None = None
    ended_at: datetime | None = None

    @property
    def what(self) -> str:
        """How it is spoken of: `freeze 3 by anna: inventory`."""
        return f"freeze {self.id} by {self.added_by.name}: {self.reason}"

    def covers(self, at: datetime) -> bool:
        """Whether it is in force then."""
        return self.ended_at is None and self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFreeze:
    """One occurrence of a freeze period of GitLab's: it returns by its two cron lines, for every environment."""

    id: int
    begins_at: datetime
    ends_at: datetime
    #: The cron lines of its begin and end, with their time zone.
    lines: str

    @property
    def what(self) -> str:
        """How it is spoken of."""
        return f"GitLab's freeze period {self.id}: {self.lines}"

    def covers(self, at: datetime) -> bool:
        """Whether it is in force then."""
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Somebody keeps everybody from deploying to an environment and from rolling it back."""

    environment: str
    reason: str
    locked_by: Actor
    locked_at: datetime
    #: When it ends by itself; None: when somebody unlocks.
    until: datetime | None = None
    unlocked_by: Actor | None = None
    unlocked_at: datetime | None = None

    @property
    def what(self) -> str:
        """How it is spoken of: `locked by anna: the disk is full`."""
        return f"locked by {self.locked_by.name}: {self.reason}"

    def stands(self, at: datetime) -> bool:
        """Whether it is in force then."""
        return self.unlocked_at is None and (self.until is None or at < self.until)


def freeze_line(freeze: Freeze) -> str:
    """The command that ends the freeze before its time."""
    return f"relflow freeze end {freeze.id} -m REASON"


def unlock_line(lock: Lock) -> str:
    """The command that takes the lock away."""
    return f"relflow unlock {lock.environment} -m REASON"
