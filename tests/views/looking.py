"""The read model on a scene's log: from the rows of a database, and from every record folded, as the oracle."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from relflow.core.events import from_record
from relflow.core.evolve import fold
from relflow.core.record import parsed
from relflow.store.folded import FoldedBook
from relflow.store.sqlite import SqliteHome
from relflow.views.reading import View, opened
from tests.doubles.gitlab_world import PROJECT
from tests.properties.scene import LOG, Scene
from tests.properties.test_store_agreement import in_sqlite, replayed


@contextmanager
def view_of(scene: Scene) -> Iterator[View]:
    """The scene's log in a database of its own, as the read commands open it."""
    with tempfile.TemporaryDirectory() as folder:
        replayed(scene, in_sqlite(Path(folder)))
        with opened(SqliteHome(Path(folder) / "releases.db"), LOG.partition("/")[0], PROJECT.path) as view:
            yield view


def folded(view: View, records: Iterable[bytes]) -> View:
    """The same project with every one of those records folded, and no row read."""
    history = fold(LOG, (from_record(parsed(raw)) for raw in records))
    assert history.project is not None
    assert history.project.workflow is not None
    return replace(view, book=FoldedBook(history), project=history.project, workflow=history.project.workflow)
