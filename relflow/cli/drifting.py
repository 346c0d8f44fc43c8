"""Runs that nobody asked relflow for: `drift` shows them, `drift accept` takes note of one."""

from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register, register_alone
from relflow.cli.words import EnvironmentName, Reason, possible_id

if TYPE_CHECKING:
    from relflow.service.drifting import Noted
    from relflow.views import contract


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    drift = typer.Typer(help="Runs in GitLab that nobody asked relflow for, and that nobody accepted yet.")
    app.add_typer(drift, name="drift")
    register_alone(drift, "relflow drift")(show)
    register(drift, "accept", "relflow drift accept prod 3 -m 'the hotfix of last night'")(accept)


def show(call: Call) -> Answer:
    """Show runs in GitLab that nobody asked relflow for, and that nobody accepted yet."""
    from relflow.bootstrap import view
    from relflow.cli.texts import drift_page
    from relflow.views.drift import last_looks, read_drift

    with view(call.config, call.project) as project:
        shape, looks = read_drift(project), last_looks(project)
    return Answer(shape, drift_page(shape, looks))


def accept(
    call: Call,
    environment: EnvironmentName,
    message: Reason,
    drift_id: Annotated[
        int | None, typer.Argument(metavar="ID", help="Which one; not needed for the only one.")
    ] = None,
) -> Answer:
    """Take note of a run that nobody asked for: what it brought is live there, and the releases go on."""
    from relflow.bootstrap import wired
    from relflow.cli.failing import refusal
    from relflow.cli.progress import listening
    from relflow.service.app import No
    from relflow.service.drifting import accept

    number = possible_id("ID", drift_id)
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        result = accept(app, environment, number, message)
        if isinstance(result, No):
            return Answer(None, "", refusal(result.what, result.refusals))
        with app.store.read() as book:
            project = book.project()
        return _accepted(result, project.path if project else "")


def _accepted(result: "Noted", project: str) -> Answer:
    from relflow.cli.results import event_shape
    from relflow.core.text import escaped
    from relflow.views.shapes import deployment_shape, drift_shape, release_shape

    drift, release, made = result.drift, result.release, result.deployment
    shape: contract.DriftAccept = {
        "drift": drift_shape(drift),
        "release": release_shape(release, project) if release else None,
        "events": [event_shape(each) for each in result.recorded],
        "deployment": deployment_shape(release.version, made) if release and made else None,
    }
    lines = [f"drift {drift.id} in {drift.environment} is accepted: {drift.what}, {drift.status}"]
    if release and made:
        lines.append(f"it is deployment {made.id} of {release.version} to {drift.environment}, a foreign one")
    if release and release.held_from:
        lines += [f"{release.version} is held, from {release.held_from}"]
        lines += [f"  next:  relflow resume {release.version} -m REASON"]
    return Answer(shape, "\n".join(map(escaped, lines)))
