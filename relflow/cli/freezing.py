"""Closing an environment for a time: freeze, lock, unlock."""

from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.times import moment
from relflow.cli.words import EnvironmentName, Reason, possible_id

if TYPE_CHECKING:
    from relflow.service.app import No
    from relflow.service.freezing import Frozen, Locked
    from relflow.views import contract


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    freeze = typer.Typer(help="Periods without deployments to an environment.", no_args_is_help=True)
    app.add_typer(freeze, name="freeze")
    register(freeze, "add", "relflow freeze add prod --from 2026-12-21 --to 2027-01-04 -m 'end of the year'")(add)
    register(freeze, "list", "relflow freeze list")(list_)
    register(freeze, "end", "relflow freeze end 3 -m 'the audit is over'")(end)
    register(app, "lock", "relflow lock prod -m 'the disk is full' --until 2026-05-04T12:00")(lock)
    register(app, "unlock", "relflow unlock prod -m 'there is room again'")(unlock)


def add(
    call: Call,
    environment: EnvironmentName,
    message: Reason,
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="From this time on.")],
    to: Annotated[str, typer.Option("--to", metavar="TIME", help="Before this time.")],
) -> Answer:
    """Let nothing be deployed to an environment for a time; a maintainer's word."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.freezing import add_freeze

    begins_at, ends_at = moment("from", from_), moment("to", to)
    assert begins_at and ends_at  # noqa: S101, PT018 - both are required
    with listening(call) as listener:
        return _frozen(add_freeze(wired(call.config, call.project, listener), environment, begins_at, ends_at, message))


def list_(call: Call) -> Answer:
    """Show the freezes that are in force or to come; GitLab is not asked for its own."""
    from relflow.bootstrap import now, view
    from relflow.cli.texts import freeze_list
    from relflow.views.freezes import read_freezes

    at = now()
    with view(call.config, call.project) as project:
        shape = read_freezes(project, at)
    return Answer(shape, freeze_list(shape))


def end(
    call: Call,
    freeze_id: Annotated[int, typer.Argument(metavar="ID", help="Which freeze.")],
    message: Reason,
) -> Answer:
    """End a freeze before its time, or call one off that is to come; a maintainer's word."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.freezing import end_freeze

    number = possible_id("ID", freeze_id)
    assert number is not None  # noqa: S101 - it was given
    with listening(call) as listener:
        return _frozen(end_freeze(wired(call.config, call.project, listener), number, message))


def lock(
    call: Call,
    environment: EnvironmentName,
    message: Reason,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="It ends by itself then; default: never.")
    ] = None,
) -> Answer:
    """Keep everybody from deploying to an environment, and from rolling it back."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.freezing import lock

    ends_at = moment("until", until)
    with listening(call) as listener:
        return _locked(lock(wired(call.config, call.project, listener), environment, ends_at, message))


def unlock(call: Call, environment: EnvironmentName, message: Reason) -> Answer:
    """Take the lock of an environment away, whoever locked it."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.freezing import unlock

    with listening(call) as listener:
        return _locked(unlock(wired(call.config, call.project, listener), environment, message))


def _refused(no: "No") -> Answer:
    from relflow.cli.failing import refusal

    return Answer(None, "", refusal(no.what, no.refusals))


def _frozen(result: "Frozen | No") -> Answer:
    from relflow.cli.results import event_shape
    from relflow.cli.texts import freeze_line
    from relflow.service.app import No
    from relflow.views.shapes import freeze_shape

    if isinstance(result, No):
        return _refused(result)
    events = [event_shape(each) for each in result.recorded]
    shape: contract.FreezeChanged = {"freeze": freeze_shape(result.freeze), "events": events}
    return Answer(shape, freeze_line(shape["freeze"]))


def _locked(result: "Locked | No") -> Answer:
    from relflow.cli.results import event_shape
    from relflow.cli.texts import lock_line
    from relflow.service.app import No
    from relflow.views.shapes import lock_shape

    if isinstance(result, No):
        return _refused(result)
    events = [event_shape(each) for each in result.recorded]
    shape: contract.LockChanged = {"lock": lock_shape(result.lock), "events": events}
    return Answer(shape, lock_line(shape["lock"]))
