"""The one place where a command becomes events or refusals. Pure and total: no well-typed input raises."""

from typing import Any

from relflow.core import events as e
from relflow.core.case import Case, at_least
from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    BreakGlass,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordPipeline,
    RejectRelease,
    Request,
    ResumeRelease,
    RollbackRelease,
    Step,
    TestRelease,
    TickPoint,
    UnapproveRelease,
    WaiveGate,
)
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.facts import Facts
from relflow.core.gates.table import may_act
from relflow.core.judging import results_of
from relflow.core.machine import judge
from relflow.core.people import Level
from relflow.core.pipeline_request import answered, requested
from relflow.core.protocol import decide_step
from relflow.core.release import PipelineRef, Release
from relflow.core.requirements import numbers_of
from relflow.core.starting import way_to_start
from relflow.core.text import either, text_problem, version_problem
from relflow.core.verdict import GateResult, blocked, final, passed
from relflow.core.workflow import DRAFT, HELD, Workflow, approval_rule, before


def decide(workflow: Workflow, release: Release | None, command: Command, facts: Facts) -> Decision:
    """The events that the command leads to, or every reason why not. Equal arguments give an equal result."""
    if isinstance(command, CreateRelease):
        return _create(workflow, release, command, facts)
    if release is None:
        return Refused((final("release_exists", "there is no such release"),))
    if isinstance(command, RecordPipeline):
        return Accepted((answered(release, command, facts),))
    case = Case(workflow, release, command, facts)
    if isinstance(command, Step):  # what was begun can end, though the policy has dropped its environment since
        return decide_step(case)
    if command.environment is not None and workflow.environment(command.environment) is None:
        return Refused((_no_environment(workflow, command.environment),))
    return _walk(case, command)


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
    created = e.ReleaseCreated(at=facts.at, actor=facts.actor, ref=command.ref, title=command.title, **made)
    return Accepted((created, *(requested(command, facts) if command.runs_pipeline else ())))


def _well_formed(command: CreateRelease) -> GateResult:
    problem = version_problem(command.version) or text_problem(command.title or "")
    return final("version_well_formed", problem) if problem else passed("version_well_formed")


def _is_new(release: Release | None, version: str) -> GateResult:
    if release is None:
        return passed("version_is_new")
    why = f"{version} exists already, by {release.created_by.name}, in {release.state}"
    return final("version_is_new", f"{why}: relflow amend binds it to another commit")


def _resolves(command: CreateRelease, facts: Facts) -> GateResult:
    if facts.resolved:
        return passed("ref_resolves", f"{command.ref} is {facts.resolved[:12]}")
    return blocked(
        "ref_resolves",
        f"GitLab knows no tag, branch or commit {either(command.tried or (command.ref,))}",
        who=at_least(facts.members, Level.DEVELOPER),
        next=f"relflow create {command.version} --ref REF",
    )


def _walk(case: Case, command: Request) -> Decision:
    judgement = judge(case)
    if judgement.target is None:
        return Refused(_failed(results_of(case, judgement)))
    gates = judgement.results or ()
    return Accepted(_events(case, command, judgement.target, gates))


def _failed(results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    return tuple(result for result in results if not result.holds)


def _no_environment(workflow: Workflow, name: str) -> GateResult:
    return final("environment_known", f"there is no environment {name}; there are {', '.join(workflow.names)}")


def _events(  # noqa: C901 - one arm for each command
    case: Case, command: Request, target: str, gates: tuple[GateResult, ...]
) -> tuple[e.Event, ...]:
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
            return (_tested(common, case, gates),)
        case TickPoint():
            return (e.PointTicked(**common, point=command.point),)
        case ApproveRelease():
            given = _given(common, case, command, gates)
            return (given,) if target == release.state else (given, e.ReleaseApproved(**common))
        case DeployRelease() | BreakGlass() | RollbackRelease():
            return (_requested(common, case, gates),)
        case UnapproveRelease():
            return (e.ApprovalWithdrawn(**common),)
        case RejectRelease():
            return _rejected(common, case, command)
        case WaiveGate():
            return (e.GateWaived(**common, reason=command.reason, gate=command.gate, gates=gates),)
        case AmendRelease():
            return (_amended(common, case, command),)
        case HoldRelease():
            return _held(common, case, command)
        case ResumeRelease():
            return (e.ReleaseResumed(**common, reason=command.reason),)
        case CreateRelease():  # pragma: no cover - made by _create; here only so that the match is complete
            return ()


def _given(
    common: dict[str, Any], case: Case, command: ApproveRelease, gates: tuple[GateResult, ...]
) -> e.ApprovalGiven:
    release, said = case.release, {**common, "target": case.release.state}
    return e.ApprovalGiven(
        **said,
        comment=command.comment,
        gates=gates,
        pipeline_id=release.pipeline.id if release.pipeline else None,
        rule=approval_rule(case.environment),
    )


def _rejected(common: dict[str, Any], case: Case, command: RejectRelease) -> tuple[e.Event, ...]:
    said = e.ApprovalRejected(**{**common, "target": case.release.state}, reason=command.reason)
    # The quorum fell with the rejection: resuming leads to where approvals are waited for.
    held_from = before(case.workflow, command.environment)
    return (said, e.ReleaseHeld(**common, reason=command.reason, held_from=held_from))


def _held(common: dict[str, Any], case: Case, command: HoldRelease) -> tuple[e.Event, ...]:
    cancels = tuple(each.id for each in case.release.under_way()) if command.cancel_job else ()
    says_more = case.release.state != HELD or cancels
    held = (e.ReleaseHeld(**common, reason=command.reason, cancels=cancels),) if says_more else ()
    closed = (e.ReleaseClosed(**{**common, "source": HELD}, reason=command.reason),) if command.close else ()
    return (*held, *closed)


def _amended(common: dict[str, Any], case: Case, command: AmendRelease) -> e.ReleaseAmended:
    facts, release = case.facts, case.release
    pipeline = PipelineRef(facts.pipeline.id, facts.pipeline.url) if facts.pipeline else None
    bound = {"revision": release.revision + 1, "commit": facts.resolved}
    return e.ReleaseAmended(
        **{**common, **bound},
        ref=command.ref,
        reason=command.reason,
        previous_commit=release.commit,
        pipeline=pipeline,
    )


def _tested(common: dict[str, Any], case: Case, gates: tuple[GateResult, ...]) -> e.ReleaseTested:
    pipeline = case.facts.pipeline
    assert pipeline is not None  # noqa: S101 - pipeline_found holds
    numbers = numbers_of(case.workflow, case.facts)
    return e.ReleaseTested(**common, pipeline=PipelineRef(pipeline.id, pipeline.url), gates=gates, numbers=numbers)


def _requested(common: dict[str, Any], case: Case, gates: tuple[GateResult, ...]) -> e.DeploymentRequested:
    pipeline, kind = case.facts.pipeline, case.command.trigger
    assert pipeline is not None  # noqa: S101 - job_playable holds
    job = pipeline.current(case.environment.job)[0]
    same = (case.environment.name, case.release.revision, kind)
    earlier = [each for each in case.release.deployments if (each.environment, each.revision, each.kind) == same]
    plays = way_to_start(kind, job.status) == "play"
    return e.DeploymentRequested(
        **common,
        reason=case.command.reason if isinstance(case.command, BreakGlass | RollbackRelease) else None,
        deployment_id=case.facts.next_deployment_id,
        kind=kind,
        attempt=len(earlier) + 1,
        pipeline_id=pipeline.id,
        job_id=job.id if plays else None,
        job_name=job.name,
        job_url=job.url if plays else None,
        base_job=None if plays else job.id,
        gates=gates,
    )
