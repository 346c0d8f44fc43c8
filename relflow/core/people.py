"""Who acts: access levels, project members, and the actor that a record names."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """GitLab's access levels by name; a member's own number may lie between two of them."""

    NONE = 0
    GUEST = 10
    REPORTER = 20
    DEVELOPER = 30
    MAINTAINER = 40
    OWNER = 50

    @property
    def label(self) -> str:
        """The word people use: "Developer"."""
        return self.name.capitalize()


#: The levels by the lower-case words of a policy.
LEVELS = {level.label.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `user:anna` proven by a token, `relflow:reconcile`, or `gitlab:ben` who was only seen."""

    id: str
    gitlab_user_id: int | None = None
    auth: str = "none"

    @property
    def name(self) -> str:
        """The name without its kind: `anna` of `user:anna`."""
        return self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Member:
    """A person with access to the project, inherited access included."""

    username: str
    user_id: int
    access_level: int


#: How somebody was proven who is only asked about: not at all.
ASKED = "asked"


def user(username: str, user_id: int, auth: str = "token") -> Actor:
    """A GitLab user who proved it with a token."""
    return Actor(f"user:{username}", user_id, auth)


def seen_in_gitlab(username: str, user_id: int | None) -> Actor:
    """Somebody GitLab names, who proved nothing to relflow."""
    return Actor(f"gitlab:{username}", user_id)


def itself(part: str) -> Actor:
    """Relflow, for what it observed by itself: `relflow:deploy`, `relflow:reconcile`."""
    return Actor(f"relflow:{part}")
