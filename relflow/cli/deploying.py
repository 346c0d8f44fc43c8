"""Playing a job and continuing what is open: deploy, reconcile."""

from typing import Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import EnvironmentName, Timeout, Version, Yes, bounded_timeout
from relflow.core.errors import UsageError
from relflow.core.text import version_identity


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "deploy", "relflow deploy 2.4.0 prod")(deploy)
    register(app, "reconcile", "relflow reconcile --abandon 3 -m 'nobody played it'")(reconcile)


def deploy(
    call: Call,
    version: Version,
    environment: EnvironmentName,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once GitLab accepted the play.")] = False,
    timeout: Timeout = 3600,
    yes: Yes = False,
) -> Answer:
    """Play the environment's manual job, once, and see how it ends."""
    from relflow.bootstrap import wired
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in
    from relflow.service.app import look_up
    from relflow.service.playing import deploy

    seconds, known = bounded_timeout(timeout), version_identity(version)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        workflow = look_up(app, known, environment).workflow
        if environment == workflow.names[-1] and not yes:
            confirmed(call, f"Deploy {known} to {environment}?", f"relflow deploy {known} {environment} --yes")
        return answer_in(app, deploy(app, known, environment, wait=not no_wait, timeout_s=seconds))


def reconcile(
    call: Call,
    abandon: Annotated[int | None, typer.Option("--abandon", metavar="ID", help="Close this deployment.")] = None,
    message: Annotated[str | None, typer.Option("-m", "--message", metavar="TEXT", help="Why it is closed.")] = None,
    timeout: Timeout = 3600,
) -> Answer:
    """Compare what is open with GitLab and record how it ended. It plays nothing."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.cli.results import answer_in, reconciled
    from relflow.service import reconciling

    if (abandon is None) != (message is None):
        raise UsageError("--abandon ID and -m TEXT belong together", (), ("relflow reconcile --abandon ID -m TEXT",))
    seconds = bounded_timeout(timeout)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        if abandon is not None:
            return answer_in(app, reconciling.abandon(app, abandon, message or ""))
        return reconciled(app, reconciling.reconcile(app, seconds))
