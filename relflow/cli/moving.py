"""The commands that move a release without playing anything: create, test, tick, approve, waive, hold, resume."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Comment, EnvironmentName, GateName, PointName, Reason, Version, possible_id
from relflow.core.errors import UsageError
from relflow.core.text import version_identity


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "create", "relflow create 2.4.0")(create)
    register(app, "test", "relflow test 2.4.0 --wait")(read_pipeline)
    register(app, "tick", "relflow tick 2.4.0 notes")(tick)
    register(app, "approve", "relflow approve 2.4.0 prod -m 'read the diff'")(approve)
    register(app, "unapprove", "relflow unapprove 2.4.0 prod")(unapprove)
    register(app, "reject", "relflow reject 2.4.0 prod -m 'the migration locks the table'")(reject)
    register(app, "waive", "relflow waive 2.4.0 prod ref_unmoved -m 'the tag was only signed anew'")(waive)
    register(app, "hold", "relflow hold 2.4.0 -m 'the invoice totals look wrong'")(hold)
    register(app, "amend", "relflow amend 2.4.0 --ref v2.4.0-fixed -m 'the rounding is fixed'")(amend)
    register(app, "resume", "relflow resume 2.4.0 -m 'it was the test data'")(resume)


def create(
    call: Call,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The new version; a leading v is dropped.")],
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Tag or branch; default: its tag.")] = None,
    commit: Annotated[str | None, typer.Option("--commit", metavar="SHA", help="A commit instead of a ref.")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="T", help="What the release is about.")] = None,
    run: Annotated[bool, typer.Option("--run-pipeline", help="Start a pipeline of the ref, if it has none.")] = False,
) -> Answer:
    """Bring a version under the workflow, bound to its tag's commit."""
    if ref and commit:
        raise UsageError("--ref and --commit are two names for one thing", (), ("give one of them",))
    if run and commit:
        why = ("GitLab runs pipelines of branches and tags",)
        raise UsageError("--run-pipeline needs a ref, not a commit", why, ("give --ref REF",))
    from relflow.service import releases

    return _changed(call, lambda app: releases.create(app, version, ref or commit, title, runs_pipeline=run))


def read_pipeline(
    call: Call,
    version: Version,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the required jobs are finished.")] = False,
    pipeline: Annotated[int | None, typer.Option("--pipeline", metavar="ID", help="This pipeline.")] = None,
) -> Answer:
    """Read the pipeline and record the evidence: draft to tested."""
    from relflow.service import releases

    known, number = version_identity(version), possible_id("--pipeline", pipeline)
    return _changed(call, lambda app: releases.record_test(app, known, number, wait=wait))


def tick(call: Call, version: Version, point: PointName) -> Answer:
    """Vouch for a point of the checklist."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.tick(app, version_identity(version), point))


def approve(call: Call, version: Version, environment: EnvironmentName, message: Comment = None) -> Answer:
    """Say yes to one environment."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.approve(app, version_identity(version), environment, message))


def unapprove(call: Call, version: Version, environment: EnvironmentName) -> Answer:
    """Take your own approval back."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.unapprove(app, version_identity(version), environment))


def reject(call: Call, version: Version, environment: EnvironmentName, message: Reason) -> Answer:
    """Say no to one environment; the release waits until you approve, or it is amended."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.reject(app, version_identity(version), environment, message))


def waive(call: Call, version: Version, environment: EnvironmentName, gate: GateName, message: Reason) -> Answer:
    """Answer for a gate that would stop a deployment; it counts for this revision and environment."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.waive(app, version_identity(version), environment, gate, message))


def amend(
    call: Call,
    version: Version,
    message: Reason,
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Bind it to this tag or branch.")] = None,
    commit: Annotated[str | None, typer.Option("--commit", metavar="SHA", help="Bind it to this commit.")] = None,
    pipeline: Annotated[int | None, typer.Option("--pipeline", metavar="ID", help="Bind it to this pipeline.")] = None,
) -> Answer:
    """Bind a release to another commit or pipeline: a new revision begins as a draft."""
    if sum(each is not None for each in (ref, commit, pipeline)) != 1:
        step = (f"relflow amend {version} --ref REF -m REASON",)
        raise UsageError("amend takes one of --ref, --commit and --pipeline", (), step)
    from relflow.service import releases

    known, number = version_identity(version), possible_id("--pipeline", pipeline)
    return _changed(call, lambda app: releases.amend(app, known, message, ref=ref or commit, pipeline_id=number))


def hold(
    call: Call,
    version: Version,
    message: Reason,
    close: Annotated[bool, typer.Option("--close", help="Put it out of sight; only amend reopens it.")] = False,
    cancel_job: Annotated[bool, typer.Option("--cancel-job", help="Cancel the job that deploys it now.")] = False,
) -> Answer:
    """Make a release wait, from wherever it is."""
    if close and cancel_job:
        step = ("relflow hold VERSION --cancel-job -m REASON     first; close it when the job has ended",)
        raise UsageError("--close and --cancel-job exclude each other", (), step)
    from relflow.service.holding import hold

    known = version_identity(version)
    return _changed(call, lambda app: hold(app, known, message, close=close, cancel_job=cancel_job))


def resume(call: Call, version: Version, message: Reason) -> Answer:
    """Take a held release back to where it was."""
    from relflow.service import releases

    return _changed(call, lambda app: releases.resume(app, version_identity(version), message))


def _changed(call: Call, use_case: Callable[[Any], Any]) -> Answer:
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in

    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        return answer_in(app, use_case(app))
