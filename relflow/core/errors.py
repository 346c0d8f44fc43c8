"""What is broken, as exceptions. A rule that says no is a Refused value, somebody who was faster a Conflict.

RelflowError
├── UsageError     the words of the command: unknown names, malformed values
├── SetupError     settings, policy or database cannot be used
├── GitLabError    GitLab refused, cannot be reached, or answers what it should not
├── StoreBusy      the write lock did not come free in time
└── AuditError     the log is not what its writer left
"""


class RelflowError(Exception):
    """What happened, why, and what to do next; each as sentences a person reads."""

    def __init__(self, what: str, why: tuple[str, ...] = (), next_step: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what, self.why, self.next_step = what, why, next_step


class UsageError(RelflowError):
    """The command names something that does not exist or cannot be."""


class SetupError(RelflowError):
    """Settings, policy or database cannot be used as they are."""


class GitLabError(RelflowError):
    """GitLab said no, said nothing, or said what cannot be understood; `status` is its HTTP status, if it answered."""

    def __init__(
        self, what: str, why: tuple[str, ...] = (), next_step: tuple[str, ...] = (), *, status: int | None = None
    ) -> None:
        super().__init__(what, why, next_step)
        self.status = status


class StoreBusy(RelflowError):  # noqa: N818 - a state, not a mistake
    """Somebody else holds the database's write lock; trying again is sensible."""


class AuditError(RelflowError):
    """A record does not fit the log."""
