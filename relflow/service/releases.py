"""The use cases that move a release without playing anything: create, test, approve, hold, resume."""

from collections.abc import Callable

from relflow.core.commands import ApproveRelease, CreateRelease, HoldRelease, Request, ResumeRelease, TestRelease
from relflow.core.decide import decide
from relflow.core.errors import UsageError
from relflow.core.facts import Facts
from relflow.core.text import normalised, text_problem, version_identity, version_problem
from relflow.core.verdict import Refused
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
from relflow.service.pipelines import await_jobs, find_pipelines
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


def hold(app: App, version: str, reason: str) -> Outcome:
    """Make the release wait. 3 requests."""
    return _with_reason(app, version, HoldRelease(checked_text("reason", reason) or ""))


def resume(app: App, version: str, reason: str) -> Outcome:
    """Take a held release back to where it was. 3 requests."""
    return _with_reason(app, version, ResumeRelease(checked_text("reason", reason) or ""))


def _with_reason(app: App, version: str, command: HoldRelease | ResumeRelease) -> Outcome:
    if not command.reason:
        raise UsageError(f"{command.trigger} needs a reason", (), (f"relflow {command.trigger} {version} -m REASON",))
    seen = identified(app, look_up(app, version))
    return _outcome(app, seen, command, lambda tx: Facts(at=tx.at, actor=seen.actor, members=seen.members))


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
    where = f" for {command.environment}" if command.trigger == "approve" else ""
    return f"cannot {command.trigger} {version}{where}"
