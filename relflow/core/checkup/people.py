"""Whether there are people enough for what the policy asks of them."""

from collections.abc import Iterator
from datetime import datetime

from relflow.core.case import at_least
from relflow.core.checkup.remedy import Diagnosis, diagnosis
from relflow.core.freeze import Freeze
from relflow.core.people import Level, Member
from relflow.core.policy_check.form import check_workflow
from relflow.core.policy_check.proving import prove
from relflow.core.reaching import unreachable
from relflow.core.workflow import Environment, Workflow

_POLICY = "relflow policy adopt     with fewer approvals or more approvers; or give somebody that access in GitLab"
#: What exploring finds that depends on who is there and what is frozen, besides the approvals.
DEPENDS = frozenset({"untested", "waiver-nobody", "debt-nobody", "glass-unbreakable", "never-open"})


def check_people(workflow: Workflow, members: tuple[Member, ...]) -> Iterator[Diagnosis]:
    """Quorums that cannot be met, people who left, and only one who can change the policy."""
    for result in unreachable(workflow, members):
        yield diagnosis(
            "error", "approvers-too-few", result.why or result.gate, "releases wait there for ever", _POLICY
        )
    for environment in workflow.environments:
        yield from _left(environment, members)
    maintainers = at_least(members, Level.MAINTAINER)
    if len(maintainers) < 2:  # noqa: PLR2004 - one may be away
        what = f"only {maintainers[0]} is a maintainer" if maintainers else "nobody is a maintainer"
        consequence = "nobody else can adopt a policy, or clear what only a maintainer can"
        yield diagnosis("note", "one-maintainer", what, consequence, "make a second person a maintainer in GitLab")


def check_chances(
    workflow: Workflow, members: tuple[Member, ...], freezes: tuple[Freeze, ...], at: datetime
) -> Iterator[Diagnosis]:
    """What nobody of the members can tick, waive or sign off, and environments that stay closed from then on."""
    explored = () if check_workflow(workflow) else prove(workflow, members, freezes, at)
    return (Diagnosis(each.finding) for each in explored if each.finding.name in DEPENDS)


def _left(environment: Environment, members: tuple[Member, ...]) -> Iterator[Diagnosis]:
    there = {each.username for each in members if each.access_level >= Level.REPORTER}
    for username in environment.approvers.users:
        if username not in there:
            what = (
                f"{username} is named as an approver of {environment.name}, and has no Reporter access to the project"
            )
            consequence, fix = "their approval does not count", "take the name out of relflow.toml, and adopt it"
            yield diagnosis("warning", "approver-left", what, consequence, fix)
