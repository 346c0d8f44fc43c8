"""The shapes of the contract, from the core's values."""

from typing import TYPE_CHECKING

from relflow.core.approving import staleness
from relflow.core.codec import timestamp
from relflow.core.drift import Drift
from relflow.core.evidence import Numbers
from relflow.core.facts import Live
from relflow.core.freeze import Freeze, Lock
from relflow.core.release import Approval, Deployment, Release, Waiver
from relflow.core.verdict import GateResult, Verdict
from relflow.core.waiving import lapse
from relflow.core.workflow import Point, Workflow

if TYPE_CHECKING:  # what is only typed by it need not wait for it
    from relflow.views import contract


def release_shape(release: Release, project: str) -> "contract.Release":
    """A release without its approvals and deployments."""
    pipeline = release.pipeline
    return {
        "version": release.version,
        "project": project,
        "state": release.state,
        "revision": release.revision,
        "ref": release.ref,
        "commit": release.commit,
        "pipeline": {"id": pipeline.id, "url": pipeline.url} if pipeline else None,
        "held_from": release.held_from,
        "closed": release.closed,
        "title": release.title,
        "created_by": release.created_by.id,
        "created_at": timestamp(release.created_at),
        "updated_at": timestamp(release.updated_at),
    }


def deployment_shape(version: str, deployment: Deployment) -> "contract.Deployment":
    """One attempt to bring the version to an environment."""
    return {
        "id": deployment.id,
        "version": version,
        "revision": deployment.revision,
        "environment": deployment.environment,
        "kind": deployment.kind,
        "phase": deployment.phase,
        "outcome": deployment.outcome,
        "attempt": deployment.attempt,
        "job": _job(deployment),
        "base_job": deployment.base_job,
        "commit": deployment.commit,
        "requested_by": deployment.requested_by.id,
        "requested_at": timestamp(deployment.requested_at),
        "settled_at": timestamp(deployment.settled_at) if deployment.settled_at else None,
    }


def _job(of: Deployment | Drift) -> "contract.Job | None":
    return {"id": of.job_id, "name": of.job_name or "", "url": of.job_url or ""} if of.job_id is not None else None


def approval_shape(workflow: Workflow, release: Release, approval: Approval) -> "contract.Approval":
    """One person's word; `counts` is whether it stands for what the release is bound to, and the rule, of now."""
    stale = staleness(release, workflow.environment(approval.environment), approval)
    return {
        "environment": approval.environment,
        "by": approval.by.id,
        "decision": approval.decision,
        "comment": approval.comment,
        "at": timestamp(approval.at),
        "revision": approval.revision,
        "counts": stale is None and approval.decision != "withdrawn",
        "stale": stale,
        "signed": False,
    }


def waiver_shape(workflow: Workflow, release: Release, waiver: Waiver) -> "contract.Waiver":
    """A gate that somebody answered for; whether they may still do so is not asked."""
    stale = lapse(release, workflow.environment(waiver.environment), waiver)
    return {
        "environment": waiver.environment,
        "gate": waiver.gate,
        "by": waiver.by.id,
        "reason": waiver.reason,
        "at": timestamp(waiver.at),
        "revision": waiver.revision,
        "counts": stale is None,
        "stale": stale,
    }


def requirement_shape(result: GateResult) -> "contract.Requirement":
    """One requirement of `tested`, as it was recorded."""
    return {"gate": result.gate, "holds": result.holds, "why": result.why, "evidence": result.evidence}


def numbers_shape(numbers: Numbers | None) -> "contract.Numbers | None":
    """What was counted when the release was tested."""
    if numbers is None:
        return None
    return {
        "coverage": numbers.coverage,
        "tests": numbers.tests,
        "failed": numbers.failed,
        "skipped": numbers.skipped,
        "jobs": [{"id": each.id, "name": each.name, "url": each.url} for each in numbers.jobs],
        "report_digest": numbers.report_digest,
    }


def point_shape(release: Release, point: Point) -> "contract.Point":
    """One point of the checklist, with its last tick, which may be of an older revision."""
    tick = next((each for each in reversed(release.ticks) if each.point == point.name), None)
    return {
        "point": point.name,
        "text": point.text,
        "ticked_by": tick.by.id if tick else None,
        "at": timestamp(tick.at) if tick else None,
        "revision": tick.revision if tick else None,
        "counts": tick is not None and release.binds(tick),
    }


def gate_shape(result: GateResult) -> "contract.Gate":
    """What one gate says, and who can do what about it."""
    return {
        "gate": result.gate,
        "holds": result.holds,
        "final": result.final,
        "why": result.why,
        "who": [f"user:{name}" for name in result.who],
        "next": result.next,
        "earliest": timestamp(result.earliest) if result.earliest else None,
        "waived_by": f"user:{result.waived_by}" if result.waived_by else None,
    }


def verdict_shape(verdict: Verdict) -> "contract.Verdict":
    """Whether a trigger is allowed, gate by gate."""
    return {
        "trigger": verdict.trigger,
        "environment": verdict.environment,
        "allowed": verdict.allowed,
        "gates": [gate_shape(gate) for gate in verdict.gates],
    }


def drift_shape(drift: Drift) -> "contract.Drift":
    """A run that no deployment of relflow's accounts for; `job` is null where it was only recorded."""
    return {
        "id": drift.id,
        "environment": drift.environment,
        "version": drift.version,
        "commit": drift.commit,
        "job": _job(drift),
        "gitlab_deployment_id": drift.gitlab_deployment_id,
        "by": drift.played_by,
        "status": drift.status,
        "finished_at": timestamp(drift.finished_at) if drift.finished_at else None,
        "found_at": timestamp(drift.found_at),
        "accepted_by": drift.accepted_by.id if drift.accepted_by else None,
        "accepted_at": timestamp(drift.accepted_at) if drift.accepted_at else None,
    }


def freeze_shape(freeze: Freeze) -> "contract.Freeze":
    """A period without deployments to one environment."""
    return {
        "id": freeze.id,
        "environment": freeze.environment,
        "begins_at": timestamp(freeze.begins_at),
        "ends_at": timestamp(freeze.ends_at),
        "reason": freeze.reason,
        "added_by": freeze.added_by.id,
        "added_at": timestamp(freeze.added_at),
        "ended_by": freeze.ended_by.id if freeze.ended_by else None,
        "ended_at": timestamp(freeze.ended_at) if freeze.ended_at else None,
    }


def lock_shape(lock: Lock) -> "contract.Lock":
    """A lock of an environment."""
    return {
        "environment": lock.environment,
        "reason": lock.reason,
        "locked_by": lock.locked_by.id,
        "locked_at": timestamp(lock.locked_at),
        "until": timestamp(lock.until) if lock.until else None,
        "unlocked_by": lock.unlocked_by.id if lock.unlocked_by else None,
        "unlocked_at": timestamp(lock.unlocked_at) if lock.unlocked_at else None,
    }


def live_shape(live: Live) -> "contract.Live":
    """What runs in an environment; the version is null where a foreign run brought a commit of no release."""
    return {
        "version": live.version,
        "revision": live.revision,
        "commit": live.commit,
        "since": timestamp(live.since),
        "by": live.by,
        "kind": live.kind,
    }
