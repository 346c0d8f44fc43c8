"""Values to rows and back: flat mappings of column to value, the same for every way of reading and writing."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from relflow.core.codec import build, instant, plain, timestamp
from relflow.core.drift import Drift
from relflow.core.evidence import Numbers
from relflow.core.facts import Look
from relflow.core.freeze import Freeze, Lock
from relflow.core.people import Actor
from relflow.core.project import Project
from relflow.core.record import canonical
from relflow.core.release import Approval, Deployment, PipelineRef, Release, Tick, Waiver
from relflow.core.verdict import GateResult
from relflow.core.workflow import Workflow, policy, workflow_of

Row = Mapping[str, Any]


def project_row(project: Project) -> dict[str, Any]:
    """The project without its id, which the database gives."""
    return {
        "log": project.log,
        "path": project.path,
        "url": project.url,
        "gitlab_project_id": project.project_id,
        "policy": canonical(policy(project.workflow)).decode() if project.workflow else None,
        "policy_digest": project.digest,
    }


def project_of(row: Row) -> Project:
    """The project of its row."""
    return Project(
        log=row["log"],
        path=row["path"],
        url=row["url"],
        project_id=row["gitlab_project_id"],
        workflow=_workflow_of(row["policy"]) if row["policy"] else None,
        digest=row["policy_digest"],
    )


@lru_cache(maxsize=16)
def _workflow_of(policy_text: str) -> Workflow:
    """The same policy is read with every look at the project, and changes a few times a year."""
    return workflow_of(json.loads(policy_text))


def release_row(release: Release) -> dict[str, Any]:
    """The release without its evidence, approvals and deployments."""
    return {
        "version": release.version,
        "state": release.state,
        "revision": release.revision,
        "row_version": release.row_version,
        "ref": release.ref,
        "commit_sha": release.commit,
        "title": release.title,
        "pipeline_id": release.pipeline.id if release.pipeline else None,
        "pipeline_url": release.pipeline.url if release.pipeline else None,
        "held_from": release.held_from,
        "closed": release.closed,
        **_actor_row("created_by", release.created_by),
        "created_at": timestamp(release.created_at),
        "updated_at": timestamp(release.updated_at),
    }


def evidence_row(release: Release) -> dict[str, Any]:
    """What showed that the release is tested: its largest columns, which a test writes and an amend clears."""
    numbers = canonical(plain(release.numbers)).decode() if release.numbers else None
    return {"evidence": canonical(plain(release.evidence)).decode(), "numbers": numbers}


def release_of(
    row: Row,
    ticks: Iterable[Row] = (),
    approvals: Iterable[Row] = (),
    deployments: Iterable[Row] = (),
    waivers: Iterable[Row] = (),
) -> Release:
    """The release of its rows; ticks, approvals and waivers in their order, deployments by id."""
    return Release(
        version=row["version"],
        state=row["state"],
        revision=row["revision"],
        row_version=row["row_version"],
        ref=row["ref"],
        commit=row["commit_sha"],
        title=row["title"],
        pipeline=PipelineRef(row["pipeline_id"], row["pipeline_url"]) if row["pipeline_id"] else None,
        held_from=row["held_from"],
        closed=bool(row["closed"]),
        created_by=_actor_of("created_by", row),
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        evidence=tuple(build(GateResult, each) for each in json.loads(row["evidence"])),
        numbers=build(Numbers, json.loads(row["numbers"])) if row["numbers"] else None,
        ticks=tuple(tick_of(each) for each in ticks),
        approvals=tuple(approval_of(each) for each in approvals),
        waivers=tuple(waiver_of(each) for each in waivers),
        deployments=tuple(deployment_of(each) for each in deployments),
    )


def tick_row(tick: Tick) -> dict[str, Any]:
    """The tick without its release and place."""
    return {
        "point": tick.point,
        **_actor_row("ticked_by", tick.by),
        "ticked_at": timestamp(tick.at),
        "revision": tick.revision,
        "commit_sha": tick.commit,
    }


def tick_of(row: Row) -> Tick:
    """The tick of its row."""
    return Tick(
        point=row["point"],
        by=_actor_of("ticked_by", row),
        at=instant(row["ticked_at"]),
        revision=row["revision"],
        commit=row["commit_sha"],
    )


def approval_row(approval: Approval) -> dict[str, Any]:
    """The approval without its release and place."""
    return {
        "environment": approval.environment,
        "decision": approval.decision,
        **_actor_row("given_by", approval.by),
        "given_at": timestamp(approval.at),
        "revision": approval.revision,
        "commit_sha": approval.commit,
        "comment": approval.comment,
        "pipeline_id": approval.pipeline_id,
        "rule": approval.rule,
        "tests": approval.tests,
    }


def approval_of(row: Row) -> Approval:
    """The approval of its row."""
    return Approval(
        environment=row["environment"],
        decision=row["decision"],
        by=_actor_of("given_by", row),
        at=instant(row["given_at"]),
        revision=row["revision"],
        commit=row["commit_sha"],
        comment=row["comment"],
        pipeline_id=row["pipeline_id"],
        rule=row["rule"],
        tests=row["tests"],
    )


def waiver_row(waiver: Waiver) -> dict[str, Any]:
    """The waiver without its release and place."""
    return {
        "environment": waiver.environment,
        "gate": waiver.gate,
        **_actor_row("given_by", waiver.by),
        "given_at": timestamp(waiver.at),
        "revision": waiver.revision,
        "commit_sha": waiver.commit,
        "reason": waiver.reason,
    }


def waiver_of(row: Row) -> Waiver:
    """The waiver of its row."""
    return Waiver(
        environment=row["environment"],
        gate=row["gate"],
        by=_actor_of("given_by", row),
        at=instant(row["given_at"]),
        revision=row["revision"],
        commit=row["commit_sha"],
        reason=row["reason"],
    )


#: Columns that a deployment and its row share by name and value.
_SAME = ("id", "revision", "environment", "kind", "phase", "outcome", "attempt", "pipeline_id", "job_id", "job_name")
_ALSO_SAME = ("job_url", "base_job", "odd")
_TIMES = ("requested_at", "played_at", "settled_at", "finished_at")


def deployment_row(deployment: Deployment) -> dict[str, Any]:
    """The deployment without its release."""
    times = {name: getattr(deployment, name) for name in _TIMES}
    return {
        **{name: getattr(deployment, name) for name in (*_SAME, *_ALSO_SAME)},
        **{name: timestamp(at) if at else None for name, at in times.items()},
        **_actor_row("requested_by", deployment.requested_by),
        "taken_over_by": _actors_text(deployment.taken_over_by),
        "signed_off_by": _actors_text((deployment.signed_off_by,) if deployment.signed_off_by else ()),
        "commit_sha": deployment.commit,
    }


def deployment_of(row: Row) -> Deployment:
    """The deployment of its row."""
    return Deployment(
        **{name: row[name] for name in (*_SAME, *_ALSO_SAME)},
        **{name: instant(row[name]) if row[name] else None for name in _TIMES},  # type: ignore[arg-type]
        requested_by=_actor_of("requested_by", row),
        taken_over_by=_actors_of(row["taken_over_by"]),
        signed_off_by=next(iter(_actors_of(row["signed_off_by"])), None),
        commit=row["commit_sha"],
    )


def _actors_text(actors: tuple[Actor, ...]) -> str | None:
    return canonical(plain(actors)).decode() if actors else None


def _actors_of(text: str | None) -> tuple[Actor, ...]:
    return tuple(build(Actor, each) for each in json.loads(text)) if text else ()


#: Columns that a drift and its row share by name and value.
_OF_DRIFT = ("id", "environment", "version", "gitlab_deployment_id", "job_id", "job_name", "job_url", "pipeline_id")
_ALSO_OF_DRIFT = ("played_by", "status", "deployment_id")
_TIMES_OF_DRIFT = ("finished_at", "found_at", "accepted_at")


def drift_row(drift: Drift) -> dict[str, Any]:
    """The drift without its project."""
    times = {name: getattr(drift, name) for name in _TIMES_OF_DRIFT}
    return {
        **{name: getattr(drift, name) for name in (*_OF_DRIFT, *_ALSO_OF_DRIFT)},
        **{name: timestamp(at) if at else None for name, at in times.items()},
        **(_actor_row("accepted_by", drift.accepted_by) if drift.accepted_by else {}),
        "commit_sha": drift.commit,
    }


def drift_of(row: Row) -> Drift:
    """The drift of its row."""
    return Drift(
        **{name: row[name] for name in (*_OF_DRIFT, *_ALSO_OF_DRIFT)},
        **{name: instant(row[name]) if row[name] else None for name in _TIMES_OF_DRIFT},  # type: ignore[arg-type]
        accepted_by=_actor_of("accepted_by", row) if row["accepted_by"] else None,
        commit=row["commit_sha"],
    )


def freeze_row(freeze: Freeze) -> dict[str, Any]:
    """The freeze without its project."""
    return {
        "id": freeze.id,
        "environment": freeze.environment,
        "begins_at": timestamp(freeze.begins_at),
        "ends_at": timestamp(freeze.ends_at),
        "reason": freeze.reason,
        **_actor_row("added_by", freeze.added_by),
        "added_at": timestamp(freeze.added_at),
        **(_actor_row("ended_by", freeze.ended_by) if freeze.ended_by else {}),
        "ended_at": timestamp(freeze.ended_at) if freeze.ended_at else None,
    }


def freeze_of(row: Row) -> Freeze:
    """The freeze of its row."""
    return Freeze(
        id=row["id"],
        environment=row["environment"],
        begins_at=instant(row["begins_at"]),
        ends_at=instant(row["ends_at"]),
        reason=row["reason"],
        added_by=_actor_of("added_by", row),
        added_at=instant(row["added_at"]),
        ended_by=_actor_of("ended_by", row) if row["ended_by"] else None,
        ended_at=instant(row["ended_at"]) if row["ended_at"] else None,
    )


def lock_row(lock: Lock) -> dict[str, Any]:
    """The lock without its project: every column, since it is written over the one before."""
    nobody = dict.fromkeys(("unlocked_by", "unlocked_by_user_id", "unlocked_by_auth"))
    return {
        "environment": lock.environment,
        "reason": lock.reason,
        **_actor_row("locked_by", lock.locked_by),
        "locked_at": timestamp(lock.locked_at),
        "locked_until": timestamp(lock.until) if lock.until else None,
        **(_actor_row("unlocked_by", lock.unlocked_by) if lock.unlocked_by else nobody),
        "unlocked_at": timestamp(lock.unlocked_at) if lock.unlocked_at else None,
    }


def lock_of(row: Row) -> Lock:
    """The lock of its row."""
    return Lock(
        environment=row["environment"],
        reason=row["reason"],
        locked_by=_actor_of("locked_by", row),
        locked_at=instant(row["locked_at"]),
        until=instant(row["locked_until"]) if row["locked_until"] else None,
        unlocked_by=_actor_of("unlocked_by", row) if row["unlocked_by"] else None,
        unlocked_at=instant(row["unlocked_at"]) if row["unlocked_at"] else None,
    )


def look_row(look: Look) -> dict[str, Any]:
    """The look without its project and environment."""
    times = {"begins_at": look.begins_at, "read_until": look.read_until, "looked_at": look.looked_at}
    return {name: timestamp(at) if at else None for name, at in times.items()}


def look_of(row: Row) -> Look:
    """The look of its row."""
    looked_at = instant(row["looked_at"]) if row["looked_at"] else None
    return Look(begins_at=instant(row["begins_at"]), read_until=instant(row["read_until"]), looked_at=looked_at)


def _actor_row(column: str, actor: Actor) -> dict[str, Any]:
    return {column: actor.id, f"{column}_user_id": actor.gitlab_user_id, f"{column}_auth": actor.auth}


def _actor_of(column: str, row: Row) -> Actor:
    return Actor(row[column], row[f"{column}_user_id"], row[f"{column}_auth"])
