"""A rule that demands more people than there are: told when it is written, by name."""

from typing import Any

import pytest

from relflow.core.adopting import decide_adoption
from relflow.core.decision import Refused
from relflow.core.people import Level, Member
from relflow.core.project import Project
from relflow.core.reaching import unreachable
from relflow.core.workflow import Approvers
from tests.core.examples import CHRIS, TEAM, WORKFLOW, environment, facts

HINT = "name more approvers, or ask for fewer"
MAINTAINERS = Approvers("maintainer")
DEVELOPERS = tuple(each for each in TEAM if each.access_level == Level.DEVELOPER)


def said(team: tuple[Member, ...] = TEAM, /, **changes: Any) -> list[str]:
    """What is said of dev, changed so."""
    return [each.why or "" for each in unreachable(environment("dev", **changes), team)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"approvals": 2, "approvers": MAINTAINERS},
            "with anna as creator only ben could approve for dev, 2 are needed: 1 is missing",
        ),
        (
            {"approvals": 5, "four_eyes": ()},
            "only anna, ben, chris and dana could approve for dev, 5 are needed: 1 is missing",
        ),
        (
            {"approvals": 4, "four_eyes": ("deployer",)},
            "with anna as deployer only ben, chris and dana could approve for dev, 4 are needed: 1 is missing",
        ),
        (
            {"approvals": 1, "approvers": Approvers(None, ("emil",))},
            "nobody could approve for dev, 1 is needed: 1 is missing",
        ),
        (
            {"approvals": 3, "approvers": Approvers(None, ("rita", "dana", "emil"))},
            "with dana as creator only rita could approve for dev, 3 are needed: 2 are missing",
        ),
    ],
    ids=["creator", "too few", "deployer", "nobody", "named"],
)
def test_who_could_approve_and_how_many_are_missing(changes: dict[str, Any], sentence: str) -> None:
    """The creator, or the deployer, that leaves fewest is named; a person who is no member is nobody."""
    assert said(**changes) == [f"{sentence}; {HINT}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"approvals": 2, "approvers": MAINTAINERS, "four_eyes": ()},
        {"approvals": 2, "approvers": MAINTAINERS, "four_eyes": ("deployer",)},
        {"approvals": 2, "approvers": Approvers("maintainer", ("rita",))},
        {"approvals": 3},
        {"approvals": 3, "four_eyes": ("creator", "deployer")},
        {"approvals": 1, "approvers": Approvers(None, ("rita",))},
    ],
)
def test_what_can_be_met(changes: dict[str, Any]) -> None:
    """Chris or dana deploys what the maintainers approved; a Reporter creates nothing, so rita is always left."""
    assert said(**changes) == []


def test_a_policy_that_cannot_be_met_is_not_adopted() -> None:
    """All that is wrong with it is said at once, beside who may adopt."""
    project = Project("gitlab.example.org/5", WORKFLOW.project, "https://gitlab.example.org/group/app", 5)
    workflow = environment("dev", approvals=5)
    decision = decide_adoption(project, None, workflow, facts(CHRIS))
    assert isinstance(decision, Refused)
    assert [each.gate for each in decision.refusals] == ["may_act", "quorum_reachable"]
    unknown = decide_adoption(project, None, workflow, facts(members=None))
    assert isinstance(unknown, Refused)
    assert [each.gate for each in unknown.refusals] == ["may_act"]
