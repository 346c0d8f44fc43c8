"""Dropping a log's rows and folding them anew from its records."""

from pathlib import Path

from relflow.core.errors import AuditError
from relflow.core.evolve import fold
from relflow.core.record import Break, verified
from relflow.store.book import SqlBook
from relflow.store.checking import events, logs, records
from relflow.store.engine import writing_engine
from relflow.store.faults import translated
from relflow.store.opening import open_reader
from relflow.store.transaction import driver_connection, forget_rows, keep_project, keep_release


def rebuild(file: Path) -> dict[str, int]:
    """Make every row of every log anew, in one transaction; the number of releases for each log.

    Raises AuditError, and changes nothing, where a log's chain is broken: what it says cannot be trusted.
    """
    open_reader(file).close()
    with translated(file), writing_engine(file).connect() as connection, connection.begin():
        raw = driver_connection(connection)
        rebuilt: dict[str, int] = {}
        for log in logs(raw):
            book = SqlBook(raw, log)
            for step in verified(log, records(raw, book)):
                if isinstance(step, Break):
                    raise AuditError(
                        f"{log} cannot be rebuilt: record {step.seq} is broken",
                        (step.problem,),
                        ("relflow audit verify",),
                    )
            history = fold(log, events(raw, book))
            project_id = book.project_id or 0
            forget_rows(connection, project_id)
            if history.project is not None:
                keep_project(connection, history.project, history.project)
            for release in history.releases.values():
                keep_release(connection, project_id, None, release)
            rebuilt[log] = len(history.releases)
    return rebuilt
