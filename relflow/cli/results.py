"""What a use case returned, as the answer of its command."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from relflow.cli.command import Answer
from relflow.cli.failing import Failure, failure_of, from_then_on, refusal
from relflow.cli.onwards import onwards
from relflow.core.approving import counted
from relflow.core.events import DeploymentRequested, DriftDetected, Event, GateWaived, PipelineStarted
from relflow.core.evidence import Numbers
from relflow.core.release import BREAK_GLASS, Release
from relflow.core.text import escaped
from relflow.core.workflow import Workflow
from relflow.service.app import App, Conflict, Done, Later, No, Outcome
from relflow.service.ports import Recorded
from relflow.service.reconciling import Reconciled
from relflow.views.shapes import deployment_shape, release_shape

if TYPE_CHECKING:
    from relflow.views import contract


def answer_in(app: App, outcome: Outcome) -> Answer:
    """The answer to a command on one release of the app's project."""
    return answer_of(outcome, *_standing(app))


def _standing(app: App) -> tuple[str, Workflow]:
    with app.store.read() as book:
        project = book.project()
    assert project is not None and project.workflow is not None  # noqa: S101, PT018 - the use case stood on it
    return project.path, project.workflow


def reconciled(app: App, result: Reconciled) -> Answer:
    """The answer to `reconcile`: what became of each deployment that was open, and what nobody had asked for."""
    project, workflow = _standing(app)
    # Not their whole answers: who came second to an end has recorded nothing, and no step follows from it.
    shapes = [done_shape(done, project) for done in result.results]
    shape: contract.Reconcile = {
        "deployments": [each["deployment"] for each in shapes if each["deployment"]],
        "events": [*(event for each in shapes for event in each["events"]), *map(event_shape, result.drifted)],
    }
    lines = [line for done in result.results for line in (line_of(done), *_followed(done, workflow))]
    lines = lines or ["no deployment is open"]
    lines += [escaped(line) for each in result.drifted if (line := _drift_line(each))]
    return Answer(shape, "\n".join(lines), _both(together(result.results), _drifted(result)))


def _both(first: Failure | None, then: Failure | None) -> Failure | None:
    if first is None or then is None:
        return first or then
    return Failure(first.kind, first.what, (*first.why, then.what, *then.why), (*first.next_step, *then.next_step))


def _drift_line(recorded: Recorded) -> str | None:
    event = recorded.event
    if isinstance(event, DriftDetected):
        what = f"job {event.job_id} ({event.job_name})" if event.job_id else "a deployment that was only recorded"
        who = (event.played_by or "somebody").removeprefix("gitlab:")
        whose = event.release or f"commit {(event.commit or '')[:12]}"
        return f"drift {event.drift_id} in {event.environment}: {what} of {whose} by {who}, {event.status}"
    return f"{event.release} is held: {event.reason or ''}" if event.name == "release_held" else None


def _drifted(result: Reconciled) -> Failure | None:
    """What went past relflow is a failure of its own: whoever runs this at night shall notice."""
    if result.failed:
        return failure_of(result.failed)
    found = [each.event for each in result.drifted if isinstance(each.event, DriftDetected)]
    if not found:
        return None
    steps = (f"relflow drift accept {each.environment} {each.drift_id} -m REASON" for each in found)
    what = "a run went past relflow" if len(found) == 1 else f"{len(found)} runs went past relflow"
    why = tuple(f"drift {each.drift_id} in {each.environment}" for each in found)
    return Failure("failed", what, why, ("relflow drift     shows what waits to be accepted", *steps))


def together(results: Sequence[Done]) -> Failure | None:
    """One failure for all of them; what nobody knows yet weighs more than what ended badly."""
    failures, count = [failure for done in results if (failure := failure_in(done))], len(results)
    if count <= 1 or not failures:
        return next(iter(failures), None)
    still_open = sum(failure.kind == "unknown" for failure in failures)
    kind: contract.Kind = "unknown" if still_open else "failed"
    number, how = (still_open, "cannot be settled yet") if still_open else (len(failures), "did not end as asked")
    why = tuple(sentence for failure in failures for sentence in (failure.what, *failure.why))
    steps = tuple(dict.fromkeys(step for failure in failures for step in failure.next_step))
    return Failure(kind, f"{number} of {count} deployments {how}", why, steps)


def _followed(done: Done, workflow: Workflow) -> Iterator[str]:
    """What the end of a deployment brought with it: where it is live, what is odd about it, what was held."""
    told = {"release_deployed", "drift_detected", "release_held"}
    for each in done.recorded:
        if each.event.name in told and (line := _sentence(each, done, workflow)):
            yield escaped(line)


def line_of(done: Done) -> str:
    """A deployment and how far it is, in a line."""
    each = done.deployment
    if each is None:
        return ""
    how = each.outcome or f"still open, {each.phase}"
    return escaped(f"deployment {each.id} of {done.release.version} to {each.environment}: {how}")


def answer_of(outcome: Outcome, project: str, workflow: Workflow) -> Answer:
    """The answer to a command on one release."""
    if isinstance(outcome, No):
        return Answer(None, "", refusal(outcome.what, outcome.refusals))
    if isinstance(outcome, Conflict):
        return Answer(None, "", Failure("conflict", outcome.what, outcome.why, ("relflow status     then try again",)))
    failure = failure_in(outcome)
    return Answer(done_shape(outcome, project), _text(outcome, workflow, failure), failure)


def failure_in(done: Done) -> Failure | None:
    """What is not as hoped about it, as a failure of the command."""
    trouble = done.trouble
    return Failure(trouble.kind, trouble.what, trouble.why, tuple(map(_step, trouble.next_step))) if trouble else None


def _step(step: str | Later) -> str:
    return step if isinstance(step, str) else f"{step.command}{from_then_on(step.earliest)}"


def done_shape(done: Done, project: str) -> "contract.Changed":
    """The contract's shape of every command that changes a release."""
    return {
        "release": release_shape(done.release, project),
        "events": [event_shape(each) for each in done.recorded],
        "deployment": deployment_shape(done.release.version, done.deployment) if done.deployment else None,
    }


def event_shape(recorded: Recorded) -> "contract.Written":
    """An event's place in the log and its name."""
    return {"seq": recorded.seq, "event": recorded.event.name}


def _text(done: Done, workflow: Workflow, failure: Failure | None) -> str:
    lines = [line for each in done.recorded for line in (_sentence(each, done, workflow), *_answered_for(each)) if line]
    if done.pipeline and done.recorded[-1].event.name == "release_created":
        lines.append(f"{done.release.ref} has pipeline {done.pipeline.id} already: {done.pipeline.url}")
    if done.deployment is not None and done.deployment.owes_review:
        line = f"relflow signoff {done.deployment.id} -m REASON"
        lines += ["BREAK-GLASS: the next deployment there waits until somebody else signs it off", f"  next:  {line}"]
    elif failure is None:
        lines += onwards(done, workflow)
    return "\n".join(map(escaped, lines))


def _answered_for(recorded: Recorded) -> Iterator[str]:
    """The gates of a deployment that hold only because somebody waived them."""
    gates = recorded.event.gates if isinstance(recorded.event, DeploymentRequested) else ()
    return (f"  {gate.gate}: {gate.evidence}" for gate in gates if gate.waived_by)


def _sentence(recorded: Recorded, done: Done, workflow: Workflow) -> str | None:
    event, release = recorded.event, done.release
    version, where = release.version, event.environment
    sentences = {
        "release_created": f"created {version}: {_bound(release)}",
        "pipeline_started": _started(event),
        "release_tested": f"{version} is tested: {_evidence(done)}",
        "point_ticked": f"{event.actor.name} ticked {_point(event)} of {version}{_ticks(done, workflow)}",
        "approval_given": f"{event.actor.name} approved {version} for {where}{_count(done, where, workflow)}",
        "approval_withdrawn": f"{event.actor.name} took the approval for {where} back",
        "approval_rejected": f"{event.actor.name} rejected {version} for {where}",
        "gate_waived": _waived(event, version),
        "release_amended": f"{version} is revision {release.revision}: {_bound(release)}",
        "release_closed": f"{version} is closed",
        "release_approved": f"{version} is approved for {where}",
        "release_held": f"{event.release} is held: {event.reason or ''}",
        "release_resumed": f"{version} is back in {release.state}",
        "deployment_requested": _requested(event, version),
        "deployment_taken_over": f"{event.actor.name} took {_deployment(event)} to {where} over",
        "deployment_settled": f"{_deployment(event)} to {where}: {getattr(event, 'outcome', '')}",
        "release_deployed": f"{version} is live in {where}",
        "review_debt_signed_off": f"{event.actor.name} signed {_deployment(event)} off: {event.reason or ''}",
        "drift_detected": f"GitLab shows a run that relflow did not ask for: job {getattr(event, 'job_id', '')}",
    }
    return sentences.get(event.name)


def _started(event: Event) -> str:
    if not isinstance(event, PipelineStarted):
        return ""
    return f"pipeline {event.pipeline.id} is started: {event.pipeline.url}"


def _bound(release: Release) -> str:
    sha = release.commit[:12]
    return f"commit {sha}" if release.ref == release.commit else f"{release.ref} is {sha}"


def _requested(event: Event, version: str) -> str:
    if not isinstance(event, DeploymentRequested):
        return ""
    if event.kind == "rollback":
        return f"{_deployment(event)} rolls {event.environment} back to {version}"
    if event.kind == BREAK_GLASS:
        return f"BREAK-GLASS {_deployment(event)} of {version} to {event.environment}, past its approvals"
    attempt = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"{_deployment(event)} of {version} to {event.environment}{attempt}"


def _waived(event: Event, version: str) -> str:
    if not isinstance(event, GateWaived):
        return ""
    return f"{event.actor.name} waived {event.gate} of {version} for {event.environment}: {event.reason or ''}"


def _deployment(event: Event) -> str:
    return f"deployment {getattr(event, 'deployment_id', '?')}"


def _evidence(done: Done) -> str:
    jobs = next((gate.evidence or "" for gate in done.release.evidence if gate.gate == "jobs_passed"), "")
    return ", ".join(filter(None, (jobs, *_counted(done.release.numbers))))


def _counted(numbers: Numbers | None) -> Iterator[str]:
    if numbers is not None and numbers.coverage is not None:
        yield f"{numbers.coverage} % covered"
    if numbers is not None and numbers.tests is not None:
        yield f"{numbers.tests} tests"


def _point(event: Event) -> str:
    return str(getattr(event, "point", ""))


def _ticks(done: Done, workflow: Workflow) -> str:
    points = workflow.checklist
    return f" ({sum(done.release.ticked(each.name) is not None for each in points)} of {len(points)})" if points else ""


def _count(done: Done, environment: str | None, workflow: Workflow) -> str:
    place = workflow.environment(environment)
    given = len(counted(done.release, place)) if place else 0
    return f" ({given} of {place.approvals})" if place and given <= place.approvals else ""
