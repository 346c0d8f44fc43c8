"""The database itself: create or migrate it, check it, rebuild its rows."""

import typer

from relflow.cli.command import Answer, Call, register


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database.", no_args_is_help=True)
    app.add_typer(db, name="db")
    register(db, "upgrade", "relflow db upgrade")(upgrade)
    register(db, "check", "relflow db check")(check)
    register(db, "rebuild", "relflow db rebuild")(rebuild)


def upgrade(call: Call) -> Answer:
    """Create the database, or bring it to this version's schema."""
    from relflow.bootstrap import creatable_database
    from relflow.store.schema import upgrade

    file = creatable_database(call.config, call.project)
    changed = upgrade(file)
    return Answer({"file": str(file), "changed": changed}, f"{file} {'is ready' if changed else 'was ready already'}")


def check(call: Call) -> Answer:
    """Check the file, its settings, and every log's rows; exit 8 where anything is wrong."""
    from relflow.bootstrap import database
    from relflow.cli.failing import Failure
    from relflow.cli.texts import report_lines
    from relflow.store.health import check_file
    from relflow.views.audit import report_shape

    file = database(call.config, call.project)
    problems, reports = check_file(file)
    broken = [f"{each.log}: {layer.detail}" for each in reports for layer in each.layers if layer.ok is False]
    wrong = (*problems, *broken)
    shape = {
        "ok": not wrong,
        "file": str(file),
        "problems": list(problems),
        "logs": [{"log": each.log, **report_shape(each)} for each in reports],
    }
    text = "\n\n".join([f"{file}", *(report_lines(report_shape(each), each.log) for each in reports)])
    steps = (
        "relflow db rebuild     makes the rows anew",
        "relflow audit verify     tells whether the log itself is sound",
    )
    failure = Failure("setup", f"{file} is not as it should be", wrong, steps) if wrong else None
    return Answer(shape, text, failure)


def rebuild(call: Call) -> Answer:
    """Drop the rows and make them anew from the audit log."""
    from relflow.bootstrap import database
    from relflow.store.rebuilding import rebuild

    rebuilt = rebuild(database(call.config, call.project))
    lines = [f"{log}: {count} releases made anew from the log" for log, count in rebuilt.items()]
    return Answer({"logs": [{"log": log, "releases": count} for log, count in rebuilt.items()]}, "\n".join(lines))
