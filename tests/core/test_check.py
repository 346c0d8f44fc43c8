"""A policy is refused before it can hurt: every planted mistake is found, by its own sentence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.policy_check.form import check_workflow
from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow
from tests.core.examples import WORKFLOW, environment
from tests.strategies.policies import workflows

DEV, PROD = WORKFLOW.environments
MANY = tuple(Environment(f"e{number}", f"job-{number}", f"place-{number}") for number in range(21))

POLICIES = [
    (replace(WORKFLOW, environments=()), "there is no environment: a release needs one to go to"),
    (replace(WORKFLOW, environments=MANY), "there are 21 environments, at most 20 are handled"),
    (
        replace(WORKFLOW, environments=(DEV, replace(PROD, name="dev"))),
        "environment dev is used 2 times: each environment needs its own",
    ),
    (environment("prod", job="deploy-dev"), "deploy job deploy-dev is used 2 times: each environment needs its own"),
    (
        environment("prod", gitlab_environment="dev"),
        "GitLab environment dev is used 2 times: each environment needs its own",
    ),
    (
        environment("dev", name="Dev"),
        "environment 'Dev': a name is lower-case letters, digits and -, beginning with a letter",
    ),
    (
        environment("dev", name="dev\n"),
        r"environment 'dev\n': a name is lower-case letters, digits and -, beginning with a letter",
    ),
    (environment("dev", job=""), "environment dev: without a deploy job nothing can be played"),
    (environment("dev", approvals=0), "environment dev: approvals is 0, and a way to it without approval is none"),
    (
        environment("dev", approvers=Approvers("boss")),
        "environment dev: approvers need one of reporter, developer, maintainer, owner, not boss",
    ),
    (
        environment("dev", approvers=Approvers("guest")),
        "environment dev: approvers need one of reporter, developer, maintainer, owner, not guest",
    ),
    (
        environment("dev", four_eyes=("owner",)),
        "environment dev: four_eyes knows creator, author and deployer, not owner",
    ),
    (
        environment("dev", waivable=(Waivable("ref_unmovd", Approvers()),)),
        "environment dev: waivable knows no gate ref_unmovd: did you mean ref_unmoved?",
    ),
    (
        environment("dev", waivable=(Waivable("may_act", Approvers()),)),
        (
            "environment dev: waivable has may_act, which is nobody's to waive: evidence_current, in_window, "
            "not_frozen, ref_unmoved and soaked can be"
        ),
    ),
    (
        environment("dev", waivable=(Waivable("quorum_met", Approvers()),)),
        (
            "environment dev: waivable has quorum_met, which is nobody's to waive: evidence_current, in_window, "
            "not_frozen, ref_unmoved and soaked can be"
        ),
    ),
    (
        environment("dev", waivable=(Waivable("ref_unmoved", Approvers()),) * 2),
        "environment dev: waivable has ref_unmoved 2 times",
    ),
    (
        environment("dev", waivable=(Waivable("ref_unmoved", Approvers("boss")),)),
        "environment dev: waivable needs one of reporter, developer, maintainer, owner, not boss",
    ),
    (
        replace(WORKFLOW, required_jobs=("deploy-prod",)),
        "job deploy-prod is required before it can be played: it is a deploy job",
    ),
    (replace(WORKFLOW, coverage_at_least=101), "coverage_at_least is 101: it is a percentage, from 0 to 100"),
    (replace(WORKFLOW, coverage_at_least=-1), "coverage_at_least is -1: it is a percentage, from 0 to 100"),
    (replace(WORKFLOW, tests_at_least=0), "tests_at_least is 0: fewer than one test is no requirement"),
    (
        replace(WORKFLOW, checklist=(Point("notes", "a"), Point("notes", "b"))),
        "point notes stands 2 times in the checklist: each needs a name of its own",
    ),
    (
        replace(WORKFLOW, checklist=(Point("Notes", "a"),)),
        "point 'Notes': a name is lower-case letters, digits and -, beginning with a letter",
    ),
    (replace(WORKFLOW, checklist=(Point("a", " "),)), "point a: without a text nobody knows what is ticked"),
    (
        replace(WORKFLOW, checklist=(Point("a", "b", Approvers("guest")),)),
        "point a: those who tick it need one of reporter, developer, maintainer, owner, not guest",
    ),
    (
        replace(WORKFLOW, checklist=tuple(Point(f"p{number}", "x") for number in range(51))),
        "the checklist has 51 points, at most 50 are handled",
    ),
]


@pytest.mark.parametrize(("workflow", "problem"), POLICIES, ids=[each[1][:40] for each in POLICIES])
def test_a_mistake_in_a_policy(workflow: Workflow, problem: str) -> None:
    """It is named in a sentence."""
    assert check_workflow(workflow) == (problem,)


def test_every_mistake_is_reported() -> None:
    """Whoever mends a policy sees all of it at once."""
    assert len(check_workflow(replace(environment("dev", job="", approvals=0), required_jobs=("deploy-prod",)))) == 3


@given(workflows())
def test_policies_that_can_be_adopted_are(workflow: Workflow) -> None:
    """Nothing is wrong with whatever the strategy draws, which is what all other properties range over."""
    assert check_workflow(workflow) == ()


words = st.text(max_size=8)
places = st.builds(
    Environment,
    words,
    words,
    words,
    st.integers(),
    st.builds(Approvers, words, st.lists(words).map(tuple)),
    st.lists(words, max_size=2).map(tuple),
)


@given(st.builds(Workflow, words, st.lists(places, max_size=3).map(tuple), st.none() | st.lists(words).map(tuple)))
def test_no_policy_makes_it_raise(workflow: Workflow) -> None:
    """Whatever a file may hold, the answer is sentences."""
    assert all(isinstance(problem, str) for problem in check_workflow(workflow))
