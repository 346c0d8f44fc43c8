"""Whose approval counts: who may give one, whom the rule keeps from it, and why one that was given counts no more."""

from relflow.core.case import Case, allows, once
from relflow.core.people import Member
from relflow.core.release import Approval, Release
from relflow.core.workflow import Environment, approval_rule


def may_approve(environment: Environment, member: Member) -> bool:
    """Whether the rule of the environment lets them approve; a named user needs only Reporter access."""
    return allows(environment.approvers, member)


def is_excluded(environment: Environment, release: Release, user_id: int | None) -> bool:
    """Whether four eyes keep them from approving this release for the environment."""
    return "creator" in environment.four_eyes and user_id == release.created_by.gitlab_user_id


@once
def eligible(case: Case) -> tuple[Member, ...]:
    """Everybody whose approval would count for the case's environment, as far as others can tell."""
    environment = case.environment
    return tuple(
        each
        for each in case.facts.members or ()
        if may_approve(environment, each) and not is_excluded(environment, case.release, each.user_id)
    )


def staleness(release: Release, environment: Environment | None, word: Approval) -> str | None:
    """Why a word that nobody took back counts no more; None where it does. Who may approve today is not asked.

    A no stands whatever the rule is: only who said it takes it back. None for the environment: the policy dropped it.
    """
    if not release.binds(word):
        return _bound_otherwise(release, word)
    if word.decision != "approved":
        return None
    if environment is None:
        return f"the policy has no {word.environment}"
    if word.rule not in (None, approval_rule(environment)):
        return f"the approval rule of {environment.name} changed"
    return "may not approve any more" if is_excluded(environment, release, word.by.gitlab_user_id) else None


def _bound_otherwise(release: Release, word: Approval) -> str:
    now = release.pipeline.id if release.pipeline else None
    if word.commit == release.commit and word.pipeline_id is not None and now not in (None, word.pipeline_id):
        differs = _recount(word.tests, release.tests) or f"pipeline {word.pipeline_id} then, {now} now"
        return f"the pipeline was run again: {differs}"
    return f"given for revision {word.revision}"


def _recount(then: int | None, now: int | None) -> str | None:
    """What another run changed, where both were counted: it tells more than the numbers of two pipelines."""
    if then is None or now is None or then == now:
        return None
    return f"{then} {'test' if then == 1 else 'tests'} then, {now} now"


def counted(release: Release, environment: Environment) -> tuple[Approval, ...]:
    """The approvals that count, one a person, oldest first; whether they still may approve is not asked."""
    given: dict[int | None, Approval] = {}
    for word in release.approvals_for(environment.name):
        if staleness(release, environment, word) is None:
            given.setdefault(word.by.gitlab_user_id, word)
    return tuple(given.values())


@once
def standing(case: Case) -> tuple[Approval, ...]:
    """The approvals that count now, one a person: each by somebody who still may approve.

    Where the members were not read, membership is not judged.
    """
    given = counted(case.release, case.environment)
    if case.facts.members is None:
        return given
    able = {each.user_id for each in eligible(case)}
    return tuple(word for word in given if word.by.gitlab_user_id in able)


def lapsed(case: Case) -> dict[str, str]:
    """The last approval of each person that counts no more, as their name and why; not where they said another word."""
    environment, stand = case.environment, {each.by.gitlab_user_id for each in standing(case)}
    last = {each.by.gitlab_user_id: each for each in case.release.approvals if each.environment == environment.name}
    gone = (each for who, each in last.items() if each.decision == "approved" and who not in stand)
    return {each.by.name: staleness(case.release, environment, each) or "may not approve any more" for each in gone}


def still_wanted(case: Case) -> tuple[str, ...]:
    """The usernames of those who may approve and have not."""
    given = {each.by.gitlab_user_id for each in standing(case)}
    return tuple(each.username for each in eligible(case) if each.user_id not in given)
