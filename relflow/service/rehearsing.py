"""Doing without recording: the whole command is run, and each of its transactions is undone instead of committed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace

from relflow.core.events import DriftDetected, Event
from relflow.service.app import App
from relflow.service.ports import Book, Store, Transaction
from relflow.service.reconciling import Reconciled, reconcile


class _Undone(Exception):  # noqa: N818 - not an error: the one way to end a transaction without its commit
    """The transaction has told what it would record."""


@dataclass(frozen=True, slots=True)
class RehearsalStore:
    """The store as it is, in which nothing can be recorded; a transaction takes the write lock and lets it go."""

    store: Store

    def read(self) -> AbstractContextManager[Book]:
        """The store's own look."""
        return self.store.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that sees what it records, and nobody else ever does."""
        with suppress(_Undone), self.store.write() as tx:
            yield tx
            raise _Undone


def rehearse(app: App) -> Reconciled:
    """What `reconcile` would record if it were run now, from one look at each open deployment. Requests as there.

    The results are those of `reconcile`, but the numbers of what they recorded, which is not there.
    """
    told = reconcile(replace(app, store=RehearsalStore(app.store)), timeout_s=0)
    if told.failed:
        raise told.failed
    # The end of a deployment is undone before drift is looked for: what it told of would be found once more.
    events = (each.event for done in told.results for each in done.recorded)
    known = {event.job_id for event in events if isinstance(event, DriftDetected)}
    return replace(told, drifted=tuple(each for each in told.drifted if _is_news(each.event, known)))


def _is_news(event: Event, known: set[int | None]) -> bool:
    return isinstance(event, DriftDetected) and (event.job_id is None or event.job_id not in known)
