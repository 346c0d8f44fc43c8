"""The gates about people's agreement: who may say yes or no, and whether enough did."""

from collections.abc import Iterable, Iterator

from relflow.core.approving import (
    counted,
    eligible,
    is_excluded,
    lapsed,
    may_approve,
    standing,
    still_wanted,
)
from relflow.core.case import Case, at_least, command_line, deployers, needed
from relflow.core.commands import DeployRelease, RollbackRelease
from relflow.core.people import Level
from relflow.core.release import IMPORTED, Approval
from relflow.core.text import LISTED, either
from relflow.core.verdict import GateResult, blocked, depends, final, passed, unknown


def may_approve_gate(case: Case) -> GateResult:
    """The actor has the access level that approvers need, or is named."""
    name, environment, member = "may_approve", case.environment, case.facts.member()
    if case.facts.members is None:
        return depends(name, f"it needs {needed(environment.approvers)}")
    if member is not None and may_approve(environment, member):
        return passed(name, f"{member.username} has access level {member.access_level}")
    why = f"{case.facts.actor.name} may not approve for {environment.name}: that needs {needed(environment.approvers)}"
    return _needs_a_word(case, name, why, tuple(each.username for each in eligible(case)))


def four_eyes(case: Case) -> GateResult:
    """The approver did not create the release; where the policy says so, nor write it, nor does who deploys approve."""
    actor, version = case.facts.actor, case.release.version
    if isinstance(case.command, DeployRelease):
        return _deployer_apart(case)
    if case.facts.members is None and (others := _others_than(case)):
        return depends("four_eyes", others)
    if is_excluded(case.environment, case.release, actor.gitlab_user_id):
        why = f"{actor.name} created {version}, and its creator may not approve it"
        return _needs_a_word(case, "four_eyes", why, still_wanted(case))
    return _author_apart(case) if "author" in case.environment.four_eyes else passed("four_eyes")


def _others_than(case: Case) -> str:
    """Whom four eyes keep from approving, as far as the records tell."""
    creator, version = case.release.created_by, case.release.version
    excluded = is_excluded(case.environment, case.release, creator.gitlab_user_id)
    by_name = f"not {creator.name}, who created {version}" if excluded else ""
    by_word = "no author of it, which only they can tell" if "author" in case.environment.four_eyes else ""
    return ", and ".join(filter(None, (by_name, by_word)))


def _author_apart(case: Case) -> GateResult:
    """Whoever wrote a commit of it, as their own token tells; what cannot be read is no proof that they did not."""
    name, actor, version, found = "four_eyes", case.facts.actor.name, case.release.version, case.facts.authorship
    others = tuple(each for each in still_wanted(case) if each != actor)
    if found is None:
        why = f"whether {actor} wrote any of {version}, only {actor}'s own token can tell"
        return GateResult(gate=name, holds=None, why=why)
    if found.commits is None:
        why = f"GitLab cannot tell who wrote {version}" + (f" since {found.since}" if found.since else "")
        members = at_least(case.facts.members, Level.MAINTAINER)
        return blocked(name, f"{why}: a commit is gone, or names no author", who=members, next="relflow policy adopt")
    if found.own is None:
        why = f"whether {actor} wrote any of {version} cannot be told: the token may not read their e-mail addresses"
        return blocked(name, f"{why}; one with the scope read_user may", who=(actor,), next=command_line(case))
    since = f" since {found.since}" if found.since else ""
    if not (written := found.written()):
        count = len(found.commits)
        return passed(name, f"{actor} wrote none of {count} {'commit' if count == 1 else 'commits'}{since}")
    what = f"{actor} wrote {', '.join(each[:12] for each in written[:LISTED])}{since}"
    return _needs_a_word(case, name, f"{what}, and an author of {version} may not approve it", others)


def approves_once(case: Case) -> GateResult:
    """Nobody's approval counts twice."""
    actor, environment = case.facts.actor, case.environment
    given = counted(case.release, environment)
    if given and case.facts.members is None:
        return depends("approves_once", f"not {_names(given)}, who approved already")
    if all(each.by.gitlab_user_id != actor.gitlab_user_id for each in given):
        return passed("approves_once")
    why = f"{actor.name} approved {case.release.version} for {environment.name} already"
    return _needs_a_word(case, "approves_once", why, still_wanted(case))


def quorum_met(case: Case) -> GateResult:
    """Enough distinct people said yes, each of whom may still approve; for a rollback, as they did then."""
    name, environment, given = "quorum_met", case.environment, standing(case)
    if isinstance(case.command, RollbackRelease):
        return _agreed_then(case)
    if (rejected := _rejected(case)) is not None:
        return rejected
    if len(given) < environment.approvals:
        return _needs_a_word(case, name, _too_few(case), still_wanted(case), "approve")
    if case.facts.members is None:
        return unknown(name, "whether they may still approve")
    return passed(name, f"{len(given)} of {environment.approvals}: {', '.join(each.by.name for each in given)}")


def _needs_a_word(case: Case, gate: str, why: str, who: tuple[str, ...], trigger: str | None = None) -> GateResult:
    """One of them clears it; where it is known that nobody can, another policy does, which a maintainer adopts."""
    members = case.facts.members
    if who or members is None:
        return blocked(gate, why, who=who, next=command_line(case, trigger))
    return blocked(gate, why, who=at_least(members, Level.MAINTAINER), next="relflow policy adopt")


def _too_few(case: Case) -> str:
    """How many are missing, and whose yes no longer counts, since `show` lists it among the others."""
    given, environment = standing(case), case.environment
    said = f"{len(given)} of {environment.approvals} approvals given"
    if case.facts.members is not None and not still_wanted(case):
        said += ", and nobody else may approve"
    lists = [", ".join(each.by.name for each in given), *_no_longer(case), *_kept_out(case)]
    return ": ".join(filter(None, (said, "; ".join(filter(None, lists)))))


def _no_longer(case: Case) -> Iterator[str]:
    """Whose approval lapsed, by why: `no longer anna, ben (the approval rule of prod changed)`."""
    names: dict[str, list[str]] = {}
    for name, why in lapsed(case).items():
        names.setdefault(why, []).append(name)
    return (f"no longer {', '.join(whose)} ({why})" for why, whose in names.items())


def _kept_out(case: Case) -> Iterator[str]:
    """Who of those who could approve is kept from it, and who only they themselves know is."""
    environment, release, members = case.environment, case.release, case.facts.members or ()
    for each in members:
        if may_approve(environment, each) and is_excluded(environment, release, each.user_id):
            yield f"not {each.username}, who created it"
    wanted = still_wanted(case)
    if wanted and "author" in environment.four_eyes:
        yield f"possibly {either(wanted)}: whoever wrote any of it may not, and only they can tell"


def _rejected(case: Case) -> GateResult | None:
    """Whoever said no takes it back by approving; where one of them may not approve, only an amend helps."""
    environment, version = case.environment.name, case.release.version
    against = tuple(each.by for each in case.release.rejections_for(environment))
    if not against:
        return None
    names = tuple(each.name for each in against)
    why = f"rejected for {environment} by {', '.join(names)}"
    if any(_may_not_agree(case, each.gitlab_user_id) for each in against):
        return blocked("quorum_met", f"{why}, who may not approve", next=f"relflow amend {version} --ref REF -m REASON")
    return blocked("quorum_met", why, who=names, next=command_line(case, "approve"))


def _may_not_agree(case: Case, user_id: int | None) -> bool:
    able = None if case.facts.members is None else {each.user_id for each in eligible(case)}
    return is_excluded(case.environment, case.release, user_id) or (able is not None and user_id not in able)


def _agreed_then(case: Case) -> GateResult:
    """Whoever approved may have left since, and the rule may have changed: that must not stop a way back."""
    environment, version = case.environment.name, case.release.version
    names = ", ".join(dict.fromkeys(each.by.name for each in case.release.approvals_for(environment)))
    ran = case.release.brought_to(environment)
    if not names and ran is not None and ran.kind == IMPORTED:
        return passed("quorum_met", "it ran there before relflow did, and was imported")
    if not names:
        return final("quorum_met", f"nobody approved {version} for {environment}")
    return passed("quorum_met", f"as given when it was deployed: {names}")


def _deployer_apart(case: Case) -> GateResult:
    actor, agreed = case.facts.actor, standing(case)
    given = {each.by.gitlab_user_id for each in agreed}
    if given and "deployer" in case.environment.four_eyes and case.facts.members is None:
        return depends("four_eyes", f"not {_names(agreed)}, who approved it")
    if "deployer" not in case.environment.four_eyes or actor.gitlab_user_id not in given:
        return passed("four_eyes")
    others = tuple(each.username for each in deployers(case) if each.user_id not in given)
    why = f"{actor.name} approved {case.release.version}, and who approves may not deploy to {case.environment.name}"
    return blocked("four_eyes", why, who=others, next=command_line(case))


def own_approval(case: Case) -> GateResult:
    """Only one's own yes can be taken back."""
    actor, environment = case.facts.actor, case.environment
    given = tuple(case.release.approvals_for(environment.name))
    if not given:
        return final("own_approval", f"no approval for {environment.name} stands")
    if case.facts.members is None:
        return depends("own_approval", f"only {_names(given)}, who approved")
    if any(each.by.gitlab_user_id == actor.gitlab_user_id for each in given):
        return passed("own_approval")
    why = f"no approval of {actor.name}'s for {environment.name} stands"
    who = tuple(each.by.name for each in given)
    return blocked("own_approval", why, who=who, next=command_line(case))


def nothing_under_way(case: Case) -> GateResult:
    """No deployment of the release is open: to the command's environment, or to any where it names none."""
    name, wanted = "nothing_under_way", case.command.environment
    open_ = [each for each in case.release.deployments if each.is_open and wanted in (None, each.environment)]
    if not open_:
        return passed(name)
    why = f"deployment {open_[0].id} to {open_[0].environment} is open: {open_[0].phase}"
    return blocked(name, why, next="relflow reconcile")


def _names(given: Iterable[Approval]) -> str:
    return either(tuple(dict.fromkeys(each.by.name for each in given)))
