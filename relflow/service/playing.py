"""Deploying and rolling back: P0 to P9 of the play protocol. One POST starts the job, and only a look at it counts.

    look · intend (T1) · look again · arm (T2) · POST · record the answer (T3) · watch · settle (T4)

Every T is one transaction that commits before the next step, so that a process killed anywhere leaves a
deployment that says how far it came. Source: ADR 0002, why look before play.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from relflow.core.answers import PlayAnswer, classify, is_of_a_copy
from relflow.core.commands import (
    AbandonDeployment,
    ArmDeployment,
    BreakGlass,
    DeployRelease,
    Planned,
    RecordAnswer,
    RollbackRelease,
)
from relflow.core.decision import Refused
from relflow.core.errors import RelflowError, UsageError
from relflow.core.events import DeploymentRequested
from relflow.core.facts import Facts, Pipeline
from relflow.core.gates.time import SHOWN
from relflow.core.people import itself
from relflow.core.release import Deployment
from relflow.core.starting import way_of
from relflow.service.app import (
    App,
    Conflict,
    Done,
    No,
    Outcome,
    Seen,
    Trouble,
    TroubleKind,
    settle_command,
    settle_step,
)
from relflow.service.catching_up import begun
from relflow.service.facts import ask, closing
from relflow.service.ports import Recorded, Transaction
from relflow.service.releases import asked, checked_text, needed_reason
from relflow.service.sending import may_start, too_late
from relflow.service.settling import again, course, follow, listed, open_trouble

PART = itself("deploy")
Attempt = DeployRelease | BreakGlass | RollbackRelease


def deploy(
    app: App,
    version: str,
    environment: str,
    plan: Planned | None = None,
    *,
    wait: bool = True,
    timeout_s: float = 3600,
) -> Outcome:
    """Start the environment's job once and record how it ended. 8 requests before the play, 1 for it, then 1 a look.

    With a plan it is refused where that no longer holds.
    After the play was armed every interruption and every failure ends with `trouble`, never with an exception:
    the deployment is open then, and `reconcile` continues it.
    """
    seen = begun(app, version, environment)
    return _attempt(app, seen, DeployRelease(environment, plan), wait=wait, timeout_s=timeout_s)


def break_glass(
    app: App, version: str, environment: str, reason: str, *, wait: bool = True, timeout_s: float = 3600
) -> Outcome:
    """Deploy past approvals and gates of time, as `deploy` does; somebody else has to sign it off afterwards."""
    kept = checked_text("reason", reason)
    if not kept:
        step = f"relflow deploy {version} {environment} --break-glass -m REASON"
        raise UsageError("breaking the glass needs a reason", (), (step,))
    seen = begun(app, version, environment)
    return _attempt(app, seen, BreakGlass(environment, kept), wait=wait, timeout_s=timeout_s)


def rollback(
    app: App, version: str, environment: str, reason: str, *, wait: bool = True, timeout_s: float = 3600
) -> Outcome:
    """Run the job that brought the version there once more, as `deploy` does. 5 requests before it is sent."""
    kept = needed_reason("rollback", f"{environment} --to {version}", reason)
    seen = begun(app, version, environment)
    return _attempt(app, seen, RollbackRelease(environment, kept), wait=wait, timeout_s=timeout_s)


def _attempt(app: App, seen: Seen, command: Attempt, *, wait: bool, timeout_s: float) -> Outcome:
    may_start(seen.identity, "play jobs")
    began: list[tuple[datetime, Facts]] = []
    intended = _intend(app, seen, command, began.append)
    if not isinstance(intended, Done):
        return intended
    asked_at, said = began[0]
    try:
        armed = _arm(app, seen, intended, said)
    except (KeyboardInterrupt, RelflowError) as exc:
        why = "interrupted" if isinstance(exc, KeyboardInterrupt) else str(exc)
        withdrawn = guarded(intended, lambda: _withdraw(app, seen, intended, why))
        if withdrawn.trouble:
            return withdrawn
        if isinstance(exc, KeyboardInterrupt):
            raise KeyboardInterrupt("Nothing was played; the deployment was abandoned.") from None
        raise
    if not isinstance(armed, Done) or armed.trouble:
        return armed
    return guarded(armed, lambda: play(app, seen, armed, asked_at, wait=wait, timeout_s=timeout_s))


def _intend(app: App, seen: Seen, command: Attempt, began: Callable[[tuple[datetime, Facts]], None]) -> Outcome:
    """P2; `began` is told the facts, and what this machine's clock says: it alone tells how old the next look is."""
    known = ask(app, seen, command)

    def facts(tx: Transaction) -> Facts:
        said = known(tx, tx.at)
        began((tx.now, said))
        return said

    settled = settle_command(app, seen, command, facts)
    if isinstance(settled, Conflict):
        return settled
    decision, release, recorded = settled
    if isinstance(decision, Refused):
        return No(asked(release.version, command), decision.refusals, recorded)
    for event in decision.events:
        for gate in event.gates if isinstance(event, DeploymentRequested) else ():
            if gate.evidence and gate.evidence.startswith(SHOWN):
                app.listener.note(gate.evidence)
    return Done(release, recorded, release.open_deployment(command.environment))


def _arm(app: App, seen: Seen, intended: Done, said: Facts) -> Outcome:
    """P4: look at the job again and commit that it is about to be played.

    What closes the environment is read again, too; GitLab's freezes are known from the first look, a month ahead.
    """
    deployment = _deployment(intended)
    job = app.gitlab.job(seen.project.project_id, deployment.starts)
    command = ArmDeployment(deployment.environment, deployment.id, intended.release.row_version, epoch=deployment.epoch)

    def facts(tx: Transaction) -> Facts:
        return replace(said, at=tx.at, asked_at=tx.now, job=job, **closing(tx, deployment.environment))

    decision, release, recorded = settle_step(app, seen, command, facts)
    after = release.deployment(deployment.id) or deployment
    done = Done(release, (*intended.recorded, *recorded), after)
    if isinstance(decision, Refused):
        return Conflict("nothing was played", _said(decision, after))
    if after.phase == "armed":
        return done
    return replace(done, trouble=_abandoned("conflict", after, release.version, recorded))


def _said(decision: Refused, deployment: Deployment) -> tuple[str, ...]:
    """Why it recorded nothing; where somebody took the deployment over, since when, by the local clock."""
    since = deployment.played_at if decision.refusals[0].gate == "epoch_current" else None
    when = f", at {since.astimezone():%Y-%m-%d %H:%M:%S %z}" if since else ""
    return tuple(f"{each.why or each.gate}{when}" for each in decision.refusals)


def _withdraw(app: App, seen: Seen, intended: Done, why: str) -> Done:
    """Close a deployment whose play was not sent, so that the environment is free again."""
    deployment = _deployment(intended)
    reason = f"nothing was played: {why}"
    command = AbandonDeployment(deployment.environment, deployment.id, reason, epoch=deployment.epoch)

    def facts(tx: Transaction) -> Facts:
        return Facts(at=tx.at, actor=seen.actor, members=seen.members)

    _, release, recorded = settle_step(app, seen, command, facts)
    after = release.deployment(deployment.id) or deployment
    # It may have been armed in the very last moment.
    trouble = open_trouble(after, "interrupted while arming") if after.is_open else None
    return Done(release, (*intended.recorded, *recorded), after, trouble)


def play(app: App, seen: Seen, armed: Done, asked_at: datetime, *, wait: bool, timeout_s: float) -> Done:
    """P5 to P9 of a deployment that was armed just now: the one POST, then only looks.

    `asked_at` is what this machine's clock said before the look that let it be armed.
    """
    deployment = _deployment(armed)
    answer = _post(app, seen, deployment, asked_at)
    kind, detail = classify(answer, deployment, _beside(app, seen, deployment, answer))
    command = RecordAnswer(deployment.environment, deployment.id, kind, detail, answer.job, epoch=deployment.epoch)
    decision, release, recorded = settle_step(app, seen, command, lambda tx: Facts(at=tx.at, actor=PART))
    after = release.deployment(deployment.id) or deployment
    done = Done(release, (*armed.recorded, *recorded), after)
    if after.outcome == "abandoned":  # refused; or else somebody's run was settled meanwhile
        return replace(done, trouble=_refused(answer.status, after, release.version, recorded))
    if isinstance(decision, Refused):  # somebody took it over, or settled it: what is true is found by looking
        app.listener.note(_said(decision, after)[0])
    elif kind == "accepted" and not wait:
        return done
    result = guarded(done, lambda: follow(app, [course(app, seen, done, PART, timeout_s=timeout_s)])[0])
    if kind == "refused" and result.trouble:
        return replace(result, trouble=replace(result.trouble, why=(detail, *result.trouble.why)))
    return result


def _post(app: App, seen: Seen, deployment: Deployment, asked_at: datetime) -> PlayAnswer:
    retries, job, name = way_of(deployment) == "retry", deployment.starts, deployment.job_name
    app.listener.note(f"{'retrying' if retries else 'playing'} {name} (job {job}) for {deployment.environment}")
    if slept := too_late(app, asked_at):
        return PlayAnswer(None, None, slept, was_sent=False)
    send = app.gitlab.retry if retries else app.gitlab.play
    return send(seen.project.project_id, job)


def _beside(app: App, seen: Seen, deployment: Deployment, answer: PlayAnswer) -> Pipeline | None:
    """What runs beside an answer that may be that of a copy; nothing is asked about any other."""
    return listed(app, seen, deployment) if is_of_a_copy(answer, deployment) else None


def guarded(armed: Done, step: Callable[[], Done]) -> Done:
    """Whatever stops the step, the deployment is open and the answer is `unknown`: a play may have left."""
    try:
        return step()
    except KeyboardInterrupt:
        return replace(armed, trouble=open_trouble(_deployment(armed), "interrupted while it was under way"))
    except RelflowError as exc:
        return replace(armed, trouble=open_trouble(_deployment(armed), exc.what, *exc.why))


def _refused(status: int | None, deployment: Deployment, version: str, recorded: tuple[Recorded, ...]) -> Trouble:
    trouble = _abandoned("gitlab", deployment, version, recorded)
    if status != 403:  # noqa: PLR2004 - GitLab's word for three things
        return trouble
    if deployment.kind == "rollback":
        why = "you may not start it, it is archived, somebody ran it again, or the project forbids to go back"
        step = "allow job retries for rollback deployments in GitLab's settings of CI/CD, if it does"
        return replace(trouble, why=(*trouble.why, why), next_step=(step, *trouble.next_step))
    where = deployment.environment
    why = f"you may not start it, it is archived, or it is outdated: a younger job has deployed to {where} since"
    step = f"relflow amend {version} --pipeline ID -m REASON     with its pipeline run again, if it is outdated"
    return replace(trouble, why=(*trouble.why, why), next_step=(step, *trouble.next_step))


def _abandoned(kind: TroubleKind, deployment: Deployment, version: str, recorded: tuple[Recorded, ...]) -> Trouble:
    reason = next((each.event.reason for each in recorded if each.event.reason), None)
    steps = ("relflow status", f"{again(deployment, version)}     if {deployment.environment} shall still have it")
    return Trouble(kind, "nothing was deployed", (reason,) if reason else (), steps)


def _deployment(done: Done) -> Deployment:
    assert done.deployment is not None  # noqa: S101 - every step here has one
    return done.deployment
