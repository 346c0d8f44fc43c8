"""Deploying: P0 to P9 of the play protocol. The job is played with one POST, and only a look at it counts.

    look · intend (T1) · look again · arm (T2) · POST · record the answer (T3) · watch · settle (T4)

Every T is one transaction that commits before the next step, so that a process killed anywhere leaves a
deployment that says how far it came. Source: ADR 0002, why look before play.
"""

from collections.abc import Callable
from dataclasses import replace

from relflow.core.answers import classify
from relflow.core.commands import AbandonDeployment, ArmDeployment, DeployRelease, RecordAnswer
from relflow.core.decision import Refused
from relflow.core.errors import GitLabError, RelflowError
from relflow.core.facts import Facts
from relflow.core.people import itself
from relflow.core.release import Deployment
from relflow.service.app import App, Conflict, Done, No, Outcome, Seen, Trouble, identified, look_up, settle_command
from relflow.service.pipelines import bound_pipeline, newest_of_ref
from relflow.service.ports import Recorded, Transaction
from relflow.service.settling import follow, open_trouble

PART = itself("deploy")


def deploy(app: App, version: str, environment: str, *, wait: bool = True, timeout_s: float = 3600) -> Outcome:
    """Play the environment's job once and record how it ended. 8 requests before the play, 1 for it, then 1 a look.

    After the play was armed every interruption and every failure ends with `trouble`, never with an exception:
    the deployment is open then, and `reconcile` continues it.
    """
    seen = identified(app, look_up(app, version, environment))
    _may_play(seen)
    intended = _intend(app, seen, DeployRelease(environment))
    if not isinstance(intended, Done):
        return intended
    try:
        armed = _arm(app, seen, intended)
    except (KeyboardInterrupt, RelflowError) as exc:
        withdrawn = _withdraw(app, seen, intended, exc)
        if _deployment(withdrawn).is_open:  # it was armed in the very last moment
            return replace(withdrawn, trouble=open_trouble(_deployment(withdrawn), "interrupted while arming"))
        if isinstance(exc, KeyboardInterrupt):
            raise KeyboardInterrupt("Nothing was played; the deployment was abandoned.") from None
        raise
    if not isinstance(armed, Done) or armed.trouble:
        return armed
    return _guarded(armed, lambda: _play(app, seen, armed, wait=wait, timeout_s=timeout_s))


def _may_play(seen: Seen) -> None:
    scopes = seen.identity.scopes if seen.identity else None
    if scopes is not None and "api" not in scopes:
        why = (f"it has {', '.join(scopes) or 'no scope'}; playing a job needs api",)
        raise GitLabError(
            "this token may not play jobs. Nothing was changed.", why, ("use a token with the scope api",)
        )


def _intend(app: App, seen: Seen, command: DeployRelease) -> Outcome:
    project = seen.project.project_id
    environment = seen.workflow.environment(command.environment)
    assert environment is not None  # noqa: S101 - look_up found it
    pipelines = bound_pipeline(app, seen)
    newest = newest_of_ref(app, seen) if pipelines else None
    tagged = app.gitlab.tag(project, seen.release.ref) or ""

    def facts(tx: Transaction) -> Facts:
        return Facts(
            at=tx.at,
            actor=seen.actor,
            members=seen.members,
            pipelines=pipelines,
            environment=tx.environment(environment.name),
            newest_pipeline=newest,
            tagged=tagged,
            next_deployment_id=tx.next_deployment_id(),
        )

    settled = settle_command(app, seen, command, facts)
    if isinstance(settled, Conflict):
        return settled
    decision, release, recorded = settled
    if isinstance(decision, Refused):
        return No(f"cannot deploy {release.version} to {environment.name}", decision.refusals, recorded)
    return Done(release, recorded, release.open_deployment(environment.name))


def _arm(app: App, seen: Seen, intended: Done) -> Outcome:
    """P4: look at the job again and commit that it is about to be played."""
    deployment = _deployment(intended)
    job = app.gitlab.job(seen.project.project_id, deployment.job_id)
    command = ArmDeployment(deployment.environment, deployment.id, intended.release.row_version)
    settled = settle_command(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, job=job))
    if isinstance(settled, Conflict):
        return settled
    decision, release, recorded = settled
    after = release.deployment(deployment.id) or deployment
    done = Done(release, (*intended.recorded, *recorded), after)
    if isinstance(decision, Refused):
        return Conflict("nothing was played", tuple(each.why or each.gate for each in decision.refusals))
    if after.phase == "armed":
        return done
    return replace(done, trouble=_abandoned("conflict", after, recorded))


def _withdraw(app: App, seen: Seen, intended: Done, reason: BaseException) -> Done:
    """Close a deployment whose play was not sent, so that the environment is free again."""
    deployment = _deployment(intended)
    why = "interrupted" if isinstance(reason, KeyboardInterrupt) else str(reason)
    command = AbandonDeployment(deployment.environment, deployment.id, f"nothing was played: {why}")
    settled = settle_command(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, members=seen.members))
    if isinstance(settled, Conflict):
        return intended
    _, release, recorded = settled
    return Done(release, (*intended.recorded, *recorded), release.deployment(deployment.id))


def _play(app: App, seen: Seen, armed: Done, *, wait: bool, timeout_s: float) -> Done:
    """P5 to P9: the one POST, then only looks."""
    deployment = _deployment(armed)
    app.listener.note(f"playing {deployment.job_name} (job {deployment.job_id}) for {deployment.environment}")
    answer = app.gitlab.play(seen.project.project_id, deployment.job_id)
    kind, detail = classify(answer, deployment.job_id)
    command = RecordAnswer(deployment.environment, deployment.id, kind, detail)
    settled = settle_command(app, seen, command, lambda tx: Facts(at=tx.at, actor=PART))
    if isinstance(settled, Conflict):
        return replace(armed, trouble=Trouble("unknown", settled.what, settled.why))
    _, release, recorded = settled
    after = release.deployment(deployment.id) or deployment
    done = Done(release, (*armed.recorded, *recorded), after)
    if kind == "refused":
        return replace(done, trouble=_abandoned("gitlab", after, recorded))
    if kind == "accepted" and not wait:
        return done
    return _guarded(done, lambda: follow(app, seen, done, PART, timeout_s=timeout_s))


def _guarded(armed: Done, step: Callable[[], Done]) -> Done:
    """The play may have left: whatever stops the step, the deployment is open and the answer is `unknown`."""
    try:
        return step()
    except KeyboardInterrupt:
        return replace(armed, trouble=open_trouble(_deployment(armed), "interrupted while it was under way"))
    except RelflowError as exc:
        return replace(armed, trouble=open_trouble(_deployment(armed), exc.what, *exc.why))


def _abandoned(kind: str, deployment: Deployment, recorded: tuple[Recorded, ...]) -> Trouble:
    reason = next((each.event.reason for each in recorded if each.event.reason), None)
    again = f"relflow status     then relflow deploy again, if {deployment.environment} shall still have it"
    return Trouble(kind, "nothing was deployed", (reason,) if reason else (), (again,))


def _deployment(done: Done) -> Deployment:
    assert done.deployment is not None  # noqa: S101 - every step here has one
    return done.deployment
