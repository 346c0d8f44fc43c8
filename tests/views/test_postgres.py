"""What the read side says of a database in PostgreSQL is what it says of the same log in SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relflow.store.ordering import NUMBERS, numbers_from
from relflow.store.postgres.speaking import PostgresConnection
from relflow.views.log import Wanted, actors, read_log
from relflow.views.names import no_release, versions_beginning
from relflow.views.past import view_at
from relflow.views.reading import View, opened
from relflow.views.releases import list_releases, show_release
from relflow.views.status import read_status
from tests import postgres
from tests.doubles.gitlab_world import PROJECT
from tests.properties.scene import LOG, Scene
from tests.properties.test_store_agreement import kept_in, replayed
from tests.strategies.scenes import scenes
from tests.views.looking import view_of
from tests.views.test_on_their_way import semantic, versions
from tests.views.test_past import moments


@contextmanager
def in_postgresql(scene: Scene) -> Iterator[View]:
    """The scene's log in a database there, as the read commands open it."""
    with postgres.running().home() as home:
        replayed(scene, lambda clock: kept_in(home, clock))
        with opened(home, LOG.partition("/")[0], PROJECT.path) as view:
            yield view


def pages(view: View, at: list[datetime]) -> Iterator[object]:
    """Everything that can be looked at, now and at those times."""
    yield read_status(view, at[-1], None)
    for state in (None, "held", "draft"):
        yield list_releases(view, state, at[0], at[-1] + timedelta(days=1), 50)
    for version in view.book.versions():
        yield show_release(view, version, at[-1])
        yield read_log(view, Wanted(limit=20, release=version, since=at[0]))
        yield versions_beginning(view.connection, view.key, version[:2])
    yield read_log(view, Wanted(limit=1000, until=at[len(at) // 2]))
    yield actors(view)
    yield no_release(view.connection, view.key, "1.0").next_step
    for each in at:
        yield read_status(view_at(view, each), each, None)


@settings(max_examples=max(4, settings().max_examples // 6))
@given(scene=scenes())
def test_every_page_is_the_same(scene: Scene) -> None:
    """Status, lists, releases, log and names, of now and of the past."""
    at = moments(scene)
    with view_of(scene) as theirs, in_postgresql(scene) as ours:
        assert list(pages(ours, at)) == list(pages(theirs, at))


@pytest.fixture(scope="module")
def connection() -> Iterator[PostgresConnection]:
    """An open database."""
    with postgres.running().home() as home, home.reading() as found:
        yield found


@given(version=semantic, other=st.one_of(semantic, versions))
@example("9223372036854775808.0.0", "9223372036854775809.0.0")
@example("9223372036854775807.5.0", "100000000000000000000000.0.0")
@example("1.2.3", "tuesday")
def test_the_bound_is_below_every_newer_version(connection: PostgresConnection, version: str, other: str) -> None:
    """In PostgreSQL's order of the numbers too; and other schemes give some text, and no error."""
    from relflow.core.versions import is_newer

    named = f'SELECT {NUMBERS} AS numbers FROM (SELECT CAST(:other AS text) COLLATE "C" AS version) AS it'  # noqa: S608
    found = connection.execute(named, {"other": other}).fetchone()["numbers"]
    bound = numbers_from(version)
    assert bound is not None
    assert found >= bound or not is_newer(other, than=version)
