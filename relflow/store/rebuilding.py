"""Dropping a log's rows and folding them anew from its records."""

from contextlib import closing

from relflow.core.errors import AuditError
from relflow.core.evolve import fold
from relflow.core.record import Break, verified
from relflow.store.book import SqlBook
from relflow.store.checking import events, logs, records
from relflow.store.home import Home
from relflow.store.transaction import forget_rows, keep_drifts, keep_freezes, keep_locks, keep_project, keep_release


def rebuild(home: Home) -> dict[str, int]:
    """Make every row of every log anew, in one transaction; the number of releases for each log.

    Raises AuditError, and changes nothing, where a log's chain is broken: what it says cannot be trusted.
    """
    with closing(home.writer()) as writer, writer.transaction() as connection:
        rebuilt: dict[str, int] = {}
        for log in logs(connection):
            book = SqlBook(connection, log)
            for step in verified(log, records(connection, book)):
                if isinstance(step, Break):
                    raise AuditError(
                        f"{log} cannot be rebuilt: record {step.seq} is broken",
                        (step.problem,),
                        ("relflow audit verify",),
                    )
            history = fold(log, events(connection, book))
            project_id = book.project_id or 0
            forget_rows(connection, project_id)
            if history.project is not None:
                keep_project(connection, history.project, history.project)
            for release in history.releases.values():
                keep_release(connection, project_id, None, release)
            keep_drifts(connection, project_id, {}, history.drifts)
            keep_freezes(connection, project_id, {}, history.freezes)
            keep_locks(connection, project_id, {}, history.locks)
            rebuilt[log] = len(history.releases)
    return rebuilt
