"""The use cases that move a release and touch no job: create, test, tick, approve, waive, amend, resume."""

from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    BreakGlass,
    CreateRelease,
    DeployRelease,
    RejectRelease,
    Request,
    ResumeRelease,
    RollbackRelease,
    TestRelease,
    TickPoint,
    UnapproveRelease,
    WaiveGate,
)
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.errors import UsageError
from relflow.core.facts import Facts, Pipeline
from relflow.core.gates.table import GATES
from relflow.core.text import nearest, normalised, shortened, text_problem, version_identity, version_problem
from relflow.service.app import (
    App,
    Conflict,
    Done,
    No,
    Outcome,
    Seen,
    events_of,
    identify,
    look_up,
    settle_command,
    standing_project,
)
from relflow.service.catching_up import begun
from relflow.service.facts import Asked, ask, known
from relflow.service.pipeline_request import look, with_pipeline
from relflow.service.pipelines import await_jobs, named_pipeline


def create(app: App, version: str, ref: str | None, title: str | None, *, runs_pipeline: bool = False) -> Outcome:
    """Bring a version under the workflow; without a ref the tag `VERSION`, else `vVERSION`. 4 or 5 requests.

    With a pipeline 1 more to look for one, and where there is none 1 to start it, 1 where the answer proves nothing.
    Then the release is created, whatever becomes of the pipeline: that is `trouble`, never an exception.
    """
    version = version_identity(version)
    if problem := version_problem(version):
        raise UsageError("this cannot be a version", (problem,))
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
    identity = identify(app)
    members = app.gitlab.members(project.project_id)
    tries = (ref,) if ref else (version, f"v{version}")
    found = ((each, app.gitlab.resolve(project.project_id, each)) for each in tries)
    name, commit = next(((each, commit) for each, commit in found if commit), (tries[-1], None))
    before = look(app, identity, project.project_id, name, commit) if runs_pipeline and commit else None
    shown = before.pipelines if before else None
    command = CreateRelease(version, name, checked_text("title", title), tries, runs_pipeline)
    with app.store.write() as tx:
        facts = Facts(at=tx.at, actor=identity.actor, members=members, resolved=commit, pipelines=shown)
        decision = decide(workflow, tx.release(version), command, facts)
        recorded = tx.record(events_of(decision, command, facts, version))
        made = tx.release(version)
    if isinstance(decision, Refused):
        return No(f"cannot create {version}", decision.refusals, recorded)
    assert made is not None  # noqa: S101 - recorded just now
    done = Done(made, recorded)
    return with_pipeline(app, Seen(project, workflow, made, identity, members), done, before) if before else done


def record_test(app: App, version: str, pipeline_id: int | None = None, *, wait: bool = False) -> Outcome:
    """Take the pipeline as evidence. 5 requests, more while waiting for it to end."""
    seen = begun(app, version)
    if wait:
        await_jobs(app, seen, pipeline_id)
    command = TestRelease()
    return outcome_of(app, seen, command, ask(app, seen, command, pipeline_id))


def tick(app: App, version: str, point: str) -> Outcome:
    """Vouch for a point of the checklist. 3 requests. Raises UsageError, with the nearest name, for an unknown one."""
    names = tuple(each.name for each in look_up(app, version).workflow.checklist)
    if point not in names:
        why = () if names else ("the policy in force has no checklist",)
        raise UsageError(f"there is no point {shortened(point)}", why, nearest(point, names))
    seen, command = begun(app, version), TickPoint(point)
    return outcome_of(app, seen, command, ask(app, seen, command))


def approve(app: App, version: str, environment: str, comment: str | None = None) -> Outcome:
    """Say yes to one environment. 3 requests."""
    seen = begun(app, version, environment)
    command = ApproveRelease(environment, checked_text("comment", comment))
    return outcome_of(app, seen, command, ask(app, seen, command))


def unapprove(app: App, version: str, environment: str) -> Outcome:
    """Take one's own yes back. 3 requests."""
    seen = begun(app, version, environment)
    command = UnapproveRelease(environment)
    return outcome_of(app, seen, command, ask(app, seen, command))


def reject(app: App, version: str, environment: str, reason: str) -> Outcome:
    """Say no to one environment; the release waits. 3 requests."""
    command = RejectRelease(environment, needed_reason("reject", f"{version} {environment}", reason))
    seen = begun(app, version, environment)
    return outcome_of(app, seen, command, ask(app, seen, command))


def waive(app: App, version: str, environment: str, gate: str, reason: str) -> Outcome:
    """Answer for one gate of a deployment. 3 requests. Raises UsageError, with the nearest name, for an unknown one."""
    command = WaiveGate(environment, gate, needed_reason("waive", f"{version} {environment} {gate}", reason))
    if gate not in GATES:
        place = look_up(app, version, environment).workflow.environment(environment)
        can_be = tuple(each.gate for each in place.waivable) if place else ()
        raise UsageError(f"there is no gate {shortened(gate)}", (), nearest(gate, can_be or tuple(GATES)))
    seen = begun(app, version, environment)
    return outcome_of(app, seen, command, ask(app, seen, command))


def amend(app: App, version: str, reason: str, *, ref: str | None = None, pipeline_id: int | None = None) -> Outcome:
    """Bind the release to what the ref names, or to another pipeline; a new revision begins. 4 requests."""
    kept = needed_reason("amend", version, reason)
    seen = begun(app, version)
    pipelines: tuple[Pipeline, ...] | None = None
    if pipeline_id is not None:
        pipelines = (named_pipeline(app, seen, pipeline_id),)
        name, commit = pipelines[0].ref, pipelines[0].commit
    else:
        name = ref or seen.release.ref
        found = app.gitlab.resolve(seen.project.project_id, name)
        if found is None:
            step = f"relflow amend {version} --ref REF -m REASON     with a ref that was pushed"
            raise UsageError(f"GitLab knows no tag, branch or commit {shortened(name)}", (), (step,))
        commit = found

    command = AmendRelease(name, kept)
    said = {"resolved": commit, "pipelines": pipelines}
    return outcome_of(app, seen, command, known(seen, command, said))


def resume(app: App, version: str, reason: str) -> Outcome:
    """Take a held release back to where it was. 3 requests."""
    command = ResumeRelease(needed_reason("resume", version, reason))
    seen = begun(app, version)
    return outcome_of(app, seen, command, ask(app, seen, command))


def needed_reason(trigger: str, version: str, reason: str) -> str:
    """The reason in its normal form. Raises UsageError where there is none, or it cannot be kept."""
    kept = checked_text("reason", reason)
    if not kept:
        raise UsageError(f"{trigger} needs a reason", (), (f"relflow {trigger} {version} -m REASON",))
    return kept


def checked_text(what: str, text: str | None) -> str | None:
    """The text in its normal form. Raises UsageError for what cannot be kept."""
    if text is None:
        return None
    try:
        kept = normalised(text)
    except UnicodeError as exc:
        raise UsageError(f"the {what} is not text", ("it has bytes that are no UTF-8",)) from exc
    if problem := text_problem(kept):
        raise UsageError(f"the {what} is too long", (problem,))
    return kept


def outcome_of(app: App, seen: Seen, command: Request, facts: Asked) -> Outcome:
    """Decide and record a request that plays nothing."""
    settled = settle_command(app, seen, command, lambda tx: facts(tx, tx.at))
    if isinstance(settled, Conflict):
        return settled
    decision, release, recorded = settled
    if isinstance(decision, Refused):
        return No(asked(seen.release.version, command), decision.refusals, recorded)
    return Done(release, recorded)


def asked(version: str, command: Request) -> str:
    """What was refused, in words: `cannot deploy 2.4.0 to prod`."""
    if isinstance(command, RollbackRelease):
        return f"cannot roll {command.environment} back to {version}"
    if isinstance(command, BreakGlass):
        return f"cannot deploy {version} to {command.environment} past its approvals"
    if isinstance(command, WaiveGate):
        return f"cannot waive {command.gate} of {version} for {command.environment}"
    to = "to" if isinstance(command, DeployRelease) else "for"
    return f"cannot {command.trigger} {version}" + (f" {to} {command.environment}" if command.environment else "")
