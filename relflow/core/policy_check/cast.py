"""The people of an exploration: those whom a policy names, and enough of each access level that none is missing.

Offline nobody knows who the members are. Whoever is named is taken for a Developer: they may create a release, too,
which is the worst that can come of a short list. Of each level there are as many as the largest quorum asks for and
two more, one for who created the release and one for who wrote it: whom a rule lets in by level is never missing.
"""

from collections.abc import Iterable, Iterator

from relflow.core.case import allows
from relflow.core.people import LEVELS, Level, Member
from relflow.core.workflow import Approvers, Environment, Workflow

#: Besides a quorum: who created the release, and who wrote it.
BESIDES = 2


def rules_of_people(workflow: Workflow) -> Iterator[Approvers]:
    """Every rule of the policy about who may do something."""
    for environment in workflow.environments:
        yield environment.approvers
        yield from (each.by for each in environment.waivable)
    yield from (point.by for point in workflow.checklist)


def supposed(workflow: Workflow) -> tuple[Member, ...]:
    """The cast of a policy whose members nobody asked for: anybody first, the named last."""
    asked = {each.access for each in rules_of_people(workflow)}
    needed = {word: level for word, level in LEVELS.items() if word in {*asked, "developer", "maintainer"}}
    people = [(f"{word} {number}", level) for word, level in needed.items() for number in _numbers(workflow)]
    named = dict.fromkeys(user for each in rules_of_people(workflow) for user in each.users)
    people += [(user, Level.DEVELOPER) for user in named]
    return tuple(Member(name, number, level) for number, (name, level) in enumerate(people, start=1))


def _numbers(workflow: Workflow) -> range:
    """From 1 on, one number for each that may be needed of a level."""
    return range(1, 1 + BESIDES + max((each.approvals for each in workflow.environments), default=0))


def gathered(workflow: Workflow, members: Iterable[Member]) -> tuple[Member, ...]:
    """Of the members so many that leaving out the others changes nothing: enough of those who are all alike."""
    of_kind: dict[tuple[bool, ...], list[Member]] = {}
    for each in members:
        alike = of_kind.setdefault(kind(workflow, each), [])
        if len(alike) < len(_numbers(workflow)):
            alike.append(each)
    return tuple(each for alike in of_kind.values() for each in alike)


def kind(workflow: Workflow, member: Member) -> tuple[bool, ...]:
    """What the policy's rules can tell of the member: two of one kind can stand for each other everywhere."""
    breaks_glass = member.access_level >= Level.MAINTAINER
    return (*_rank(member), breaks_glass, *(allows(each, member) for each in rules_of_people(workflow)))


def kind_at(environment: Environment, member: Member) -> tuple[bool, ...]:
    """What the approvals of one environment, and its deployment, can tell of the member."""
    return (*_rank(member), allows(environment.approvers, member))


def _rank(member: Member) -> tuple[bool, ...]:
    return (member.access_level >= Level.REPORTER, member.access_level >= Level.DEVELOPER)
