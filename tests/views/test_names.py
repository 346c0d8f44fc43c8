"""Names for a half-typed or mistyped release: those that may be meant are found among however many there are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relflow.store.sqlite import SqliteHome
from relflow.views.names import SOME, no_release, versions_beginning
from relflow.views.reading import View, opened
from tests.doubles.gitlab_world import PROJECT
from tests.properties.scene import LOG, Scene
from tests.properties.test_store_agreement import in_sqlite, replayed
from tests.views.test_on_their_way import ONE_PLACE, created

OLD = ["0.9.17", "1.0.0"]
MANY = [f"5.{number}.0" for number in range(2 * SOME)]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """Two old releases, and many that came after them."""
    folder = tmp_path_factory.mktemp("many")
    with replayed(Scene(ONE_PLACE, {}), in_sqlite(folder)).store.write() as tx:
        tx.record(created([*OLD, *MANY], set()))
    with opened(SqliteHome(folder / "releases.db"), LOG.partition("/")[0], PROJECT.path) as opening:
        yield opening


def test_the_newest_that_begin_so(view: View) -> None:
    """Newest first, no more than anybody chooses from; of a begin that is no release's none."""
    of = (view.connection, view.key)
    assert versions_beginning(*of, "") == tuple(reversed(MANY))[:SOME]
    assert versions_beginning(*of, "5.39") == (*(f"5.{number}.0" for number in range(399, 389, -1)), "5.39.0")
    assert versions_beginning(*of, "0.") == ("0.9.17",)
    assert versions_beginning(*of, "7") == ()


@pytest.mark.parametrize(
    ("typed", "meant"), [("0.9.71", "0.9.17"), ("1.0.1", "1.0.0"), ("5.3990", "5.399.0"), ("5.1.00", "5.1.0")]
)
def test_a_typo_is_answered_with_what_is_near(view: View, typed: str, meant: str) -> None:
    """Be it among the newest, or old and next to it in the order of names, before or behind."""
    error = no_release(view.connection, view.key, typed)
    assert error.what == f"there is no release {typed}"
    assert meant in error.next_step[0]


def test_before_the_first_release_there_is_one_thing_to_do(tmp_path: Path) -> None:
    """Nothing can have been meant by a name where there is no release."""
    replayed(Scene(ONE_PLACE, {}), in_sqlite(tmp_path))
    with opened(SqliteHome(tmp_path / "releases.db"), LOG.partition("/")[0], PROJECT.path) as view:
        error = no_release(view.connection, view.key, "1.4.0")
    assert error.next_step == ("relflow create VERSION     begins the first one",)
