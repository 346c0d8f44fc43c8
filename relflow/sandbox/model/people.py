"""Who there is, and with which tokens they come. The tokens are no secrets: this server serves loopback only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

REPORTER: Final = 20
DEVELOPER: Final = 30
MAINTAINER: Final = 40


@dataclass(frozen=True)
class Person:
    """A user. Access level 0 means: no member of the project."""

    id: int
    username: str
    name: str
    access_level: int

    @property
    def email(self) -> str:
        """The address that links commits to this person."""
        return f"{self.username}@example.org"

    @property
    def other_email(self) -> str:
        """Another address of the same person."""
        return f"{self.username}@home.example.net"


PEOPLE: Final = (
    Person(11, "anna", "Anna Albrecht", MAINTAINER),
    Person(12, "ben", "Ben Brandt", MAINTAINER),
    Person(13, "chris", "Chris Conrad", DEVELOPER),
    Person(14, "dana", "Dana Diaz", DEVELOPER),
    Person(15, "emil", "Emil Engel", DEVELOPER),
    Person(16, "rita", "Rita Roth", REPORTER),
    Person(17, "otto", "Otto Ott", 0),
)
BY_ID: Final = {person.id: person for person in PEOPLE}
BY_USERNAME: Final = {person.username: person for person in PEOPLE}


@dataclass(frozen=True)
class Token:
    """A personal access token."""

    id: int
    value: str
    user_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: date | None = None
    revoked: bool = False

    def expired_on(self, day: date) -> bool:
        """Tell whether the token is over; it ends with the beginning of its day, in UTC."""
        return self.expires_at is not None and self.expires_at <= day


def author(email: str) -> Person:
    """Return whose commit it is; anna answers for strangers."""
    return next((person for person in PEOPLE if person.email == email), PEOPLE[0])
