"""What stood at a time is what the log's records up to then fold into, however little of the log is read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relflow.core.codec import instant
from relflow.core.errors import UsageError
from relflow.core.events import PolicyAdopted
from relflow.core.people import Level, user
from relflow.core.record import parsed
from relflow.core.workflow import digest, policy
from relflow.views.log import Wanted, count_before, last_hold, read_log
from relflow.views.past import view_at
from relflow.views.reading import View
from relflow.views.releases import show_release
from relflow.views.status import read_status
from tests.doubles.clock import START
from tests.properties.scene import Scene
from tests.strategies.scenes import scenes
from tests.views.looking import folded, view_of
from tests.views.test_on_their_way import ONE_PLACE

INSTANT = timedelta.resolution


def times(scene: Scene) -> list[datetime]:
    """The time of each record."""
    return [instant(parsed(raw)["at"]) for raw in scene.kept.records()]


@settings(max_examples=settings().max_examples // 3)
@given(scene=scenes(), data=st.data())
def test_the_past_is_what_its_records_fold_into(scene: Scene, data: st.DataObject) -> None:
    """The status, and every release that was there: at a record's time that record counts, an instant earlier not."""
    at = data.draw(st.sampled_from(moments(scene)))
    with view_of(scene) as view:
        agrees(view, scene, at)


def test_the_past_of_releases_that_overtake_each_other() -> None:
    """One is older, one newer and long there, two follow no scheme, one was live and is closed: at each time."""
    scene = Scene(ONE_PLACE, {"anna": Level.OWNER})
    for version in ("2.0.0", "1.0.0", "1.5.0", "1.9.0", "tuesday"):
        scene.create(version, "anna")
        scene.test(version, "anna")
        scene.approve(version, "prod", "anna")
    scene.bring("1.0.0", "prod", "anna")
    scene.create("wednesday", "anna")
    scene.bring("1.5.0", "prod", "anna")
    scene.hold("1.5.0", "anna", close=True)
    scene.bring("tuesday", "prod", "anna", status="failed")
    scene.bring("2.0.0", "prod", "anna")
    with view_of(scene) as view:
        outcomes = [row[0] for row in view.connection.execute("SELECT outcome FROM deployment ORDER BY id")]
        assert outcomes == ["success", "success", "failed", "success"]
        for at in moments(scene):
            agrees(view, scene, at)


def moments(scene: Scene) -> list[datetime]:
    """Each record's time and the instant before it, from the adoption of the policy on."""
    return sorted({*times(scene)[1:], *(each - INSTANT for each in times(scene)[2:])})


def agrees(view: View, scene: Scene, at: datetime) -> None:
    """Status and releases of that time are those of all its records folded; later releases were not there."""
    records = [raw for raw, when in zip(scene.kept.records(), times(scene), strict=True) if when <= at]
    oracle = folded(view, records)
    assert read_status(view_at(view, at), at, None) == read_status(oracle, at, None)
    for version in oracle.book.versions():
        assert show_release(view_at(view, at, version), version, at) == show_release(oracle, version, at)
    for version in set(view.book.versions()) - set(oracle.book.versions()):
        with pytest.raises(UsageError, match="there was no release"):
            view_at(view, at, version)


@settings(max_examples=settings().max_examples // 3)
@given(scene=scenes())
def test_the_present_is_the_end_of_the_past(scene: Scene) -> None:
    """At the last record's time stands what stands now."""
    with view_of(scene) as view:
        at = times(scene)[-1]
        assert read_status(view_at(view, at), at, None) == read_status(view, at, None)


@settings(max_examples=settings().max_examples // 3)
@given(scene=scenes(), data=st.data())
def test_records_are_found_by_their_time(scene: Scene, data: st.DataObject) -> None:
    """What the log is asked from and before a time is what a look at every record's time would give."""
    near = st.sampled_from(times(scene)).flatmap(lambda at: st.sampled_from([at - INSTANT, at, at + INSTANT]))
    since, until = data.draw(st.none() | near), data.draw(st.none() | near)
    with view_of(scene) as view:
        found = [each["seq"] for each in read_log(view, Wanted(limit=10_000, since=since, until=until))]
        assert found == [
            seq
            for seq, at in enumerate(times(scene), 1)
            if (since is None or at >= since) and (until is None or at < until)
        ]
        assert count_before(view, START - timedelta(days=1)) == 0
        assert count_before(view, times(scene)[-1] + INSTANT) == len(times(scene))


@pytest.fixture
def scene() -> Scene:
    """1.0.0 is live, held and resumed; 1.1.0 came afterwards."""
    made = Scene(ONE_PLACE, {"anna": Level.OWNER})
    made.create("1.0.0", "anna")
    made.test("1.0.0", "anna")
    made.approve("1.0.0", "prod", "anna")
    made.bring("1.0.0", "prod", "anna")
    for _ in range(2):
        made.hold("1.0.0", "anna")
        made.resume("1.0.0", "anna")
    made.create("1.1.0", "anna")
    return made


def test_the_hold_that_stood_then_is_found(scene: Scene) -> None:
    """Not the later one; at its own instant it stands."""
    with view_of(scene) as view:
        first, second = (each["at"] for each in read_log(view, Wanted(limit=9, event="release_held")))
        for until, held_at in ((None, second), (instant(second) - INSTANT, first), (instant(first), first)):
            held = last_hold(view, "1.0.0", until)
            assert held is not None
            assert held["at"] == held_at
        assert last_hold(view, "1.0.0", instant(first) - INSTANT) is None


def test_what_was_not_there_is_said_with_when_it_came(scene: Scene) -> None:
    """A release that came later, one that never was, and a time before the log."""
    with view_of(scene) as view:
        created = read_log(view, Wanted(limit=1, release="1.1.0"))[0]["at"]
        with pytest.raises(UsageError, match=r"there was no release 1\.1\.0 yet") as later:
            view_at(view, instant(created) - INSTANT, "1.1.0")
        assert later.value.why == (f"1.1.0 was created at {instant(created).astimezone():%Y-%m-%d %H:%M:%S %z}",)
        assert view_at(view, instant(created), "1.1.0").book.release("1.1.0") is not None
        with pytest.raises(UsageError, match=r"there is no release 1\.2\.0"):
            view_at(view, instant(created), "1.2.0")
        with pytest.raises(UsageError, match="no policy in force") as early:
            view_at(view, times(scene)[0] - INSTANT)
        assert "the first record is of" in early.value.why[0]


def test_the_policy_is_the_one_of_then(scene: Scene) -> None:
    """Environments that were adopted later are not shown for the time before."""
    dev = replace(ONE_PLACE.environments[0], name="dev", job="deploy-dev")
    later = replace(ONE_PLACE, environments=(dev, *ONE_PLACE.environments))
    with scene.store.write() as tx:
        adopted = PolicyAdopted(at=tx.at, actor=user("anna", 11), policy=policy(later), digest=digest(later))
        scene._record(tx, [adopted])
    with view_of(scene) as view:
        before, after = view_at(view, adopted.at - INSTANT), view_at(view, adopted.at)
        assert [each["name"] for each in read_status(before, adopted.at, None)["environments"]] == ["prod"]
        assert [each["name"] for each in read_status(after, adopted.at, None)["environments"]] == ["dev", "prod"]
