"""Whether enough people are there for an approval rule: so that one that nobody can meet is refused when written."""

from collections.abc import Iterator

from relflow.core.approving import may_approve
from relflow.core.people import Level, Member
from relflow.core.text import both
from relflow.core.verdict import GateResult, final
from relflow.core.workflow import Environment, Workflow


def unreachable(workflow: Workflow, members: tuple[Member, ...]) -> Iterator[GateResult]:
    """For each environment whose rule today's members cannot meet for every release: who can, and how many are missing.

    Who creates or deploys a release is not known yet, and any Developer may: the one counts that leaves fewest. Who
    wrote it is known to nobody here, so that authors are not counted out.
    """
    for environment in workflow.environments:
        able = [each for each in members if may_approve(environment, each)]
        apart, role = _apart(environment, members, able)
        left = tuple(each.username for each in able if each != apart)
        if len(left) < environment.approvals:
            where = f"with {apart.username} as {role} " if apart else ""
            yield final("quorum_reachable", where + _sentence(environment, left))


def _apart(environment: Environment, members: tuple[Member, ...], able: list[Member]) -> tuple[Member | None, str]:
    """Whom four eyes keep from approving at worst, and as what: one who may approve, where it can be one of them."""
    developers = [each for each in members if each.access_level >= Level.DEVELOPER]
    inside = next((each for each in developers if each in able), None)
    if "creator" in environment.four_eyes:
        return inside, "creator"
    # Somebody has to be left to deploy: one who may not approve, if there is such a one.
    needs_one = "deployer" in environment.four_eyes and all(each in able for each in developers)
    return (inside if needs_one else None), "deployer"


def _sentence(environment: Environment, able: tuple[str, ...]) -> str:
    needed, who = environment.approvals, f"only {both(able)}" if able else "nobody"
    missing = needed - len(able)
    demand = f"{needed} {'is' if needed == 1 else 'are'} needed: {missing} {'is' if missing == 1 else 'are'} missing"
    return f"{who} could approve for {environment.name}, {demand}; name more approvers, or ask for fewer"
