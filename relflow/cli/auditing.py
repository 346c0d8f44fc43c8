"""The audit log's own check."""

import typer

from relflow.cli.command import Answer, Call, register


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    audit = typer.Typer(help="The audit log.", no_args_is_help=True)
    app.add_typer(audit, name="audit")
    register(audit, "verify", "relflow audit verify")(verify)


def verify(call: Call) -> Answer:
    """Check every record, and the rows against them; exit 7 where anything is wrong."""
    from relflow.bootstrap import located
    from relflow.cli.failing import Failure
    from relflow.cli.texts import report_lines
    from relflow.store.checking import verify_log
    from relflow.views.audit import report_shape

    home, log = located(call.config, call.project)
    report = verify_log(home, log)
    shape = report_shape(report)
    broken = tuple(layer for layer in report.layers if layer.ok is False)
    failure = None
    if broken:
        why = tuple(f"{layer.layer}: {layer.detail}" for layer in broken)
        failure = Failure(
            "audit", f"the audit log of {log} does not verify", why, ("keep the database as it is, and ask",)
        )
    return Answer(shape, report_lines(shape, log), failure)
