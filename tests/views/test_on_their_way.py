"""What is on its way is found through indexes, and is what a look at every release would find."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from relflow.core.events import DeploymentRequested, Event, ReleaseClosed, ReleaseCreated
from relflow.core.facts import Live
from relflow.core.people import Level, user
from relflow.core.versions import is_newer
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.store.book import SqlBook
from relflow.store.ordering import NUMBERS, numbers_from
from relflow.views.status import is_ahead, read_status
from tests.doubles.clock import START
from tests.properties.scene import Scene
from tests.properties.test_store_agreement import in_sqlite, replayed
from tests.strategies.scenes import scenes
from tests.views.looking import folded, view_of

ONE_PLACE = Workflow(
    "group/data-provider", (Environment("prod", "deploy", "prod", approvers=Approvers(), four_eyes=()),)
)
EXAMPLES = settings().max_examples // 3
numbers = st.sampled_from([0, 1, 2, 9, 10, 2**31, 2**63 - 2, 2**63 - 1, 2**63, 10**20])
tails = st.sampled_from(["", "", "", "-rc.1", "-rc.2", "-1", "+build.7", "-alpha-b"])
semantic = st.builds(lambda a, b, c, tail: f"{a}.{b}.{c}{tail}", numbers, numbers, numbers, tails)
#: Also what other schemes call a version, or what only nearly follows semver.
versions = semantic | st.sampled_from(
    ["tuesday", "2026-05", "7", "1.2", "01.2.3", "1.2.3.4", "1.0.0-01", "r.2.3", "9."]
)


@given(version=semantic, other=semantic)
@example("9223372036854775808.0.0", "9223372036854775809.0.0")
@example("9223372036854775807.5.0", "9223372036854775808.0.0")
def test_the_bound_is_below_every_newer_version(version: str, other: str) -> None:
    """In SQLite's own order of the numbers, be they larger than it can count."""
    connection = sqlite3.connect(":memory:")
    found = connection.execute(f"SELECT {NUMBERS} FROM (SELECT ? AS version)", (other,)).fetchone()[0]  # noqa: S608
    connection.close()
    bound = numbers_from(version)
    assert bound is not None
    assert found >= bound or not is_newer(other, than=version)


def test_the_bound_is_close() -> None:
    """It leaves out what is older, but for pre-releases of the same numbers and for numbers nobody counts to."""
    assert numbers_from("1.10.0-rc.1") == f"{1:020d}{10:020d}{0:020d}"
    assert numbers_from("tuesday") is None
    assert numbers_from(f"{2**63}.0.0") == ""


def created(names: list[str], closed: set[str]) -> Iterator[Event]:
    """A release each hour, and the end of some."""
    for hour, name in enumerate(names):
        common: dict[str, Any] = {"at": START + timedelta(hours=hour), "actor": user("anna", 11), "release": name}
        yield ReleaseCreated(**common, revision=1, commit="c" * 40, target="draft", ref=name)
        if name in closed:
            yield ReleaseClosed(**common)


def running(version: str, hour: int) -> Live:
    """The version is live since then."""
    since = START + timedelta(hours=hour)
    return Live(version=version, revision=1, commit="c" * 40, since=since, by="user:anna", pipeline_id=1)


@contextmanager
def kept(events: Iterable[Event]) -> Iterator[SqlBook]:
    """A project in whose log these events stand."""
    scene = Scene(ONE_PLACE, {})
    with tempfile.TemporaryDirectory() as folder:
        store = replayed(scene, in_sqlite(Path(folder))).store
        with store.write() as tx:
            tx.record(events)
        with store.read() as book:
            assert isinstance(book, SqlBook)
            yield book


@settings(max_examples=EXAMPLES)
@given(names=st.lists(versions, min_size=1, max_size=12, unique=True), data=st.data())
def test_none_that_is_ahead_is_missed(names: list[str], data: st.DataObject) -> None:
    """Whatever the versions and whatever is live: every unclosed release that is ahead is there, newest first."""
    live = data.draw(st.none() | st.builds(running, st.sampled_from(names) | versions, st.integers(-1, len(names))))
    closed = data.draw(st.sets(st.sampled_from(names)))
    with kept(created(names, closed)) as book:
        every = [release for name in book.versions() if (release := book.release(name))]
        found = [each.version for each in book.unclosed(live)]
    ahead = [each.version for each in every if not each.closed and (live is None or is_ahead(each, live))]
    assert [name for name in found if name in ahead] == ahead
    assert not set(found) & closed


def test_few_are_found_and_each_for_its_reason() -> None:
    """Newer by number, final where a pre-release runs, created since, or in flight however old: no more is read."""
    names = ["1.0.0", "1.8.0", "2.0.0", "1.9.0", "2.0.0-rc.1", "3.0.0", "1.9.1", "tuesday"]
    common: dict[str, Any] = {"at": START, "actor": user("anna", 11), "release": "1.0.0", "revision": 1}
    flying: dict[str, Any] = {
        "environment": "prod",
        "commit": "c" * 40,
        "deployment_id": 1,
        "kind": "deploy",
        "attempt": 1,
    }
    job: dict[str, Any] = {"pipeline_id": 1, "job_id": 2, "job_name": "deploy", "job_url": ""}
    events = [*created(names, {"3.0.0"}), DeploymentRequested(**common, **flying, **job)]
    with kept(events) as book:
        found = [each.version for each in book.unclosed(running("2.0.0-rc.1", 5))]
    assert found == ["tuesday", "1.9.1", "2.0.0-rc.1", "2.0.0", "1.0.0"]


@settings(max_examples=EXAMPLES)
@given(scene=scenes())
def test_the_status_is_that_of_every_record_folded(scene: Scene) -> None:
    """Through indexes over the rows, or by a plain look at all there is: the same page, for everybody on the team."""
    with view_of(scene) as view:
        plain = folded(view, scene.kept.records())
        for me in (None, *scene.members):
            assert read_status(view, START, me) == read_status(plain, START, me)


def test_what_is_on_its_way_to_the_last_environment_or_in_flight() -> None:
    """Live in dev is not there yet; live in prod is, until it flies again, however old it is."""
    dev, prod = (Environment(name, name, name, approvers=Approvers(), four_eyes=()) for name in ("dev", "prod"))
    scene = Scene(Workflow("group/data-provider", (dev, prod)), {"anna": Level.OWNER})
    shown: list[list[str]] = []
    for version, places in (("1.0.0", ("dev", "prod")), ("1.1.0", ("dev",))):
        scene.create(version, "anna")
        scene.test(version, "anna")
        for name in places:
            scene.approve(version, name, "anna")
            scene.bring(version, name, "anna")
        with view_of(scene) as view:
            shown.append([each["version"] for each in read_status(view, START, None)["releases"]])
    scene.approve("1.1.0", "prod", "anna")
    scene.bring("1.1.0", "prod", "anna")
    scene.rollback("1.0.0", "dev", "anna")
    with view_of(scene) as view:
        shown.append([each["version"] for each in read_status(view, START, None)["releases"]])
    assert shown == [[], ["1.1.0"], ["1.0.0"]]
