"""The database itself: create or migrate it, check it, rebuild its rows, back it up."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.views import contract


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database.", no_args_is_help=True)
    app.add_typer(db, name="db")
    register(db, "upgrade", "relflow db upgrade")(upgrade)
    register(db, "check", "relflow db check")(check)
    register(db, "rebuild", "relflow db rebuild")(rebuild)
    register(db, "backup", "relflow db backup releases-2026-05-04.db")(backup)


def upgrade(call: Call) -> Answer:
    """Create the database, or bring it to this version's schema."""
    from relflow.bootstrap import creatable_database
    from relflow.store.schema import upgrade

    file = creatable_database(call.config, call.project)
    changed = upgrade(file)
    how = "is ready" if changed else "was ready already"
    shape: contract.DbUpgrade = {"file": str(file), "changed": changed}
    return Answer(shape, escaped(f"{file} {how}"))


def check(call: Call) -> Answer:
    """Check the file, its settings, and every log's rows; exit 8 where anything is wrong."""
    from relflow.bootstrap import database, gone_from
    from relflow.cli.failing import Failure
    from relflow.cli.texts import report_lines
    from relflow.store.health import check_file
    from relflow.views.audit import report_shape

    file = database(call.config, call.project)
    problems, reports = check_file(file)
    problems += tuple(f"{each.log}: {gone}" for each in reports if (gone := gone_from(file, each.log)))
    broken = [f"{each.log}: {layer.detail}" for each in reports for layer in each.layers if layer.ok is False]
    wrong = (*problems, *broken)
    shape: contract.DbCheck = {
        "ok": not wrong,
        "file": str(file),
        "problems": list(problems),
        "logs": [{"log": each.log, **report_shape(each)} for each in reports],
    }
    text = "\n\n".join([escaped(str(file)), *(report_lines(report_shape(each), each.log) for each in reports)])
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
    counts = {log: "1 release" if count == 1 else f"{count} releases" for log, count in rebuilt.items()}
    lines = [escaped(f"{log}: {count} made anew from the log") for log, count in counts.items()]
    shape: contract.DbRebuild = {"logs": [{"log": log, "releases": count} for log, count in rebuilt.items()]}
    return Answer(shape, "\n".join(lines))


def backup(call: Call, file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file.")]) -> Answer:
    """Copy the database into a new file while others work, and verify the copy."""
    from relflow.bootstrap import database
    from relflow.cli.failing import Failure
    from relflow.store.backup import back_up
    from relflow.views.audit import report_shape

    source = database(call.config, call.project)
    problems, reports = back_up(source, file)
    broken = [f"{each.log}: {layer.detail}" for each in reports for layer in each.layers if layer.ok is False]
    shape: contract.DbBackup = {
        "ok": not (problems or broken),
        "file": str(source),
        "backup": str(file),
        "problems": list(problems),
        "logs": [{"log": each.log, **report_shape(each)} for each in reports],
    }
    lines = [f"{file} is a whole copy of {source}"]
    lines += [f"{each.log}: {each.records} records, the log verifies" for each in reports if each.ok]
    failure = None
    if problems or broken:
        what = f"what {source} holds is not as it should be, and so is its copy"
        failure = Failure("audit" if broken else "setup", what, (*problems, *broken), ("relflow db check",))
    return Answer(shape, "\n".join(map(escaped, lines)), failure)
