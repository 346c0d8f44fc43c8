"""The one place where a command becomes events or refusals. Pure and total: no well-typed input raises."""

from typing import Any

from relflow.core import events as e
from relflow.core.case import Case, at_least
from relflow.core.commands import (
    ApproveRelease,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    Request,
    ResumeRelease,
    Step,
    TestRelease,
)
from relflow.core.facts import Facts
from relflow.core.gates import GATES, command_line, may_act
from relflow.core.machine import Judgement, judge
from relflow.core.people import Level
from relflow.core.protocol import decide_step
from relflow.core.release import PipelineRef, Release
from relflow.core.text import text_problem, version_problem
from relflow.core.verdict import Accepted, Decision, GateResult, Refused, Verdict, blocked, final, passed
from relflow.core.workflow import DRAFT, HELD, Workflow, approved, before, ladder, rules


def decide(workflow: Workflow, release: Release | None, command: Command, facts: Facts) -> Decision:
    """The events that the command leads to, or every reason why not. Equal arguments give an equal result."""
    if isinstance(command, CreateRelease):
        return _create(workflow, release, command, facts)
    if release is None:
        return Refused((final("release_exists", "there is no such release"),))
    case = Case(workflow, release, command, facts)
    if isinstance(command, Step):  # what was begun can end, though the policy has dropped its environment since
        return decide_step(case)
    if command.environment is not None and workflow.environment(command.environment) is None:
        return Refused((_no_environment(workflow, command.environment),))
    return _walk(case, command)


def verdict(workflow: Workflow, release: Release, command: Request, facts: Facts) -> Verdict:
    """What `decide` would say, with the gates that hold as well: for those who ask before they act."""
    case = Case(workflow, release, command, facts)
    judgement = judge(case)
    gates = judgement.results if judgement.results is not None else _refusals(case, judgement)
    open_question = None if all(gate.holds is not False for gate in gates) else False
    allowed = True if judgement.target is not None else open_question
    return Verdict(command.trigger, command.environment, allowed, gates)


def next_requests(workflow: Workflow, release: Release) -> tuple[Request, ...]:
    """One request for each trigger that leaves the release's state or stays in it, in the order of the table."""
    asked: dict[tuple[str, str | None], Request] = {}
    for rule in rules(workflow):
        if rule.source == release.state and rule.gates:
            asked.setdefault((rule.trigger, rule.environment), _request(rule.trigger, rule.environment or ""))
    return tuple(asked.values())


def _request(trigger: str, environment: str) -> Request:
    makers: dict[str, Request] = {
        "test": TestRelease(),
        "approve": ApproveRelease(environment),
        "deploy": DeployRelease(environment),
        "hold": HoldRelease("…"),
        "resume": ResumeRelease("…"),
    }
    return makers[trigger]


def _create(workflow: Workflow, release: Release | None, command: CreateRelease, facts: Facts) -> Decision:
    version = command.version
    blank = Release(
        version=version,
        state=DRAFT,
        ref=command.ref,
        commit=facts.resolved or "",
        created_by=facts.actor,
        created_at=facts.at,
        updated_at=facts.at,
    )
    case = Case(workflow, blank, command, facts)
    results = (may_act(case), _well_formed(command), _is_new(release, version), _resolves(command, facts))
    if refusals := _failed(results):
        return Refused(refusals)
    made: dict[str, Any] = {"release": version, "revision": 1, "commit": facts.resolved, "target": DRAFT}
    return Accepted((e.ReleaseCreated(at=facts.at, actor=facts.actor, ref=command.ref, title=command.title, **made),))


def _well_formed(command: CreateRelease) -> GateResult:
    problem = version_problem(command.version) or text_problem(command.title or "")
    return final("version_well_formed", problem) if problem else passed("version_well_formed")


def _is_new(release: Release | None, version: str) -> GateResult:
    if release is None:
        return passed("version_is_new")
    return final("version_is_new", f"{version} exists already, in {release.state}")


def _resolves(command: CreateRelease, facts: Facts) -> GateResult:
    if facts.resolved:
        return passed("ref_resolves", f"{command.ref} is {facts.resolved[:12]}")
    return blocked(
        "ref_resolves",
        f"GitLab knows no tag, branch or commit {command.ref}",
        who=at_least(facts.members, Level.DEVELOPER),
        next=f"relflow create {command.version} --ref REF",
    )


def _walk(case: Case, command: Request) -> Decision:
    judgement = judge(case)
    if judgement.target is None:
        return Refused(_failed(_refusals(case, judgement)))
    gates = judgement.results or ()
    return Accepted(_events(case, command, judgement.target, gates))


def _refusals(case: Case, judgement: Judgement) -> tuple[GateResult, ...]:
    if judgement.results is not None:
        return judgement.results
    # No way leaves this state with that trigger: say so, and what else would stand in the way.
    asked = (rule for rule in rules(case.workflow) if rule.trigger == case.command.trigger and rule.gates)
    rule = next(rule for rule in asked if rule.environment == case.command.environment)
    return (_in_state(case), *(GATES[gate](case) for gate in rule.gates))


def _failed(results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    return tuple(result for result in results if not result.holds)


def _in_state(case: Case) -> GateResult:
    release, trigger = case.release, case.command.trigger
    sources = _sources(case)
    begin = f"{release.version} is in {release.state}"
    order = ladder(case.workflow)
    if release.stands_in not in order:
        return final("in_state", f"{release.version} is in {release.stands_in}, which the policy does not have")
    if release.state == HELD:
        if trigger == "hold":
            return final("in_state", f"{release.version} is held already")
        return blocked(
            "in_state", f"{begin}, from {release.held_from}", next=f"relflow resume {release.version} -m REASON"
        )
    why = f"{begin}, and {' '.join(command_line(case).split()[1::2])} starts from {' or '.join(sources)}"
    if trigger == "resume" or all(order.index(release.state) > order.index(source) for source in sources):
        return final("in_state", why)
    return blocked("in_state", why, next=way_on(case.workflow, release))


def _sources(case: Case) -> tuple[str, ...]:
    wanted = (case.command.trigger, case.command.environment)
    found = (rule.source for rule in rules(case.workflow) if (rule.trigger, rule.environment) == wanted and rule.gates)
    return tuple(dict.fromkeys(found))


def way_on(workflow: Workflow, release: Release) -> str | None:
    """The command that takes the release one step towards production; None at the end of the way."""
    version, state = release.version, release.state
    if state == HELD:
        return f"relflow resume {version} -m REASON"
    if state == DRAFT:
        return f"relflow test {version}"
    for name in workflow.names:
        if state == before(workflow, name):
            return f"relflow approve {version} {name}"
        if state == approved(name):
            return f"relflow deploy {version} {name}"
    return None


def _no_environment(workflow: Workflow, name: str) -> GateResult:
    return final("environment_known", f"there is no environment {name}; there are {', '.join(workflow.names)}")


def _events(case: Case, command: Request, target: str, gates: tuple[GateResult, ...]) -> tuple[e.Event, ...]:
    release, facts = case.release, case.facts
    common: dict[str, Any] = {
        "at": facts.at,
        "actor": facts.actor,
        "release": release.version,
        "revision": release.revision,
        "commit": release.commit,
        "environment": command.environment,
        "source": release.state,
        "target": target,
    }
    match command:
        case TestRelease():
            return (_tested(common, facts, gates),)
        case ApproveRelease():
            given = e.ApprovalGiven(**{**common, "target": release.state}, comment=command.comment, gates=gates)
            return (given,) if target == release.state else (given, e.ReleaseApproved(**common))
        case DeployRelease():
            return (_requested(common, case, gates),)
        case HoldRelease():
            return (e.ReleaseHeld(**common, reason=command.reason),)
        case ResumeRelease():
            return (e.ReleaseResumed(**common, reason=command.reason),)
        case CreateRelease():  # made by _create; here only so that the match is complete
            return ()


def _tested(common: dict[str, Any], facts: Facts, gates: tuple[GateResult, ...]) -> e.ReleaseTested:
    pipeline = facts.pipeline
    assert pipeline is not None  # noqa: S101 - pipeline_found holds
    return e.ReleaseTested(**common, pipeline=PipelineRef(pipeline.id, pipeline.url), gates=gates)


def _requested(common: dict[str, Any], case: Case, gates: tuple[GateResult, ...]) -> e.DeploymentRequested:
    pipeline, earlier = case.facts.pipeline, case.release.deployments
    assert pipeline is not None  # noqa: S101 - job_playable holds
    job = pipeline.current(case.environment.job)[0]
    mine = [
        each for each in earlier if (each.environment, each.revision) == (case.environment.name, case.release.revision)
    ]
    return e.DeploymentRequested(
        **common,
        deployment_id=case.facts.next_deployment_id,
        kind="deploy",
        attempt=len(mine) + 1,
        pipeline_id=pipeline.id,
        job_id=job.id,
        job_name=job.name,
        job_url=job.url,
        gates=gates,
    )
