"""Folding events: it never judges, so old events replay under newer workflows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce, singledispatch
from typing import Any

from relflow.core import events as e
from relflow.core.drift import Drift
from relflow.core.freeze import Freeze, Lock
from relflow.core.project import Project
from relflow.core.release import IMPORTED, Approval, Deployment, PastDeployment, Release, Tick, Waiver, Word
from relflow.core.workflow import deployed, workflow_of

_LEAVING_ALL_AS_IT_IS = (e.CommandRefused, e.UnknownEvent, *e.PIPELINE_EVENTS)


def evolve(release: Release | None, event: e.Event) -> Release | None:
    """The release after the event. Pure; an event that changes no release gives it back as it was."""
    if release is None:
        return _begun(event)
    if not changes_release(event):
        return release
    return replace(release, row_version=release.row_version + 1, updated_at=event.at, **_changes(event, release))


def replay(events: Iterable[e.Event]) -> Release | None:
    """The release that the events of one version lead to."""
    return reduce(evolve, events, None)


def changes_release(event: e.Event) -> bool:
    """Whether the event moves a release on.

    Refusals, unknown events and those of a pipeline that nothing is bound to yet leave it, and its row version, alone.
    """
    return event.release is not None and not isinstance(event, _LEAVING_ALL_AS_IT_IS)


def _begun(event: e.Event) -> Release | None:
    if isinstance(event, e.ReleaseImported):
        return _imported(event)
    return _created(event) if isinstance(event, e.ReleaseCreated) else None


def _created(event: e.ReleaseCreated) -> Release:
    return Release(
        version=event.release or "",
        state=event.target or "",
        ref=event.ref,
        commit=event.commit or "",
        created_by=event.actor,
        created_at=event.at,
        updated_at=event.at,
        title=event.title,
    )


def _imported(event: e.ReleaseImported) -> Release:
    deployments = tuple(_past(event, place) for place in range(len(event.deployments)))
    return Release(
        version=event.release or "",
        state=event.target or "",
        ref=event.ref,
        commit=event.commit or "",
        created_by=event.actor,
        created_at=min((each.requested_at for each in deployments), default=event.at),
        updated_at=event.at,
        title=event.title,
        pipeline=event.pipeline,
        deployments=deployments,
    )


def _past(event: e.ReleaseImported, place: int) -> Deployment:
    """One of its deployments; by whatever clock it ended, that was before its record."""
    past: PastDeployment = event.deployments[place]
    earlier = [each for each in event.deployments[:place] if each.environment == past.environment]
    return Deployment(
        id=past.deployment_id,
        revision=event.revision or 0,
        environment=past.environment,
        commit=event.commit or "",
        pipeline_id=past.pipeline_id or 0,
        job_id=past.job_id,
        job_name=past.job_name or "",
        job_url=past.job_url,
        requested_by=past.by,
        requested_at=min(past.started_at, past.ended_at, event.at),
        kind=IMPORTED,
        attempt=len(earlier) + 1,
        phase="settled",
        outcome="success",
        settled_at=min(past.ended_at, event.at),
        finished_at=past.ended_at,
    )


#: Fields of a release, and what they are after an event.
Changes = dict[str, Any]


@singledispatch
def _changes(event: e.Event, release: Release) -> Changes:
    return {}


@_changes.register
def _(event: e.ReleaseTested, release: Release) -> Changes:
    return {**_moved(event), "pipeline": event.pipeline, "evidence": event.gates, "numbers": event.numbers}


@_changes.register
def _(event: e.PointTicked, release: Release) -> Changes:
    bound = {"revision": event.revision or 0, "commit": event.commit or ""}
    tick = Tick(point=event.point, by=event.actor, at=event.at, **bound)  # type: ignore[arg-type]
    return {"ticks": (*release.ticks, tick)}


@_changes.register
def _(event: e.ApprovalGiven, release: Release) -> Changes:
    return _said(release, event, "approved", event.comment, pipeline_id=event.pipeline_id, rule=event.rule)


@_changes.register
def _(event: e.ApprovalWithdrawn, release: Release) -> Changes:
    return {**_moved(event), "approvals": _without(release, event)}


@_changes.register
def _(event: e.ApprovalRejected, release: Release) -> Changes:
    return _said(release, event, "rejected", event.reason)


@_changes.register
def _(event: e.GateWaived, release: Release) -> Changes:
    waiver = Waiver(
        environment=event.environment or "",
        gate=event.gate,
        by=event.actor,
        at=event.at,
        revision=event.revision or 0,
        commit=event.commit or "",
        reason=event.reason or "",
    )
    return {"waivers": (*release.waivers, waiver)}


@_changes.register
def _(event: e.ReleaseAmended, release: Release) -> Changes:
    bound = {"revision": event.revision, "commit": event.commit, "ref": event.ref, "pipeline": event.pipeline}
    return {**bound, "state": event.target, "held_from": None, "closed": False, "evidence": (), "numbers": None}


@_changes.register
def _(event: e.ReleaseClosed, release: Release) -> Changes:
    return {"closed": True}


@_changes.register
def _(event: e.ReleaseApproved, release: Release) -> Changes:
    return _moved(event)


@_changes.register
def _(event: e.ReleaseHeld, release: Release) -> Changes:
    held = {**_moved(event), "held_from": event.held_from or release.stands_in}
    return held if event.deployment_id is None else {**held, **_with(release, event.deployment_id, odd=event.reason)}


@_changes.register
def _(event: e.ReleaseResumed, release: Release) -> Changes:
    return {**_moved(event), "held_from": None}


@_changes.register
def _(event: e.DeploymentRequested, release: Release) -> Changes:
    deployment = Deployment(
        id=event.deployment_id,
        revision=event.revision or 0,
        environment=event.environment or "",
        commit=event.commit or "",
        pipeline_id=event.pipeline_id,
        job_id=event.job_id,
        job_name=event.job_name,
        job_url=event.job_url,
        requested_by=event.actor,
        requested_at=event.at,
        kind=event.kind,
        attempt=event.attempt,
        base_job=event.base_job,
    )
    return {"deployments": (*release.deployments, deployment)}


@_changes.register
def _(event: e.DeploymentTakenOver, release: Release) -> Changes:
    deployment = release.deployment(event.deployment_id)
    before = deployment.taken_over_by if deployment else ()
    return _with(release, event.deployment_id, taken_over_by=(*before, event.actor))


@_changes.register
def _(event: e.PlayRequested, release: Release) -> Changes:
    return _with(release, event.deployment_id, phase="armed", played_at=event.at)


@_changes.register
def _(event: e.PlayAccepted, release: Release) -> Changes:
    return _with(release, event.deployment_id, phase="accepted", **_job_of(event))


@_changes.register
def _(event: e.PlayUnknown, release: Release) -> Changes:
    return _with(release, event.deployment_id, phase="unknown")


@_changes.register
def _(event: e.PlayRefused, release: Release) -> Changes:
    # It had no effect, so that nobody waits for it; what an earlier epoch sent is older than its quiet period.
    return _with(release, event.deployment_id, phase="unknown", played_at=None)


@_changes.register
def _(event: e.DeploymentSettled, release: Release) -> Changes:
    ended = {"phase": "settled", "outcome": event.outcome, "settled_at": event.at, "finished_at": event.finished_at}
    return _with(release, event.deployment_id, **ended, **_job_of(event))


@_changes.register
def _(event: e.ReviewDebtSignedOff, release: Release) -> Changes:
    return _with(release, event.deployment_id, signed_off_by=event.actor)


@_changes.register
def _(event: e.ReleaseDeployed, release: Release) -> Changes:
    deployment = release.deployment(event.deployment_id)
    if deployment is not None and deployment.kind == "rollback":  # it had been there before
        return {}
    if event.source == event.target:  # held meanwhile: where it got is where resume leads
        return {"held_from": deployed(event.environment or "")}
    return _moved(event)


def _moved(event: e.Event) -> Changes:
    return {"state": event.target} if event.target else {}


def _job_of(event: e.PlayAccepted | e.DeploymentSettled) -> Changes:
    """The job that the event shows, where it shows one."""
    shown = {"job_id": event.job_id, "job_url": event.job_url}
    return {name: value for name, value in shown.items() if value is not None}


def _said(release: Release, event: e.Event, decision: Word, comment: str | None, **given_for: Any) -> Changes:
    """With the actor's word; their earlier word on the environment no longer stands."""
    word = Approval(
        environment=event.environment or "",
        by=event.actor,
        at=event.at,
        revision=event.revision or 0,
        commit=event.commit or "",
        comment=comment,
        decision=decision,
        tests=release.tests,
        **given_for,
    )
    return {"approvals": (*_without(release, event), word)}


def _without(release: Release, event: e.Event) -> tuple[Approval, ...]:
    """The release's approvals, every standing word of the actor on the environment withdrawn."""

    def still(word: Approval) -> Approval:
        same = (word.environment, word.by.gitlab_user_id) == (event.environment, event.actor.gitlab_user_id)
        return replace(word, decision="withdrawn") if same and release.counts(word) else word

    return tuple(still(word) for word in release.approvals)


def _with(release: Release, deployment_id: int, **changes: Any) -> Changes:
    deployments = (replace(each, **changes) if each.id == deployment_id else each for each in release.deployments)
    return {"deployments": tuple(deployments)}


def evolve_project(project: Project | None, event: e.Event, log: str) -> Project | None:
    """The project after the event; events of releases leave it as it was."""
    if isinstance(event, e.ProjectRegistered):
        return Project(log, event.path, event.url, event.project_id)
    if project is None:
        return None
    if isinstance(event, e.ProjectRenamed):
        return replace(project, path=event.path, url=event.url)
    if isinstance(event, e.PolicyAdopted):
        return replace(project, workflow=workflow_of(event.policy), digest=event.digest)
    return project


Drifts = Mapping[int, Drift]


def with_drift(drifts: Drifts, event: e.Event) -> Drifts:
    """The drifts by id after the event; one that is about no drift gives them back as they were."""
    if isinstance(event, e.DriftDetected):
        return {**drifts, event.drift_id: _found(event)}
    if isinstance(event, e.DriftAccepted) and (drift := drifts.get(event.drift_id)) is not None:
        return {**drifts, drift.id: _accepted(drift, event)}
    return drifts


def _found(event: e.DriftDetected) -> Drift:
    return Drift(
        id=event.drift_id,
        environment=event.environment or "",
        version=event.release,
        commit=event.commit or "",
        gitlab_deployment_id=event.gitlab_deployment_id,
        job_id=event.job_id,
        job_name=event.job_name,
        job_url=event.job_url,
        pipeline_id=event.pipeline_id,
        played_by=event.played_by,
        status=event.status,
        finished_at=event.finished_at,
        found_at=event.at,
        deployment_id=event.deployment_id,
    )


def _accepted(drift: Drift, event: e.DriftAccepted) -> Drift:
    ended = {"status": event.status, "finished_at": event.finished_at}
    return replace(drift, accepted_by=event.actor, accepted_at=event.at, **ended)  # type: ignore[arg-type]


Freezes = Mapping[int, Freeze]


def with_freeze(freezes: Freezes, event: e.Event) -> Freezes:
    """The freezes by id after the event; one that is about no freeze gives them back as they were."""
    if isinstance(event, e.FreezeAdded):
        added = Freeze(
            id=event.freeze_id,
            environment=event.environment or "",
            begins_at=event.begins_at,
            ends_at=event.ends_at,
            reason=event.reason or "",
            added_by=event.actor,
            added_at=event.at,
        )
        return {**freezes, added.id: added}
    if isinstance(event, e.FreezeEnded) and (freeze := freezes.get(event.freeze_id)) is not None:
        return {**freezes, freeze.id: replace(freeze, ended_by=event.actor, ended_at=event.at)}
    return freezes


Locks = Mapping[str, Lock]


def with_lock(locks: Locks, event: e.Event) -> Locks:
    """The last lock of each environment after the event; one that is about no lock gives them back as they were."""
    name = event.environment or ""
    if isinstance(event, e.EnvironmentLocked):
        known: dict[str, Any] = {"locked_by": event.actor, "locked_at": event.at, "until": event.until}
        return {**locks, name: Lock(environment=name, reason=event.reason or "", **known)}
    if isinstance(event, e.EnvironmentUnlocked) and (lock := locks.get(name)) is not None:
        return {**locks, name: replace(lock, unlocked_by=event.actor, unlocked_at=event.at)}
    return locks


@dataclass(slots=True)
class History:
    """A whole log folded: project, releases by version, drifts and freezes by id, last locks by environment.

    The one mutable value of the core.
    """

    log: str
    project: Project | None = None
    releases: dict[str, Release] = field(default_factory=dict)
    drifts: Drifts = field(default_factory=dict)
    freezes: Freezes = field(default_factory=dict)
    locks: Locks = field(default_factory=dict)

    def apply(self, event: e.Event) -> None:
        """Fold one more event in."""
        self.project = evolve_project(self.project, event, self.log)
        self.drifts = with_drift(self.drifts, event)
        self.freezes, self.locks = with_freeze(self.freezes, event), with_lock(self.locks, event)
        if event.release is not None:
            release = evolve(self.releases.get(event.release), event)
            if release is not None:
                self.releases[event.release] = release


def fold(log: str, events: Iterable[e.Event]) -> History:
    """The history that the events of one log lead to."""
    history = History(log)
    for event in events:
        history.apply(event)
    return history
