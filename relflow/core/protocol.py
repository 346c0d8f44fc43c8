"""The steps of playing a job, decided: arm, record the answer, settle, abandon, replay. Their order: service/playing.

A look at the job decides; an answer to the play never moves a release. What a process does about the job it does
under an epoch; nothing is recorded under one that is over.
"""

from dataclasses import replace
from typing import Any

from relflow.core import events as e
from relflow.core.case import Case
from relflow.core.commands import (
    AbandonDeployment,
    ArmDeployment,
    RecordAnswer,
    ReplayDeployment,
    SettleDeployment,
    Step,
)
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.drifting import run_of
from relflow.core.facts import UNDERWAY, Job
from relflow.core.gates.pipeline import how
from relflow.core.gates.table import asked, may_act, reason_given
from relflow.core.machine import judge
from relflow.core.observe import Ended, Odd, Running, Waiting, is_foreign, observe, runs_since
from relflow.core.release import BREAK_GLASS, Deployment
from relflow.core.starting import way_of, way_to_start
from relflow.core.taking_over import (
    abandon_line,
    asked_again,
    clock_behind,
    may_replay,
    may_still_arrive,
    without_own,
)
from relflow.core.text import either
from relflow.core.verdict import GateResult, blocked, final, passed
from relflow.core.workflow import HELD, approved, deployed


def decide_step(case: Case) -> Decision:
    """The events of one step on the deployment it names; refused where that deployment is not at such a step."""
    command = case.command
    assert isinstance(command, Step)  # noqa: S101 - narrowed by the caller
    deployment = case.release.deployment(command.deployment_id)
    if deployment is None or deployment.environment != command.environment:
        why = f"{case.release.version} has no deployment {command.deployment_id} to {command.environment}"
        return Refused((final("deployment_open", why),))
    if not deployment.is_open:
        return Refused((final("deployment_open", f"deployment {deployment.id} is settled: {deployment.outcome}"),))
    if not _may_still_speak(command, deployment):
        whose = f"{deployment.starters[-1].name}, epoch {deployment.epoch}"
        return Refused((final("epoch_current", f"deployment {deployment.id} was taken over by {whose}"),))
    match command:
        case ArmDeployment():
            return _arm(case, command, deployment)
        case RecordAnswer():
            return _answer(case, command, deployment)
        case SettleDeployment():
            return _settle(case, deployment)
        case AbandonDeployment():
            return _abandon(case, command, deployment)
        case ReplayDeployment():  # pragma: no branch - every step is here
            return _replay(case, command, deployment)


def _may_still_speak(command: Step, deployment: Deployment) -> bool:
    """Whether the command's epoch is not over; what anybody may do has none."""
    epoch = command.epoch if isinstance(command, ArmDeployment | RecordAnswer | AbandonDeployment) else None
    return epoch is None or epoch >= deployment.epoch


def _common(case: Case, deployment: Deployment) -> dict[str, Any]:
    return {
        "at": case.facts.at,
        "actor": case.facts.actor,
        "release": case.release.version,
        "revision": deployment.revision,
        "environment": deployment.environment,
        "commit": deployment.commit,
        "source": case.release.state,
        "target": case.release.state,
    }


def _arm(case: Case, command: ArmDeployment, deployment: Deployment) -> Decision:
    if deployment.phase != "intended":
        why = f"deployment {deployment.id} is {deployment.phase} already"
        return Refused((final("deployment_intended", why),))
    common = _common(case, deployment)
    if problem := _moved(case, command, deployment):
        why = f"nothing was played: {problem}"
        settled = e.DeploymentSettled(**common, deployment_id=deployment.id, outcome="abandoned", reason=why)
        return Accepted((settled,))
    return Accepted((e.PlayRequested(**common, deployment_id=deployment.id, job_id=deployment.starts),))


def _moved(case: Case, command: ArmDeployment, deployment: Deployment) -> str | None:
    """What is no longer as it was when the deployment was requested."""
    release, job, facts = case.release, case.facts.job, case.facts
    if behind := clock_behind(facts):
        return behind
    if release.state == HELD:
        return f"{release.version} was held meanwhile"
    if release.row_version != command.row_version:
        return f"{release.version} was changed by somebody else meanwhile"
    if job is None:
        return f"job {deployment.starts} is gone from GitLab"
    if job.commit != deployment.commit:
        return f"job {job.id} belongs to commit {job.commit[:12]}"
    if way_to_start(deployment.kind, job.status) != way_of(deployment):
        return f"job {job.id} is {job.status}, started by {job.username or 'somebody'}"
    return _closed(case, deployment)


def _closed(case: Case, deployment: Deployment) -> str | None:
    """What closed the environment since: a lock, a freeze, the end of a window, another version where it soaked."""
    if case.workflow.environment(deployment.environment) is None:
        return None
    command = asked_again(deployment, "asked already")
    again = replace(case, command=command, facts=without_own(case.facts, deployment))
    time = () if deployment.kind == BREAK_GLASS else ("not_frozen", "in_window", "soaked")
    results = (asked(gate, again) for gate in ("environment_free", *time))
    return next((result.why for result in results if result.holds is False), None)


def _answer(case: Case, command: RecordAnswer, deployment: Deployment) -> Decision:
    if deployment.phase != "armed":
        return Refused((final("deployment_armed", f"deployment {deployment.id} is {deployment.phase}, not armed"),))
    common = _common(case, deployment)
    said: dict[str, Any] = {**common, "deployment_id": deployment.id, "detail": command.detail}
    if command.answer == "accepted":
        shown: dict[str, Any] = {"job_id": command.job.id, "job_url": command.job.url} if command.job else {}
        return Accepted((e.PlayAccepted(**said, **shown),))
    if command.answer == "refused":
        if deployment.epoch > 1:  # an earlier epoch's POST may have arrived in the last moment: a look tells
            return Accepted((e.PlayRefused(**said),))
        closed = e.DeploymentSettled(**common, deployment_id=deployment.id, outcome="abandoned", reason=command.detail)
        return Accepted((e.PlayRefused(**said), closed))
    return Accepted((e.PlayUnknown(**said),))  # whatever else it is called proves nothing


def _settle(case: Case, deployment: Deployment) -> Decision:
    seen = observe(deployment, case.facts.job, case.facts.pipeline)
    if isinstance(seen, Ended):
        return Accepted(_ended(case, deployment, seen))
    if isinstance(seen, Odd) and deployment.odd is None:
        return Accepted(_odd(case, deployment, seen))
    return Refused((_still_open(deployment, seen),))


def _still_open(deployment: Deployment, seen: Waiting | Running | Odd) -> GateResult:
    if isinstance(seen, Odd):
        return blocked("job_finished", seen.why, next=abandon_line(deployment))
    what = f"running: {seen.job.status}" if isinstance(seen, Running) else seen.in_words
    return blocked("job_finished", f"{deployment.job_label} is {what}", next="relflow reconcile")


def _ended(case: Case, deployment: Deployment, seen: Ended) -> tuple[e.Event, ...]:
    common, job = _common(case, deployment), seen.job
    events: list[e.Event] = [
        e.DeploymentSettled(
            **common,
            deployment_id=deployment.id,
            outcome=seen.outcome,
            job_id=job.id,
            job_url=job.url,
            job_status=job.status,
            played_by=f"gitlab:{job.username}" if job.username else None,
            finished_at=job.finished_at,
        )
    ]
    stands = case.release.state
    target = _brought(case, deployment) if seen.outcome == "success" else None
    if target is not None:
        events.append(e.ReleaseDeployed(**{**common, "target": target}, deployment_id=deployment.id))
        stands = target
    if seen.foreign:
        events += _drifts(case, {**common, "source": stands}, deployment, (job,))
        ours = either(tuple(dict.fromkeys(each.name for each in deployment.starters)))
        why = f"job {job.id} was started by {job.username or 'somebody'}, not by {ours}"
        waits = {**common, "source": stands, "target": HELD}
        events.append(e.ReleaseHeld(**waits, reason=why, deployment_id=deployment.id))
    return (*events, *(_replaced(case, deployment) if seen.outcome == "success" else ()))


def _brought(case: Case, deployment: Deployment) -> str | None:
    """The state that the success leads to; a rollback leads to none but the release's own."""
    return case.release.state if deployment.kind == "rollback" else judge(case).target


def _replaced(case: Case, deployment: Deployment) -> tuple[e.Event, ...]:
    """What a rollback took out of the environment must not go on as if it were still there."""
    release = case.facts.replaced
    if deployment.kind != "rollback" or release is None:
        return ()
    if release.state not in _there(case.workflow.names, deployment.environment):
        return ()
    held = e.ReleaseHeld(
        at=case.facts.at,
        actor=case.facts.actor,
        release=release.version,
        revision=release.revision,
        environment=deployment.environment,
        commit=release.commit,
        source=release.state,
        target=HELD,
        reason=f"{deployment.environment} was rolled back to {case.release.version}",
    )
    return (held,)


def _there(names: tuple[str, ...], environment: str) -> tuple[str, ...]:
    """The states of a release that goes on from the environment."""
    following = names[names.index(environment) + 1 :][:1] if environment in names else ()
    return (deployed(environment), *map(approved, following))


def _odd(case: Case, deployment: Deployment, seen: Odd) -> tuple[e.Event, ...]:
    common = _common(case, deployment)
    drifts = _drifts(case, common, deployment, seen.runs)
    held = e.ReleaseHeld(**{**common, "target": HELD}, reason=seen.why, deployment_id=deployment.id)
    return (*drifts, held)


def _drifts(
    case: Case, common: dict[str, Any], deployment: Deployment, runs: tuple[Job, ...]
) -> tuple[e.DriftDetected, ...]:
    """A record for each run that has none yet."""
    facts = case.facts
    fresh = (run for run in runs if run.id not in facts.drifted_jobs)
    said = {**common, "target": common["source"], "deployment_id": deployment.id}
    return tuple(
        e.DriftDetected(**said, drift_id=number, **run_of(run))
        for number, run in enumerate(fresh, start=facts.next_drift_id)
    )


def _abandon(case: Case, command: AbandonDeployment, deployment: Deployment) -> Decision:
    results = (may_act(case), reason_given(case), _nothing_moves(case, deployment))
    if refusals := tuple(result for result in results if not result.holds):
        return Refused(refusals)
    common, job = _common(case, deployment), case.facts.job
    # The runs beside an odd one were recorded, so its own, if it ended, is no news. Else whatever comes is.
    seen: dict[str, Any] = {"job_status": job.status, "finished_at": job.finished_at} if deployment.odd and job else {}
    settled = e.DeploymentSettled(
        **common, deployment_id=deployment.id, outcome="abandoned", reason=command.reason, **seen
    )
    # Its own job, if it was somebody else's, is told by no end; the list of what ran may be read past it already.
    alien = deployment.odd and job and job.started_at and is_foreign(deployment, job)
    return Accepted((*(_drifts(case, common, deployment, (job,)) if alien and job else ()), settled))


def _nothing_moves(case: Case, deployment: Deployment) -> GateResult:
    """An abandoned deployment must not deploy later: its job does not run, and no play is on its way."""
    name, facts = "job_at_rest", case.facts
    known = (facts.job,) if deployment.job_id is not None else ()
    jobs = tuple(job for job in (*known, *runs_since(deployment, facts.pipeline)) if job is not None)
    if moving := [job for job in jobs if _moves(deployment, job)]:
        why = f"job {moving[0].id} is {moving[0].status}: cancel it in GitLab, or wait"
        return blocked(name, why, next="relflow reconcile")
    if deployment.odd or deployment.phase == "intended":
        return passed(name)
    if ended := [job for job in jobs if job.is_started]:
        why = f"job {ended[0].id} {how(ended[0].status)}: its end can be recorded"
        return blocked(name, why, next="relflow reconcile")
    return may_still_arrive(name, facts, deployment, abandon_line(deployment)) or passed(name)


def _moves(deployment: Deployment, job: Job) -> bool:
    # A clone is `created` before it is queued; a job that is to be played waits for others then.
    return job.status in UNDERWAY or (job.status == "created" and job.id > deployment.starts)


def _replay(case: Case, command: ReplayDeployment, deployment: Deployment) -> Decision:
    gates = may_replay(case, command, deployment)
    if refusals := tuple(result for result in gates if not result.holds):
        return Refused(refusals)
    common = {**_common(case, deployment), "deployment_id": deployment.id}
    taken = e.DeploymentTakenOver(**common, reason=command.reason, epoch=deployment.epoch + 1, gates=gates)
    return Accepted((taken, e.PlayRequested(**common, job_id=deployment.starts)))
