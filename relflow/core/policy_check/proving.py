"""Everything that can go wrong with a policy whose form is right, found by exploring what can happen under it.

Pure, and judged by `decide` itself: what is explored, and what that proves, is told in the page Checking a policy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from relflow.core.finding import Finding
from relflow.core.freeze import Freeze
from relflow.core.people import Member
from relflow.core.policy_check.cast import gathered, supposed
from relflow.core.policy_check.exceptions import check_alone, check_glass, check_waivers
from relflow.core.policy_check.opening import check_opening
from relflow.core.policy_check.stage_checks import Ways, check_stages
from relflow.core.policy_check.story import Counterexample
from relflow.core.policy_check.supposing import AT, World
from relflow.core.policy_check.table import check_table
from relflow.core.requirements import fits, is_pattern
from relflow.core.text import both
from relflow.core.workflow import Workflow, deployed, rules, states

#: The largest quorum by access level that is explored as it is.
MOST = 5


def prove(
    workflow: Workflow,
    members: Iterable[Member] | None = None,
    freezes: tuple[Freeze, ...] = (),
    at: datetime = AT,
) -> tuple[Counterexample, ...]:
    """What breaks the policy, each with a shortest story; those of its table alone where there are any.

    Only for a policy in which `check_workflow` finds nothing. Without members there is a cast: whoever the policy
    names, and enough people of each level. The freezes are those that nobody ended; `at` is then.
    """
    broken = check_table(states(workflow), rules(workflow), deployed(workflow.names[-1]))
    return broken or _explored(workflow, members, freezes, at)


def _explored(
    workflow: Workflow, members: Iterable[Member] | None, freezes: tuple[Freeze, ...], at: datetime
) -> tuple[Counterexample, ...]:
    if members is None:
        workflow = _small(workflow)
    cast = supposed(workflow) if members is None else gathered(workflow, members)
    ways = Ways(World(workflow, cast))
    return (
        *check_stages(ways, knows_members=members is not None),
        *check_opening(ways, freezes, at),
        *check_waivers(ways),
        *check_glass(ways),
        *_patterns(workflow),
        *check_alone(ways),
    )


def _small(workflow: Workflow) -> Workflow:
    """The policy with no quorum by access level above MOST: in a cast nobody of a level is missing for a larger one."""
    environments = (
        each if each.approvers.access is None else replace(each, approvals=min(each.approvals, MOST))
        for each in workflow.environments
    )
    return replace(workflow, environments=tuple(environments))


def _patterns(workflow: Workflow) -> Iterator[Counterexample]:
    """Required jobs told by a pattern that a deploy job fits, too: it is left out. Of all jobs everybody knows so."""
    for pattern in workflow.required_jobs or ():
        taken = tuple(job for job in workflow.deploy_jobs if fits(pattern, job))
        if is_pattern(pattern) and pattern.strip("*") and taken:
            what = f"jobs: {pattern} fits {both(taken)} too, which cannot pass before it is played"
            consequence = "deploy jobs are left out of it, so that it demands less than it says"
            yield Counterexample(Finding("warning", "pattern-too-wide", what, consequence, "write a narrower pattern"))
