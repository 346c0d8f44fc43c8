"""Starting a job and continuing what is open: deploy, rollback, reconcile."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli import completing
from relflow.cli.command import Answer, Call, one_line, register
from relflow.cli.planned import planned
from relflow.cli.words import (
    EnvironmentName,
    NoWait,
    OnlyVersion,
    Reason,
    Timeout,
    Version,
    Yes,
    bounded_timeout,
    possible_id,
)
from relflow.core.errors import UsageError
from relflow.core.text import version_identity

if TYPE_CHECKING:
    from relflow.service.app import App


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "deploy", "relflow deploy 2.4.0 prod")(deploy)
    register(app, "signoff", "relflow signoff 12 -m 'the hotfix is what it says'")(sign_off)
    register(app, "rollback", "relflow rollback prod -m 'invoices are rounded wrongly'")(rollback)
    register(app, "watch", "relflow watch 2.4.0")(watch)
    register(app, "reconcile", "relflow reconcile --abandon 3 -m 'nobody played it'")(reconcile)


def deploy(
    call: Call,
    version: Version,
    environment: EnvironmentName,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Only while the plan holds that `relflow plan --json` printed."),
    ] = None,
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="Past approvals and time; somebody else signs it off.")
    ] = False,
    message: Annotated[
        str | None, typer.Option("-m", "--message", metavar="TEXT", help="Why the glass is broken.")
    ] = None,
    no_wait: NoWait = False,
    timeout: Timeout = 3600,
    yes: Yes = False,
) -> Answer:
    """Play the environment's manual job, once, and see how it ends."""
    if break_glass:
        return _past_approvals(call, version_identity(version), environment, message, plan, no_wait, timeout, yes)
    if message is not None:
        step = f"relflow deploy {version} {environment} --break-glass -m REASON"
        raise UsageError("-m is for --break-glass", (), (step,))
    from relflow.bootstrap import wired
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in
    from relflow.service.app import look_up
    from relflow.service.playing import deploy

    seconds, known = bounded_timeout(timeout), version_identity(version)
    keeps_to = planned(plan, known, environment) if plan else None
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        workflow = look_up(app, known, environment).workflow
        if environment == workflow.names[-1] and not yes:
            kept = f" --plan {quote(str(plan))}" if plan else ""
            confirmed(call, f"Deploy {known} to {environment}?", f"relflow deploy {known} {environment}{kept} --yes")
        return answer_in(app, deploy(app, known, environment, keeps_to, wait=not no_wait, timeout_s=seconds))


def _past_approvals(
    call: Call,
    version: str,
    environment: str,
    reason: str | None,
    plan: Path | None,
    no_wait: bool,
    timeout: int,
    yes: bool,
) -> Answer:
    from relflow.bootstrap import wired
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in
    from relflow.service.app import look_up
    from relflow.service.playing import break_glass

    line = f"relflow deploy {version} {environment} --break-glass -m"
    if plan is not None or reason is None:
        what = "--plan and --break-glass exclude each other" if plan else "breaking the glass needs a reason"
        raise UsageError(what, (), (f"{line} REASON",))
    seconds = bounded_timeout(timeout)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        look_up(app, version, environment)
        if not yes:
            question = f"BREAK THE GLASS: deploy {version} to {environment} past its approvals?"
            confirmed(call, question, f"{line} {quote(reason)} --yes")
        done = break_glass(app, version, environment, reason, wait=not no_wait, timeout_s=seconds)
        return answer_in(app, done)


def sign_off(
    call: Call,
    deployment: Annotated[int, typer.Argument(metavar="ID", help="The deployment, as status names it.")],
    message: Reason,
) -> Answer:
    """Sign off a deployment that was made past its approvals, by somebody else."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in
    from relflow.service.reviewing import sign_off

    number = possible_id("ID", deployment) or 0
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        return answer_in(app, sign_off(app, number, message))


def rollback(
    call: Call,
    environment: EnvironmentName,
    message: Reason,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION", help="Default: what ran there before.", autocompletion=completing.versions
        ),
    ] = None,
    no_wait: NoWait = False,
    timeout: Timeout = 3600,
    yes: Yes = False,
) -> Answer:
    """Bring back what ran in an environment before: its job runs once more."""
    from relflow.bootstrap import wired
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in
    from relflow.service.playing import rollback
    from relflow.service.way_back import target

    seconds = bounded_timeout(timeout)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        live, back = target(app, environment, version_identity(to) if to else None)
        if not yes:
            same_as = f"relflow rollback {environment} --to {back} -m {quote(message)} --yes"
            again = f"Run {live} in {environment} once more?"
            confirmed(call, again if live == back else f"Roll {environment} back from {live} to {back}?", same_as)
        done = rollback(app, back, environment, message, wait=not no_wait, timeout_s=seconds)
        return answer_in(app, done)


def watch(call: Call, version: OnlyVersion = None, timeout: Timeout = 3600) -> Answer:
    """Follow the deployments that are open, until none is."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.cli.results import line_of, together
    from relflow.service.watching import watch
    from relflow.views.shapes import deployment_shape

    seconds, last = bounded_timeout(timeout), {}
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        try:
            for done in watch(app, version_identity(version) if version else None, seconds):
                if done.deployment is not None:
                    shape = deployment_shape(done.release.version, done.deployment)
                    listener.answer(one_line(shape) if call.as_json else line_of(done))
                    last[done.deployment.id] = done
        except KeyboardInterrupt:
            raise KeyboardInterrupt("The deployments go on; relflow watch shows them again.") from None
    text = "" if last else "no deployment is open"
    return Answer(None, text, together(tuple(last.values())), is_told=True)


def reconcile(
    call: Call,
    abandon: Annotated[int | None, typer.Option("--abandon", metavar="ID", help="Close this deployment.")] = None,
    again: Annotated[int | None, typer.Option("--replay", metavar="ID", help="Start its job, if nobody has.")] = None,
    message: Annotated[str | None, typer.Option("-m", "--message", metavar="TEXT", help="Why.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded, and record nothing.")] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Look once at what is open; with --replay, return once it is accepted.")
    ] = False,
    timeout: Timeout = 3600,
    yes: Yes = False,
) -> Answer:
    """Compare what is open with GitLab and record how it ended. Without --replay it plays nothing."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in, reconciled
    from relflow.service import reconciling
    from relflow.service.replaying import replay

    _belong_together(abandon, again, message, dry_run=dry_run)
    seconds = bounded_timeout(timeout)
    closes, starts = possible_id("--abandon", abandon), possible_id("--replay", again)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        if closes is not None:
            return answer_in(app, reconciling.abandon(app, closes, message or ""))
        if starts is not None:
            _confirm_replay(call, app, starts, message or "", yes=yes)
            return answer_in(app, replay(app, starts, message or "", seconds, wait=not no_wait))
        if dry_run:
            return _rehearsed(app)
        return reconciled(app, reconciling.reconcile(app, 0 if no_wait else seconds))


def _belong_together(abandon: int | None, again: int | None, message: str | None, *, dry_run: bool) -> None:
    if dry_run and (abandon, again, message) != (None, None, None):
        raise UsageError("--dry-run is about what a look finds", ("it goes with no other option of reconcile",))
    if abandon is not None and again is not None:
        raise UsageError("--abandon and --replay exclude each other", ("one closes a deployment, the other starts it",))
    if (abandon is None and again is None) != (message is None):
        steps = ("relflow reconcile --abandon ID -m TEXT", "relflow reconcile --replay ID -m TEXT")
        raise UsageError("-m TEXT and one of --abandon ID and --replay ID belong together", (), steps)


def _rehearsed(app: "App") -> Answer:
    from relflow.cli.rehearsed import rehearsed
    from relflow.service.rehearsing import rehearse

    return rehearsed(rehearse(app))


def _confirm_replay(call: Call, app: "App", number: int, message: str, *, yes: bool) -> None:
    from relflow.cli.asking import confirmed
    from relflow.service.reconciling import spoken_of

    seen, deployment, kept = spoken_of(app, "replay", number, message)
    if not yes:
        question = f"Start {deployment.job_name} of {seen.release.version} for {deployment.environment}?"
        confirmed(call, question, f"relflow reconcile --replay {number} -m {quote(kept)} --yes")
