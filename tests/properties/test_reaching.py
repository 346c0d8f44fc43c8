"""Whether a rule can be met, told without trying, agrees with trying everything."""

from dataclasses import replace
from itertools import combinations

from hypothesis import given

from relflow.core.approving import eligible
from relflow.core.case import Case
from relflow.core.commands import DeployRelease
from relflow.core.facts import Facts
from relflow.core.gates.table import GATES
from relflow.core.people import Level, Member, user
from relflow.core.reaching import unreachable
from relflow.core.release import Approval, Release
from relflow.core.workflow import Environment, Workflow
from tests.properties.scene import CAST
from tests.strategies.policies import members, workflows
from tests.strategies.words import START


@given(workflows(most=2), members())
def test_a_rule_is_refused_where_some_release_could_never_be_deployed(
    workflow: Workflow, team: tuple[Member, ...]
) -> None:
    """For each creator there may be, some people of the team approve so that the gates let somebody deploy."""
    told = {each.why for each in unreachable(workflow, team)}
    short = [place for place in workflow.environments if not can_be_met(workflow, place, team)]
    assert len(told) == len(short)
    assert all(any(f" for {place.name}, " in (why or "") for why in told) for place in short)


def can_be_met(workflow: Workflow, place: Environment, team: tuple[Member, ...]) -> bool:
    """Every creator, every group of approvers, every deployer."""
    developers = [each for each in team if each.access_level >= Level.DEVELOPER]
    # Where nobody may create a release, one that an outsider created is as good as any.
    creators = developers or [Member("nobody", 99, Level.DEVELOPER)]
    return all(any_group(workflow, place, team, creator, developers) for creator in creators)


def any_group(
    workflow: Workflow, place: Environment, team: tuple[Member, ...], creator: Member, developers: list[Member]
) -> bool:
    """Whether some group of those who may approve leaves somebody who may deploy."""
    release = Release(
        version="1.0.0",
        state=f"approved-{place.name}",
        ref="v1.0.0",
        commit="c",
        created_by=user(creator.username, creator.user_id),
        created_at=START,
        updated_at=START,
    )
    case = Case(workflow, release, DeployRelease(place.name), Facts(at=START, actor=user("x", 0), members=team))
    for group in combinations(eligible(case), place.approvals):
        words = tuple(
            Approval(environment=place.name, by=user(each.username, each.user_id), at=START, revision=1, commit="c")
            for each in group
        )
        agreed = replace(case, release=replace(release, approvals=words))
        if GATES["quorum_met"](agreed).holds and (
            not developers or any(may_deploy(agreed, each) for each in developers)
        ):
            return True
    return False


def may_deploy(case: Case, member: Member) -> bool:
    """Whether four eyes let them."""
    facts = replace(case.facts, actor=user(member.username, CAST.get(member.username, 0)))
    return GATES["four_eyes"](replace(case, facts=facts)).holds is True
