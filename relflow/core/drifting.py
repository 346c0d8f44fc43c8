"""Finding drift in what GitLab lists, and accepting it by name. Pure, as `decide` is for releases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relflow.core import events as e
from relflow.core.case import standing_level
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.drift import Drift, accept_line
from relflow.core.facts import UNDERWAY, Facts, Job, RemoteDeployment
from relflow.core.people import Actor, Level, seen_in_gitlab
from relflow.core.release import Deployment, Release
from relflow.core.verdict import GateResult, blocked, final, passed
from relflow.core.workflow import HELD, Workflow, approved, deployed

#: What GitLab calls a deployment whose job never ran: nobody records one so.
_NEVER_RAN = frozenset({"created", "blocked", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A deployment as GitLab lists it, and what the store knows about it."""

    environment: str
    shown: RemoteDeployment
    #: Relflow's own deployments that may account for it: of its job, or open with a retry that has shown no job.
    own: tuple[Deployment, ...]
    is_known: bool
    #: The release that its commit belongs to.
    release: Release | None


def is_run(shown: RemoteDeployment, since: datetime) -> bool:
    """Whether something ran, or was claimed to have run, from that time on: a job that only waits is no run.

    Nor is what a deleted pipeline leaves of one that waited.
    """
    job = shown.job
    if job is None:
        return shown.status not in _NEVER_RAN and shown.updated_at >= since
    ran = job.status in UNDERWAY or job.started_at is not None
    return ran and (job.started_at or shown.updated_at) >= since


def detected(sighting: Sighting, at: datetime, actor: Actor, drift_id: int) -> tuple[e.Event, ...]:
    """The drift that the run is, and the hold of the release that it belongs to; nothing where it is accounted for.

    An open deployment accounts for its job, and for the one that its retry may have made: its own end tells. One that
    was given up accounts for nothing that its job did later.
    """
    accounted = any(each.accounts_for_its_job for each in sighting.own)
    if accounted or sighting.is_known or _is_left_of_own(sighting):
        return ()
    release, shown, job = sighting.release, sighting.shown, sighting.shown.job
    common: dict[str, Any] = {"at": at, "actor": actor, "environment": sighting.environment, "commit": shown.commit}
    if release is not None:
        stands = {"release": release.version, "revision": release.revision, "source": release.state}
        common |= {**stands, "target": release.state}
    found = e.DriftDetected(
        **common,
        drift_id=drift_id,
        deployment_id=sighting.own[0].id if sighting.own else None,
        gitlab_deployment_id=shown.id,
        **run_of(job, shown),
    )
    if release is None or release.state == HELD:
        return (found,)
    why = f"{_what(sighting)} went to {sighting.environment} without relflow"
    return (found, e.ReleaseHeld(**{**common, "commit": release.commit, "target": HELD}, reason=why))


def _is_left_of_own(sighting: Sighting) -> bool:
    """Whether it may be what a deleted pipeline leaves of the release's own deployment: no job, and the same end.

    Or an end that is not known: it is open, or a person closed it who was told that its job is gone. What somebody
    records of the same commit says no more than relflow's own record does.
    """
    release, shown = sighting.release, sighting.shown
    if release is None or shown.job is not None:
        return False
    there = (sighting.environment, shown.commit)
    own = (each for each in release.deployments if (each.environment, each.commit) == there)
    return any(each.is_open or each.odd or each.outcome == shown.status for each in own)


def run_of(job: Job | None, shown: RemoteDeployment | None = None) -> dict[str, Any]:
    """What a drift says of its run; `shown` serves where there is no job."""
    if job is None:
        who = shown and shown.username
        none = dict.fromkeys(("job_id", "job_name", "job_url", "pipeline_id", "finished_at"))
        return {**none, "status": shown.status if shown else "", "played_by": f"gitlab:{who}" if who else None}
    return {
        "job_id": job.id,
        "job_name": job.name,
        "job_url": job.url,
        "pipeline_id": job.pipeline_id or None,
        "played_by": seen_in_gitlab(job.username, job.user_id).id if job.username else None,
        "status": job.status,
        "finished_at": job.finished_at,
    }


def _what(sighting: Sighting) -> str:
    shown = sighting.shown
    if shown.job is None:
        return f"deployment {shown.id}, recorded by {shown.username or 'somebody'}"
    return f"job {shown.job.id} ({shown.job.name}), started by {shown.job.username or 'somebody'},"


def decide_acceptance(
    workflow: Workflow, release: Release | None, drift: Drift, job: Job | None, reason: str, facts: Facts
) -> Decision:
    """Take note of the drift: where it is the release's own next step, as its deployment; else as what is live there.

    `job` is the run as GitLab shows it now.
    """
    run = job if job is not None and drift.job_id is not None else None
    becomes = release is not None and run is not None and _is_its_next_step(workflow, release, drift, run)
    results = (
        standing_level("may_act", facts, Level.DEVELOPER, workflow.project, "drift accept"),
        _reason_given(drift, reason),
        _still_open(drift),
        _run_ended(drift, job),
        *((_free(facts),) if becomes else ()),
    )
    if refusals := tuple(result for result in results if not result.holds):
        return Refused(refusals)
    common: dict[str, Any] = {"at": facts.at, "actor": facts.actor, "environment": drift.environment}
    common["commit"] = drift.commit
    if release is not None:
        stands = {"release": release.version, "revision": release.revision}
        common |= {**stands, "source": release.state, "target": release.state}
    accepted = e.DriftAccepted(
        **common,
        reason=reason,
        drift_id=drift.id,
        status=run.status if run else drift.status,
        finished_at=run.finished_at if run else drift.finished_at,
    )
    if release is None or run is None or not becomes:
        return Accepted((accepted,))
    return Accepted((accepted, *_as_its_deployment(common, release, run, facts)))


def _is_its_next_step(workflow: Workflow, release: Release, drift: Drift, run: Job) -> bool:
    """Whether the run did what `deploy` would have done: the release was approved, and the job is its own."""
    place = workflow.environment(drift.environment)
    if place is None or release.pipeline is None or run.status != "success":
        return False
    is_its_own = (run.name, run.pipeline_id, run.commit) == (place.job, release.pipeline.id, release.commit)
    return is_its_own and release.stands_in == approved(drift.environment)


def _as_its_deployment(common: dict[str, Any], release: Release, run: Job, facts: Facts) -> tuple[e.Event, ...]:
    by = seen_in_gitlab(run.username or "unknown", run.user_id)
    environment, number = common["environment"], facts.next_deployment_id
    earlier = [each for each in release.deployments if each.environment == environment and each.kind == "foreign"]
    requested = e.DeploymentRequested(
        **{**common, "actor": by},
        deployment_id=number,
        kind="foreign",
        attempt=len(earlier) + 1,
        pipeline_id=run.pipeline_id,
        job_id=run.id,
        job_name=run.name,
        job_url=run.url,
    )
    settled = e.DeploymentSettled(
        **common,
        deployment_id=number,
        outcome=run.status,
        job_id=run.id,
        job_url=run.url,
        job_status=run.status,
        played_by=by.id,
        finished_at=run.finished_at,
    )
    stands = HELD if release.state == HELD else deployed(environment)
    return (requested, settled, e.ReleaseDeployed(**{**common, "target": stands}, deployment_id=number))


def _reason_given(drift: Drift, reason: str) -> GateResult:
    if reason.strip():
        return passed("reason_given")
    return blocked("reason_given", "a reason is needed", next=accept_line(drift))


def _still_open(drift: Drift) -> GateResult:
    if drift.accepted_by is None:
        return passed("drift_open")
    return final("drift_open", f"{drift.accepted_by.name} accepted it already")


def _run_ended(drift: Drift, job: Job | None) -> GateResult:
    if job is not None and job.status in UNDERWAY:
        why = f"job {job.id} is {job.status}: what it brings is not known yet"
        return blocked("run_ended", why, next=accept_line(drift))
    return passed("run_ended")


def _free(facts: Facts) -> GateResult:
    """A run becomes a deployment of its own only beside none that is open."""
    occupied = facts.environment and facts.environment.occupied
    return blocked("environment_free", occupied, next="relflow reconcile") if occupied else passed("environment_free")
