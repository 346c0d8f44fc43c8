"""A case: everything one decision is about, and the people it concerns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar

from relflow.core.commands import Command
from relflow.core.facts import Facts
from relflow.core.people import LEVELS, Level, Member
from relflow.core.release import Release
from relflow.core.verdict import GateResult, blocked, passed, unknown
from relflow.core.workflow import Approvers, Environment, Workflow

#: The triggers whose command line is refused without a reason; `rollback` is another, and written otherwise.
NEEDS_A_REASON = frozenset({"reject", "hold", "resume", "amend", "waive"})


@dataclass(frozen=True)  # without slots, since it keeps what was worked out of it
class Case:
    """One command on one release under one workflow, with the facts as they were read."""

    workflow: Workflow
    release: Release
    command: Command
    facts: Facts
    #: What `once` was told of it. No part of what it is: all of it follows from the rest, which never changes.
    answers: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def environment(self) -> Environment:
        """The command's environment. Only for commands that name one of the workflow's."""
        found = self.workflow.environment(self.command.environment)
        if found is None:
            raise LookupError(f"no environment {self.command.environment!r} in the workflow")
        return found


Answer = TypeVar("Answer")


def once(ask: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """The same question, worked out at most once for each case: several gates and guards ask it."""

    @wraps(ask)
    def answer(case: Case) -> Answer:
        if ask not in case.answers:
            case.answers[ask] = ask(case)
        found: Answer = case.answers[ask]
        return found

    return answer


def at_least(members: tuple[Member, ...] | None, level: Level) -> tuple[str, ...]:
    """The usernames of those with at least the access level."""
    return tuple(each.username for each in members or () if each.access_level >= level)


def standing_level(gate: str, facts: Facts, least: Level, project: str, what: str) -> GateResult:
    """Whether the actor has at least the access level that `what` needs."""
    if facts.members is None:
        return unknown(gate, "who may do it")
    member = facts.member()
    if member is None:
        why = f"{facts.actor.name} is no member of {project}"
    else:
        why = f"{member.username} has access level {member.access_level}"
        if member.access_level >= least:
            return passed(gate, why)
        why += f", {what} needs {least.label} ({int(least)})"
    return blocked(gate, why, who=at_least(facts.members, least))


def allows(approvers: Approvers, member: Member) -> bool:
    """Whether the member is one of them: by access level, or by name and no less than Reporter."""
    if member.username in approvers.users and member.access_level >= Level.REPORTER:
        return True
    return approvers.access is not None and member.access_level >= LEVELS[approvers.access]


def needed(approvers: Approvers) -> str:
    """What one has to be to be one of them, in words."""
    level = f"{approvers.access.capitalize()} access" if approvers.access else ""
    named = f"to be one of {', '.join(approvers.users)}" if approvers.users else ""
    return ", or ".join(filter(None, (level, named))) or "a policy that lets somebody"


def command_line(case: Case, trigger: str | None = None) -> str:
    """The command of the case as a person types it, or another trigger's on the same release and environment."""
    trigger, version, environment = trigger or case.command.trigger, case.release.version, case.command.environment
    if trigger == "rollback":
        return f"relflow rollback {environment} --to {version} -m REASON"
    if trigger == "break-glass":
        return f"relflow deploy {version} {environment} --break-glass -m REASON"
    reason = "-m REASON" if trigger in NEEDS_A_REASON else None
    return " ".join(word for word in ("relflow", trigger, version, environment, reason) if word)


def deployers(case: Case) -> tuple[Member, ...]:
    """Everybody with the access that deploying needs."""
    return tuple(each for each in case.facts.members or () if each.access_level >= Level.DEVELOPER)
