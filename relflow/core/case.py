"""A case: everything one decision is about, and the people it concerns."""

from dataclasses import dataclass

from relflow.core.commands import Command
from relflow.core.facts import Facts
from relflow.core.people import Level, Member
from relflow.core.release import Approval, Release
from relflow.core.verdict import GateResult, blocked, passed, unknown
from relflow.core.workflow import Approvers, Environment, Workflow

#: The triggers whose command line is refused without a reason; `rollback` is another, and written otherwise.
NEEDS_A_REASON = frozenset({"reject", "hold", "resume", "amend"})


@dataclass(frozen=True, slots=True)
class Case:
    """One command on one release under one workflow, with the facts as they were read."""

    workflow: Workflow
    release: Release
    command: Command
    facts: Facts

    @property
    def environment(self) -> Environment:
        """The command's environment. Only for commands that name one of the workflow's."""
        found = self.workflow.environment(self.command.environment)
        if found is None:
            raise LookupError(f"no environment {self.command.environment!r} in the workflow")
        return found


def at_least(members: tuple[Member, ...] | None, level: Level) -> tuple[str, ...]:
    """The usernames of those with at least the access level."""
    return tuple(each.username for each in members or () if each.access_level >= level)


def standing_level(gate: str, facts: Facts, least: Level, project: str, what: str) -> GateResult:
    """Whether the actor has at least the access level that `what` needs."""
    if facts.members is None:
        return unknown(gate, "who may do it")
    member, who = facts.member(), at_least(facts.members, least)
    if member is None:
        return blocked(gate, f"{facts.actor.name} is no member of {project}", who=who)
    has = f"{member.username} has access level {member.access_level}"
    if member.access_level < least:
        return blocked(gate, f"{has}, {what} needs {least.label} ({int(least)})", who=who)
    return passed(gate, has)


def may_approve(environment: Environment, member: Member) -> bool:
    """Whether the rule of the environment lets them approve; a named user needs only Reporter access."""
    return allows(environment.approvers, member)


def allows(approvers: Approvers, member: Member) -> bool:
    """Whether the member is one of them: by access level, or by name and no less than Reporter."""
    named = member.username in approvers.users and member.access_level >= Level.REPORTER
    return named or member.access_level >= Level[approvers.access.upper()]


def needed(approvers: Approvers) -> str:
    """What one has to be to be one of them, in words."""
    need = f"{approvers.access.capitalize()} access"
    return f"{need}, or to be one of {', '.join(approvers.users)}" if approvers.users else need


def is_excluded(environment: Environment, release: Release, user_id: int | None) -> bool:
    """Whether four eyes keep them from approving this release for the environment."""
    return "creator" in environment.four_eyes and user_id == release.created_by.gitlab_user_id


def eligible(case: Case) -> tuple[Member, ...]:
    """Everybody whose approval would count for the case's environment."""
    environment = case.environment
    return tuple(
        each
        for each in case.facts.members or ()
        if may_approve(environment, each) and not is_excluded(environment, case.release, each.user_id)
    )


def standing(case: Case) -> tuple[Approval, ...]:
    """The approvals that count now, one a person: bound to revision and commit, by people who still may approve.

    Where the members were not read, membership is not judged.
    """
    environment = case.environment
    able = None if case.facts.members is None else {each.user_id for each in eligible(case)}
    counted: dict[int | None, Approval] = {}
    for approval in case.release.approvals_for(environment.name):
        who = approval.by.gitlab_user_id
        barred = is_excluded(environment, case.release, who) or (able is not None and who not in able)
        if not barred:
            counted.setdefault(who, approval)
    return tuple(counted.values())


def still_wanted(case: Case) -> tuple[str, ...]:
    """The usernames of those who may approve and have not."""
    given = {each.by.gitlab_user_id for each in standing(case)}
    return tuple(each.username for each in eligible(case) if each.user_id not in given)


def command_line(case: Case, trigger: str | None = None) -> str:
    """The command of the case as a person types it, or another trigger's on the same release and environment."""
    trigger, version, environment = trigger or case.command.trigger, case.release.version, case.command.environment
    if trigger == "rollback":
        return f"relflow rollback {environment} --to {version} -m REASON"
    reason = "-m REASON" if trigger in NEEDS_A_REASON else None
    return " ".join(word for word in ("relflow", trigger, version, environment, reason) if word)


def deployers(case: Case) -> tuple[Member, ...]:
    """Everybody with the access that deploying needs."""
    return tuple(each for each in case.facts.members or () if each.access_level >= Level.DEVELOPER)
