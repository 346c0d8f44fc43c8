"""Putting a policy in force: who may, what is recorded, and what it means for releases on their way."""

from collections.abc import Iterable, Iterator

from relflow.core import events as e
from relflow.core.approving import counted
from relflow.core.case import standing_level
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.facts import Facts
from relflow.core.people import Level
from relflow.core.project import Project
from relflow.core.reaching import unreachable
from relflow.core.release import Release
from relflow.core.verdict import GateResult, final
from relflow.core.waiving import lapse
from relflow.core.workflow import Environment, Workflow, approved, deployed, digest, ladder, policy, states


def decide_adoption(project: Project, known: Project | None, workflow: Workflow, facts: Facts) -> Decision:
    """Register the project where the log does not know it, follow its name, and put the workflow in force."""
    may = standing_level("may_act", facts, Level.MAINTAINER, workflow.project, "policy adopt")
    refusals = (*(() if may.holds else (may,)), *_unreachable(workflow, facts))
    if refusals:
        return Refused(refusals)
    events: list[e.Event] = []
    if known is None:
        named = {"path": project.path, "url": project.url, "project_id": project.project_id}
        events.append(e.ProjectRegistered(at=facts.at, actor=facts.actor, **named))  # type: ignore[arg-type]
    elif (known.path, known.url) != (project.path, project.url):
        events.append(e.ProjectRenamed(at=facts.at, actor=facts.actor, path=project.path, url=project.url))
    if known is None or known.workflow != workflow:
        body = {"policy": policy(workflow), "digest": digest(workflow)}
        events.append(e.PolicyAdopted(at=facts.at, actor=facts.actor, **body))  # type: ignore[arg-type]
    return Accepted(tuple(events)) if events else Refused((final("policy_differs", "this policy is in force already"),))


def _unreachable(workflow: Workflow, facts: Facts) -> Iterator[GateResult]:
    return unreachable(workflow, facts.members) if facts.members is not None else iter(())


def effects(before: Workflow | None, workflow: Workflow, releases: Iterable[Release]) -> Iterator[str]:
    """A sentence for each release on its way that the workflow leaves somewhere else than the one before did."""
    for release in releases:
        if release.stands_in not in states(workflow):
            yield f"{release.version} is in {release.stands_in}, which the policy does not have"
            continue
        for environment in workflow.environments:
            if not _is_past(release, environment, workflow):
                known = before.environment(environment.name) if before else None
                yield from _lost(known, environment, release)
                yield from _unwaived(known, environment, release)
                yield from _too_few(environment, release)


def _is_past(release: Release, environment: Environment, workflow: Workflow) -> bool:
    """Whether nobody needs its approvals for the environment any more."""
    order = ladder(workflow)
    return release.closed or order.index(release.stands_in) >= order.index(deployed(environment.name))


def _lost(before: Environment | None, environment: Environment, release: Release) -> Iterator[str]:
    kept = counted(release, environment)
    lost = [each.by.name for each in counted(release, before) if each not in kept] if before else []
    if lost:
        count = "approval" if len(lost) == 1 else "approvals"
        whose = f"{release.version} loses the {count} of {', '.join(lost)} for {environment.name}"
        yield f"{whose}: the approval rule of {environment.name} changed"


def _unwaived(before: Environment | None, environment: Environment, release: Release) -> Iterator[str]:
    for each in (each for each in release.waivers if each.environment == environment.name):
        why = lapse(release, environment, each)
        if why and lapse(release, before, each) is None:
            yield f"{release.version} loses {each.by.name}'s waiver of {each.gate} for {environment.name}: {why}"


def _too_few(environment: Environment, release: Release) -> Iterator[str]:
    given = len(counted(release, environment))
    if release.stands_in == approved(environment.name) and given < environment.approvals:
        missing = f"{given} of {environment.approvals} approvals"
        yield f"{release.version} is in {release.stands_in} with {missing}: its deployment will be refused"
