"""The database itself: create or migrate it, check it, rebuild its rows, back it up, move it, let a role use it."""

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
    register(db, "copy", "relflow db copy sqlite:///releases.db postgresql+psycopg://owner@db/relflow")(copy)
    register(db, "grant", "relflow db grant relflow_app")(grant)


def upgrade(call: Call) -> Answer:
    """Create the database, or bring it to this version's schema."""
    from relflow.bootstrap import creatable_database
    from relflow.store.schema import upgrade

    home = creatable_database(call.config, call.project)
    changed = upgrade(home)
    how = "is ready" if changed else "was ready already"
    shape: contract.DbUpgrade = {"file": str(home), "changed": changed}
    return Answer(shape, escaped(f"{home} {how}"))


def check(call: Call) -> Answer:
    """Check the database itself, and every log's rows; exit 8 where anything is wrong."""
    from relflow.bootstrap import database, gone_from
    from relflow.cli.failing import Failure
    from relflow.cli.texts import report_lines
    from relflow.store.health import check_database
    from relflow.views.audit import report_shape

    home = database(call.config, call.project)
    problems, reports = check_database(home)
    problems += tuple(f"{each.log}: {gone}" for each in reports if (gone := gone_from(home, each.log)))
    broken = [f"{each.log}: {layer.detail}" for each in reports for layer in each.layers if layer.ok is False]
    wrong = (*problems, *broken)
    shape: contract.DbCheck = {
        "ok": not wrong,
        "file": str(home),
        "problems": list(problems),
        "logs": [{"log": each.log, **report_shape(each)} for each in reports],
    }
    text = "\n\n".join([escaped(str(home)), *(report_lines(report_shape(each), each.log) for each in reports)])
    steps = (
        "relflow db rebuild     makes the rows anew",
        "relflow audit verify     tells whether the log itself is sound",
    )
    failure = Failure("setup", f"{home} is not as it should be", wrong, steps) if wrong else None
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
    """Copy a SQLite database into a new file while others work, and verify the copy."""
    from relflow.bootstrap import database_file
    from relflow.cli.failing import Failure
    from relflow.store.backup import back_up
    from relflow.views.audit import report_shape

    source = database_file(call.config, call.project)
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


def copy(
    call: Call,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL of the database that is there.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The URL of a new file, or of an empty database.")],
) -> Answer:
    """Copy a database into another file or into PostgreSQL, or back, and verify the copy."""
    from relflow.bootstrap import home_of
    from relflow.cli.failing import Failure
    from relflow.store.copying import copy
    from relflow.views.audit import report_shape

    there, here = home_of(source), home_of(target)
    reports = copy(there, here)
    broken = [f"{each.log}: {layer.detail}" for each in reports for layer in each.layers if layer.ok is False]
    shape: contract.DbCopy = {
        "ok": not broken,
        "source": str(there),
        "target": str(here),
        "logs": [{"log": each.log, **report_shape(each)} for each in reports],
    }
    lines = [f"{here} has all that is in {there}"]
    lines += [f"{each.log}: {each.records} records, the log verifies" for each in reports if each.ok]
    lines += [f"  next:  name it as [database] url, and take {there} away: nothing keeps the two the same"]
    failure = None
    if broken:
        what = f"what {there} holds does not verify, and so does its copy"
        failure = Failure("audit", what, tuple(broken), ("relflow audit verify     of the one that was copied",))
    return Answer(shape, "\n".join(map(escaped, lines)), failure)


def grant(call: Call, role: Annotated[str, typer.Argument(metavar="ROLE", help="A role of the server.")]) -> Answer:
    """Let a role of PostgreSQL record and read, and change no record; run as the owner of the tables."""
    from relflow.bootstrap import grant

    home = grant(call.config, call.project, role)
    shape: contract.DbGrant = {"database": str(home), "role": role}
    return Answer(shape, escaped(f"{role} may record and read in {home}"))
