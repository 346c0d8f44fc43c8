"""The use cases that move a release without playing anything: create, test, approve, hold, resume."""

from collections.abc import Callable

from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    CreateRelease,
    HoldRelease,
    RejectRelease,
    Request,
    ResumeRelease,
    TestRelease,
    UnapproveRelease,
)
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.errors import UsageError
from relflow.core.facts import Facts, Pipeline
from relflow.core.text import normalised, shortened, text_problem, version_identity, version_problem
from relflow.service.app import (
    App,
    Conflict,
    Done,
    No,
    Outcome,
    Seen,
    events_of,
    identified,
    identify,
    look_up,
    settle_command,
    standing_project,
)
from relflow.service.pipelines import await_jobs, find_pipelines, named_pipeline
from relflow.service.ports import Transaction


def create(app: App, version: str, ref: str | None, title: str | None) -> Outcome:
    """Bring a version under the workflow; without a ref the tag `VERSION`, else `vVERSION`. 4 or 5 requests."""
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
    command = CreateRelease(version, name, checked_text("title", title))
    with app.store.write() as tx:
        facts = Facts(at=tx.at, actor=identity.actor, members=members, resolved=commit)
        decision = decide(workflow, tx.release(version), command, facts)
        recorded = tx.record(events_of(decision, command, facts, version))
        made = tx.release(version)
    if isinstance(decision, Refused):
        return No(f"cannot create {version}", decision.refusals, recorded)
    assert made is not None  # noqa: S101 - recorded just now
    return Done(made, recorded)


def record_test(app: App, version: str, pipeline_id: int | None = None, *, wait: bool = False) -> Outcome:
    """Take the pipeline as evidence. 6 requests, more while waiting for it to end."""
    seen = identified(app, look_up(app, version))
    if wait:
        await_jobs(app, seen, pipeline_id)
    pipelines = find_pipelines(app, seen, pipeline_id)
    bound = pipelines[0].id if pipelines else None

    def facts(tx: Transaction) -> Facts:
        owner = tx.release_of_pipeline(bound) if bound is not None else None
        return Facts(at=tx.at, actor=seen.actor, members=seen.members, pipelines=pipelines, pipeline_of=owner)

    return _outcome(app, seen, TestRelease(), facts)


def approve(app: App, version: str, environment: str, comment: str | None = None) -> Outcome:
    """Say yes to one environment. 3 requests."""
    seen = identified(app, look_up(app, version, environment))
    command = ApproveRelease(environment, checked_text("comment", comment))
    return _outcome(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, members=seen.members))


def unapprove(app: App, version: str, environment: str) -> Outcome:
    """Take one's own yes back. 3 requests."""
    seen = identified(app, look_up(app, version, environment))
    command = UnapproveRelease(environment)
    return _outcome(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, members=seen.members))


def reject(app: App, version: str, environment: str, reason: str) -> Outcome:
    """Say no to one environment; the release waits. 3 requests."""
    return _with_reason(app, version, RejectRelease(environment, checked_text("reason", reason) or ""))


def amend(app: App, version: str, reason: str, *, ref: str | None = None, pipeline_id: int | None = None) -> Outcome:
    """Bind the release to what the ref names, or to another pipeline; a new revision begins. 4 requests."""
    kept = _reason("amend", version, checked_text("reason", reason) or "")
    seen = identified(app, look_up(app, version))
    pipelines: tuple[Pipeline, ...] | None = None
    if pipeline_id is not None:
        pipelines = (named_pipeline(app, seen, pipeline_id),)
        name, commit = pipelines[0].ref, pipelines[0].commit
    else:
        name = ref or seen.release.ref
        found = app.gitlab.resolve(seen.project.project_id, name)
        if found is None:
            raise UsageError(f"GitLab knows no tag, branch or commit {shortened(name)}")
        commit = found

    def facts(tx: Transaction) -> Facts:
        owner = tx.release_of_pipeline(pipeline_id) if pipeline_id is not None else None
        return Facts(
            at=tx.at,
            actor=seen.actor,
            members=seen.members,
            resolved=commit,
            pipelines=pipelines,
            pipeline_of=owner,
        )

    return _outcome(app, seen, AmendRelease(name, kept), facts)


def hold(app: App, version: str, reason: str, *, close: bool = False) -> Outcome:
    """Make the release wait; closed, it waits out of sight until an amend. 3 requests."""
    return _with_reason(app, version, HoldRelease(checked_text("reason", reason) or "", close))


def resume(app: App, version: str, reason: str) -> Outcome:
    """Take a held release back to where it was. 3 requests."""
    return _with_reason(app, version, ResumeRelease(checked_text("reason", reason) or ""))


def _with_reason(app: App, version: str, command: HoldRelease | ResumeRelease | RejectRelease) -> Outcome:
    _reason(command.trigger, version, command.reason)
    seen = identified(app, look_up(app, version, command.environment))
    return _outcome(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, members=seen.members))


def _reason(trigger: str, version: str, reason: str) -> str:
    if not reason:
        raise UsageError(f"{trigger} needs a reason", (), (f"relflow {trigger} {version} -m REASON",))
    return reason


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


def _outcome(app: App, seen: Seen, command: Request, facts: Callable[[Transaction], Facts]) -> Outcome:
    settled = settle_command(app, seen, command, facts)
    if isinstance(settled, Conflict):
        return settled
    decision, release, recorded = settled
    if isinstance(decision, Refused):
        return No(asked(seen.release.version, command), decision.refusals, recorded)
    return Done(release, recorded)


def asked(version: str, command: Request) -> str:
    """What was refused, in words: `cannot deploy 2.4.0 to prod`."""
    where = f" for {command.environment}" if command.environment else ""
    return f"cannot {command.trigger} {version}{where}"
