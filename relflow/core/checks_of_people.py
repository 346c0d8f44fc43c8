"""Whether there are people enough for what the policy asks of them."""

from collections.abc import Iterator

from relflow.core.approving import may_approve
from relflow.core.case import at_least
from relflow.core.people import Level, Member
from relflow.core.remedy import Diagnosis, diagnosis
from relflow.core.text import either
from relflow.core.workflow import Environment, Workflow

_POLICY = "relflow policy adopt     with fewer approvals or more approvers; or give somebody that access in GitLab"


def check_people(workflow: Workflow, members: tuple[Member, ...]) -> Iterator[Diagnosis]:
    """Quorums that cannot be met, people who left, and only one who can change the policy."""
    for environment in workflow.environments:
        yield from _quorum(environment, members)
        yield from _left(environment, members)
    maintainers = at_least(members, Level.MAINTAINER)
    if len(maintainers) < 2:  # noqa: PLR2004 - one may be away
        what = f"only {maintainers[0]} is a maintainer" if maintainers else "nobody is a maintainer"
        consequence = "nobody else can adopt a policy, or clear what only a maintainer can"
        yield diagnosis("note", "one-maintainer", what, consequence, "make a second person a maintainer in GitLab")


def _quorum(environment: Environment, members: tuple[Member, ...]) -> Iterator[Diagnosis]:
    name, wanted = environment.name, environment.approvals
    able = {each.username for each in members if may_approve(environment, each)}
    creators = set(at_least(members, Level.DEVELOPER))
    who = f": {either(tuple(sorted(able)))}" if able else ""
    asks = f"{name} takes {wanted} approval{'s' if wanted > 1 else ''}, and {len(able)} may give one{who}"
    # Whoever creates a release is excluded; the best case is somebody who could not approve anyway.
    excludes = "creator" in environment.four_eyes
    if len(able) - (excludes and creators <= able) < wanted:
        why = ", without the one who created the release" if len(able) >= wanted else ""
        yield diagnosis("error", "approvers-too-few", f"{asks}{why}", f"nothing can reach {name}", _POLICY)
    elif excludes and len(able) - bool(able & creators) < wanted:
        outsiders = either(tuple(sorted(creators - able)))
        consequence = f"only what {outsiders} creates can reach {name}"
        yield diagnosis("warning", "approvers-too-few-to-create", asks, consequence, _POLICY)
    if "deployer" in environment.four_eyes and len(able | creators) <= wanted:
        what = f"{name} is deployed by somebody who did not approve, and everybody who could has to approve"
        yield diagnosis("error", "deployer-missing", what, f"nothing can reach {name}", _POLICY)


def _left(environment: Environment, members: tuple[Member, ...]) -> Iterator[Diagnosis]:
    there = {each.username for each in members if each.access_level >= Level.REPORTER}
    for username in environment.approvers.users:
        if username not in there:
            what = (
                f"{username} is named as an approver of {environment.name}, and has no Reporter access to the project"
            )
            consequence, fix = "their approval does not count", "take the name out of relflow.toml, and adopt it"
            yield diagnosis("warning", "approver-left", what, consequence, fix)
