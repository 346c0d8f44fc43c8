"""Looking for runs that nobody asked relflow for, and accepting one by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relflow.core.decision import Accepted, Refused
from relflow.core.drift import Drift, accept_line
from relflow.core.drifting import Sighting, decide_acceptance, detected, is_run
from relflow.core.errors import UsageError
from relflow.core.events import CommandRefused, DriftDetected
from relflow.core.facts import Facts, Look, RemoteDeployment
from relflow.core.people import itself
from relflow.core.project import Project
from relflow.core.release import Deployment, Release
from relflow.core.text import nearest
from relflow.core.workflow import Environment, Workflow
from relflow.service.app import App, No, proven, standing_project
from relflow.service.ports import Book, Identity, Recorded, Transaction
from relflow.service.releases import checked_text

PART = itself("reconcile")
#: What changed shortly before the last look is read again: GitLab's own clocks differ, and its rows come late.
OVERLAP = timedelta(hours=1)
#: A deployment may lag behind its job for ever: those that GitLab calls blocked or running are read again so long.
LAGS_AT_MOST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Noted:
    """The drift was accepted; `deployment` is the release's own that it was recorded as, if it was."""

    drift: Drift
    release: Release | None
    recorded: tuple[Recorded, ...]
    deployment: Deployment | None


def begin_looking(tx: Transaction, workflow: Workflow, now: datetime) -> None:
    """What runs from now on, by GitLab's clock, counts in each environment that nobody looked at before."""
    for name in workflow.names:
        if tx.last_look(name) is None:
            tx.keep_look(name, Look(begins_at=now, read_until=now))


def by_gitlab(now: datetime, identity: Identity) -> datetime:
    """This machine's time by GitLab's clock, as far as that told; its own answers are in whole seconds."""
    return now - (identity.clock_ahead or timedelta())


def look_for_drift(app: App, project: Project, workflow: Workflow, identity: Identity) -> tuple[Recorded, ...]:
    """Read the project's deployments and record what none of relflow's accounts for. 3 requests, more where many are.

    All that is found is recorded in one transaction, so that whoever looks at the same time finds it there.
    """
    now = by_gitlab(app.clock.now(), identity)
    with app.store.read() as book:
        looks = {
            each: book.last_look(each.name) or Look(begins_at=now, read_until=now) for each in workflow.environments
        }
    since = min(each.read_until for each in looks.values())
    shown = _listed(app, project, since)
    until = max((since, *(each.updated_at for each in shown)))
    recorded: list[Recorded] = []
    with app.store.write() as tx:
        for place, look in looks.items():
            recorded += _found(tx, place, [each for each in shown if is_run(each, look.begins_at)])
            tx.keep_look(place.name, replace(look, read_until=until, looked_at=tx.at))
    for event in (each.event for each in recorded):
        if isinstance(event, DriftDetected):
            app.listener.note(f"{event.environment}: a run that no deployment accounts for, drift {event.drift_id}")
    return tuple(recorded)


def _found(tx: Transaction, place: Environment, runs: Iterable[RemoteDeployment]) -> Iterator[Recorded]:
    """What is new in one environment; each is recorded before the next is looked at."""
    for each in runs:
        if each.environment == place.gitlab_environment:
            yield from tx.record(detected(sighting(tx, place, each), tx.at, PART, tx.next_drift_id()))


def _listed(app: App, project: Project, since: datetime) -> tuple[RemoteDeployment, ...]:
    """What changed since then, and what GitLab calls unfinished, oldest first."""
    lists = (
        app.gitlab.deployments(project.project_id, since - OVERLAP),
        *(app.gitlab.deployments(project.project_id, since - LAGS_AT_MOST, each) for each in ("running", "blocked")),
    )
    found = {each.id: each for listed in lists for each in listed}
    return tuple(each for _, each in sorted(found.items()))


def sighting(tx: Transaction, place: Environment, shown: RemoteDeployment) -> Sighting:
    """What GitLab shows, with what the store knows about it."""
    job = shown.job
    version = tx.release_of_commit(shown.commit, job.pipeline_id if job else 0)
    return Sighting(
        environment=place.name,
        shown=shown,
        own=tx.accounting(place.name, job) if job else (),
        is_known=tx.drift_of(gitlab_deployment_id=shown.id, job_id=job.id if job else None) is not None,
        release=tx.release(version) if version else None,
    )


def accept(app: App, environment: str, drift_id: int | None, reason: str) -> Noted | No:
    """Take note of one drift, by name; without an id of the only one there. 3 requests, 1 more where it has a job."""
    kept = checked_text("reason", reason) or ""
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        drift = _named(book, workflow, environment, drift_id)
    if not kept:
        raise UsageError("accepting a drift needs a reason", (), (accept_line(drift),))
    identity, members = proven(app, project)
    job = app.gitlab.job(project.project_id, drift.job_id) if drift.job_id else None
    with app.store.write() as tx:
        stored = {"environment": tx.environment(drift.environment), "next_deployment_id": tx.next_deployment_id()}
        facts = Facts(at=tx.at, actor=identity.actor, members=members, **stored)  # type: ignore[arg-type]
        release = tx.release(drift.version) if drift.version else None
        now = tx.find_drift(drift.id) or drift
        decision = decide_acceptance(workflow, release, now, job, kept, facts)
        if isinstance(decision, Accepted):
            recorded = tx.record(decision.events)
        else:
            recorded = tx.record((_refused(now, kept, facts, decision),))
        after = tx.release(drift.version) if drift.version else None
        now = tx.find_drift(drift.id) or now
    if isinstance(decision, Refused):
        return No(f"cannot accept drift {drift.id} in {environment}", decision.refusals, recorded)
    made = after.deployment(facts.next_deployment_id) if after else None
    return Noted(now, after, recorded, made)


def _refused(drift: Drift, reason: str, facts: Facts, decision: Refused) -> CommandRefused:
    return CommandRefused(
        at=facts.at,
        actor=facts.actor,
        release=drift.version,
        environment=drift.environment,
        reason=reason,
        trigger="drift accept",
        gates=decision.refusals,
    )


def _named(book: Book, workflow: Workflow, environment: str, drift_id: int | None) -> Drift:
    """The drift that is meant. Raises UsageError where there is none, or no telling which."""
    found = book.find_drift(drift_id) if drift_id is not None else None
    if found is not None and found.environment == environment:
        return found
    there = [each for each in book.drifts() if each.environment == environment]
    if not there and workflow.environment(environment) is None:
        raise UsageError(f"there is no environment {environment}", (), nearest(environment, workflow.names))
    if drift_id is None and len(there) == 1:
        return there[0]
    where = (f"it is in {found.environment}",) if found else ()
    what = f"there is no drift {drift_id} in {environment}" if drift_id is not None else f"no drift in {environment}"
    if drift_id is None and there:
        what = f"{len(there)} drifts in {environment} wait to be accepted: which one?"
    raise UsageError(what, where, _steps(there))


def _steps(drifts: Iterable[Drift]) -> tuple[str, ...]:
    return tuple(_lines(drifts)) or ("relflow drift     shows what waits to be accepted",)


def _lines(drifts: Iterable[Drift]) -> Iterator[str]:
    return (f"{accept_line(each)}     {each.what}" for each in drifts)
