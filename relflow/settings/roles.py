"""Roles: names for people, which the policy knows no more; each name becomes its people, or a mistake."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from relflow.core.text import nearest
from relflow.settings.complaints import Complaint
from relflow.settings.shapes import SettingsFile


def users_of(users: Collection[str], roles: Iterable[str], settings: SettingsFile) -> tuple[str, ...]:
    """The users named, and those of the roles, each once and in the order of the file."""
    of_roles = (user for role in roles for user in settings.roles.get(role, ()))
    # Who is named twice in the list itself stays so: that is a mistake to be told.
    return (*users, *(user for user in dict.fromkeys(of_roles) if user not in users))


def of_themselves(settings: SettingsFile) -> Iterator[Complaint]:
    """What is wrong with the roles, whoever uses them."""
    for role, users in settings.roles.items():
        if not users:
            yield Complaint(("roles", role), f"role {role}: it has nobody")
        for user in _twice(users):
            yield Complaint(("roles", role), f"role {role}: it names {user} more than once")


def where_used(settings: SettingsFile, known: Collection[str]) -> Iterator[str]:
    """What is wrong where roles are used, as sentences that name the place; `known` are the roles written."""
    for whose, roles in _uses(settings):
        for role in dict.fromkeys(each for each in roles if each not in known):
            near = "; ".join(nearest(role, tuple(known))) or "there is no table [roles]"
            yield f"{whose} have no role {role}: {near}"
        for role in _twice(roles):
            yield f"{whose} have the role {role} more than once"


def _uses(settings: SettingsFile) -> Iterator[tuple[str, list[str]]]:
    """The roles named in each place, with the place as the begin of a sentence."""
    for place in settings.environments:
        yield f"environment {place.name}: approvers", place.approvers.roles if place.approvers else []
        for each in place.waivable:
            yield f"environment {place.name}: those of waivable", [each.role] if each.role is not None else []
    for point in settings.requirements.checklist:
        yield f"point {point.point}: those who tick it", point.by.roles if point.by else []


def _twice(names: Collection[str]) -> Iterator[str]:
    return (name for name, count in Counter(names).items() if count > 1)
