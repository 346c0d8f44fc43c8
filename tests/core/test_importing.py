"""Which version each deployment of the past brought, and what importing makes of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import ApproveRelease, DeployRelease, RollbackRelease
from relflow.core.decision import Accepted, Refused
from relflow.core.events import DriftAccepted, DriftDetected, Event, ReleaseImported, from_record, to_record
from relflow.core.evolve import fold
from relflow.core.facts import EnvironmentFacts, Live, Published, RemoteDeployment, Tag
from relflow.core.gates.table import GATES
from relflow.core.importing import Known, decide_import
from relflow.core.live import brought
from relflow.core.past import Past, Ran, arranged, happened, version_of
from relflow.core.people import Actor, seen_in_gitlab
from relflow.core.record import Head
from relflow.core.release import Release
from tests.core.examples import ANNA, AT, COMMIT, DANA, OTHER, WORKFLOW, accepted, facts, gate, job, ready

LOG, URL = "gitlab.example.org/5", "https://gitlab.example.org/group/data-provider"
#: The policy was adopted now, and all of this happened before.
LONG_AGO = AT - timedelta(days=400)
THIRD = "e" * 40


def shown(number: int, commit: str = COMMIT, at: datetime = LONG_AGO, **fields: Any) -> RemoteDeployment:
    """A deployment whose job emil played, of pipeline 7 of v1.4.0, as GitLab lists it."""
    times: dict[str, Any] = {"started_at": at - timedelta(minutes=1), "finished_at": at}
    played = job(status="success", id=number + 100, commit=commit, user_id=15, username="emil", pipeline_id=7, **times)
    known = {"environment": "dev", "status": "success", "commit": commit, "job": played, "username": "ben"}
    return RemoteDeployment(**{**known, "id": number, "updated_at": at + timedelta(days=9), "ref": "v1.4.0", **fields})


def ran(number: int, commit: str = COMMIT, environment: str = "dev", day: int = 0, **fields: Any) -> Ran:
    """It in one of the policy's environments, so many days later."""
    return Ran(environment, shown(number, commit, LONG_AGO + timedelta(days=day), **fields))


def recorded(number: int, commit: str = COMMIT, environment: str = "dev", day: int = 0) -> Ran:
    """One that shows no job."""
    at = LONG_AGO + timedelta(days=day)
    return Ran(environment, shown(number, commit, job=None, updated_at=at, ref="main"))


def imported(past: Past, known: Known | None = None, by: Actor = ANNA, **more: Any) -> tuple[Event, ...]:
    """What is recorded of it, read back from the records."""
    decision = decide_import(WORKFLOW, URL, past, known or Known(), facts(by, **more))
    assert isinstance(decision, Accepted), decision
    return tuple(from_record(to_record(each, Head(LOG), "1")) for each in decision.events)


def releases(past: Past, known: Known | None = None) -> dict[str, Release]:
    """The releases that become of it."""
    return fold(LOG, imported(past, known)).releases


V14, V15 = Tag("v1.4.0", COMMIT), Tag("v1.5.0", OTHER)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.4.0", "1.4.0"),
        ("1.4.0-rc.1", "1.4.0-rc.1"),
        ("2026.11", "2026.11"),
        ("production", None),
        ("release-1.4.0", None),
        ("relflow/checkpoint/7", None),
        ("v", None),
        ("1.4.0 final", None),
        ("1" * 65, None),
    ],
)
def test_which_tags_are_versions(tag: str, version: str | None) -> None:
    """Those that begin with a digit, behind a leading v, and can name a release."""
    assert version_of(tag) == version


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"job": None}, True),
        ({"status": "failed"}, False),
        ({"status": "brewing"}, False),
        ({"job": job(status="failed", finished_at=LONG_AGO)}, False),
        ({"job": job(status="success", commit=OTHER, finished_at=LONG_AGO)}, False),
        ({"job": job(status="success", started_at=AT, finished_at=AT)}, False),
        ({"job": None, "updated_at": AT}, False),
    ],
)
def test_what_is_of_the_past(changes: dict[str, Any], counts: bool) -> None:
    """What succeeded and began before relflow looked; where deployment and job disagree, nothing is known."""
    assert happened(shown(1, **changes), AT) is counts


def test_a_version_is_what_its_tag_names() -> None:
    """Whatever the pipeline ran for; a commit that no version tag names is left over, the last one first."""
    past = arranged(
        [ran(1), ran(2, OTHER, ref="main"), ran(3, THIRD, day=1), ran(4, THIRD, day=2)], [V14, V15, Tag("ok", THIRD)]
    )
    assert [(each.version, [one.shown.id for one in each.runs]) for each in past.versions] == [
        ("1.4.0", [1]),
        ("1.5.0", [2]),
    ]
    assert [each.shown.id for each in past.unnamed] == [4, 3]


def test_two_tags_of_one_commit() -> None:
    """Each deployment is of the tag that its pipeline ran for; where that is none of them, of the newest version."""
    tags = [Tag("v1.10.0-rc.1", COMMIT), Tag("v1.9.0", COMMIT), Tag("v1.10.0", COMMIT), Tag("nightly", COMMIT)]
    past = arranged([ran(1, ref="v1.10.0-rc.1"), ran(2, ref="main"), ran(3, ref="v1.9.0"), ran(4, ref="nightly")], tags)
    assert {each.version: [one.shown.id for one in each.runs] for each in past.versions} == {
        "1.10.0-rc.1": [1],
        "1.10.0": [2, 4],
        "1.9.0": [3],
    }


def test_two_tags_of_one_version() -> None:
    """As for `create` the one without a v counts; a tag that was moved no longer names what was deployed."""
    past = arranged([ran(1), ran(2, OTHER)], [V14, Tag("1.4.0", OTHER)])
    assert [(each.version, each.tag.name) for each in past.versions] == [("1.4.0", "1.4.0")]
    assert [each.shown.id for each in past.unnamed] == [1]


def test_a_release_stands_where_it_got() -> None:
    """In the furthest environment, bound to that one's pipeline, with its past: times and people are GitLab's."""
    pipeline_8 = job(status="success", id=180, username="ben", pipeline_id=8, finished_at=LONG_AGO + timedelta(days=1))
    past = arranged([ran(9, day=2), ran(1), ran(5, environment="prod", day=1, job=pipeline_8)], [V14])
    (event,) = imported(past)
    assert isinstance(event, ReleaseImported)
    assert (event.at, event.actor, event.source, event.target) == (AT, ANNA, None, "deployed-prod")
    made = fold(LOG, [event]).releases["1.4.0"]
    assert (made.state, made.commit, made.ref, made.created_by) == ("deployed-prod", COMMIT, "v1.4.0", ANNA)
    assert (made.created_at, made.updated_at) == (LONG_AGO - timedelta(minutes=1), AT)
    assert made.pipeline is not None
    assert (made.pipeline.id, made.pipeline.url) == (8, f"{URL}/-/pipelines/8")
    assert [(each.id, each.environment, each.attempt, each.requested_by.id) for each in made.deployments] == [
        (1, "dev", 1, "gitlab:emil"),
        (2, "prod", 1, "gitlab:ben"),
        (3, "dev", 2, "gitlab:emil"),
    ]
    assert {(each.kind, each.phase, each.outcome) for each in made.deployments} == {("imported", "settled", "success")}
    assert [each.settled_at for each in made.deployments] == [LONG_AGO + timedelta(days=day) for day in range(3)]


@pytest.mark.parametrize(
    ("name", "title"),
    [("Spring", "Spring"), ("v1.4.0", None), ("1.4.0", None), ("long" * 2_000, None)],
)
def test_a_release_of_gitlabs_gives_the_title(name: str, title: str | None) -> None:
    """When it came out and by whom stands in the record; a name that says no more than the tag is none."""
    found = Published("v1.4.0", name, LONG_AGO, "dana")
    (event,) = imported(arranged([ran(1)], [V14], [found, replace(found, tag="v9")]))
    assert isinstance(event, ReleaseImported)
    assert (event.title, event.released_at, event.released_by) == (title, LONG_AGO, seen_in_gitlab("dana", None))
    assert fold(LOG, [event]).releases["1.4.0"].title == title
    (event,) = imported(arranged([ran(1)], [V14], [replace(found, username=None)]))
    assert isinstance(event, ReleaseImported)
    assert event.released_by is None


def test_a_deployment_without_a_job() -> None:
    """Its pipeline is gone, or it was only recorded: it counts from its last change, and names who made it."""
    (made,) = releases(arranged([recorded(1)], [V14])).values()
    (deployment,) = made.deployments
    assert (made.state, made.pipeline) == ("deployed-dev", None)
    assert (deployment.job_id, deployment.pipeline_id, deployment.requested_by.id) == (None, 0, "gitlab:ben")
    assert deployment.settled_at == LONG_AGO
    nobody = replace(recorded(1), shown=replace(recorded(1).shown, username=None))
    (made,) = releases(arranged([nobody], [V14])).values()
    assert made.deployments[0].requested_by.id == "gitlab:unknown"


def test_numbers_follow_each_other_through_all_of_it() -> None:
    """From the next one on, in the order in which the deployments ended, whatever version they were of."""
    past = arranged([ran(1), ran(2, OTHER, day=1), ran(3, day=2)], [V14, V15])
    found = fold(LOG, imported(past, next_deployment_id=7)).releases.values()
    assert {each.version: [one.id for one in each.deployments] for each in found} == {"1.4.0": [7, 9], "1.5.0": [8]}


def test_a_clock_that_runs_ahead_in_gitlab() -> None:
    """Nothing that is imported is in the future of the log, or it would be live for ever."""
    (made,) = releases(arranged([Ran("dev", shown(1, at=AT + timedelta(hours=1)))], [V14])).values()
    assert (made.created_at, made.deployments[0].settled_at) == (AT, AT)
    assert made.deployments[0].finished_at == AT + timedelta(hours=1)


def test_what_is_known_is_left_alone() -> None:
    """No event names it; where all is known there is none."""
    past = arranged([ran(1), ran(2, OTHER, day=1)], [V14, V15])
    live = Live(version="1.5.0", revision=1, commit=OTHER, since=AT, by="user:anna", pipeline_id=9)
    assert releases(past, Known(frozenset({"1.5.0"}), {"dev": live})).keys() == {"1.4.0"}
    assert imported(past, Known(frozenset({"1.4.0", "1.5.0"}), {"dev": live})) == ()


@pytest.mark.parametrize("last", [ran(2, THIRD, day=1), recorded(2, THIRD, day=1)])
def test_what_runs_now_and_is_no_version(last: Ran) -> None:
    """It is noted and accepted at once, so that no older version is taken for what is live; only where it is last."""
    past = arranged([ran(1), last, ran(3, environment="prod", day=2)], [V14])
    _, found, taken = imported(past, next_drift_id=4)
    assert isinstance(found, DriftDetected)
    assert isinstance(taken, DriftAccepted)
    assert (found.drift_id, found.environment, found.commit, found.release) == (4, "dev", THIRD, None)
    assert (found.gitlab_deployment_id, found.finished_at) == (2, LONG_AGO + timedelta(days=1))
    assert (taken.actor, taken.status, taken.finished_at) == (ANNA, "success", found.finished_at)
    (drift,) = fold(LOG, [found, taken]).drifts.values()
    assert not drift.is_open


@pytest.mark.parametrize(
    ("commit", "since", "is_noted"),
    [(THIRD, LONG_AGO, False), (OTHER, AT, False), (OTHER, LONG_AGO, True)],
)
def test_what_relflow_knows_better_is_not_noted(commit: str, since: datetime, is_noted: bool) -> None:
    """That commit is live already, or something was brought there since."""
    live = Live(version=None, revision=None, commit=commit, since=since, by="gitlab:ben", pipeline_id=9)
    events = imported(arranged([ran(2, THIRD, day=1)], []), Known(live={"dev": live}))
    assert bool(events) is is_noted


def test_an_environment_that_was_dropped_meanwhile() -> None:
    """What ran only there is no release of this policy, which has no state for it."""
    elsewhere = ran(2, OTHER, environment="staging", day=1, ref="v1.5.0")
    assert releases(arranged([ran(1), elsewhere], [V14, V15])).keys() == {"1.4.0"}


def test_who_may() -> None:
    """A maintainer; the past that everybody relies on is nobody else's to tell."""
    decision = decide_import(WORKFLOW, URL, arranged([ran(1)], [V14]), Known(), facts(DANA))
    assert isinstance(decision, Refused)
    (refusal,) = decision.refusals
    assert (refusal.gate, refusal.who) == ("may_act", ("anna", "ben"))


def test_a_rollback_to_what_ran_before() -> None:
    """Nobody approved it here, and it ran there all the same; what was amended since did not."""
    (made,) = releases(arranged([ran(1)], [V14])).values()
    command = RollbackRelease("dev", "odd")
    assert gate("quorum_met", command, ready(), made).holds
    assert not gate("quorum_met", command, ready(), replace(made, revision=2)).holds


def test_where_no_pipeline_is_left() -> None:
    """A rollback has no job to run again; a deployment needs another pipeline, for which it is amended."""
    (made,) = releases(arranged([recorded(1)], [V14])).values()
    back = gate("job_playable", RollbackRelease("dev", "odd"), ready(), made)
    on = gate("job_playable", DeployRelease("prod"), ready(), made)
    assert back.final
    assert (on.final, on.next) == (False, "relflow amend 1.4.0 --pipeline ID -m REASON")


@pytest.mark.parametrize(("ended_at", "holds"), [(LONG_AGO, True), (AT - timedelta(hours=25), True), (AT, False)])
def test_a_soak_counts_from_gitlabs_time(ended_at: datetime, holds: bool) -> None:
    """What ran in dev for a day before it was imported has soaked; when it was imported makes no difference."""
    (made,) = releases(arranged([Ran("dev", shown(1, at=ended_at))], [V14])).values()
    live = EnvironmentFacts(brought=brought("1.4.0", made.deployments[0], None))
    soaks = replace(WORKFLOW, environments=(WORKFLOW.environments[0], replace(WORKFLOW.environments[1], soak="24h")))
    result = GATES["soaked"](Case(soaks, made, DeployRelease("prod"), ready(environment_before=live)))
    assert result.holds is holds


def test_it_goes_on_from_there() -> None:
    """What is in dev needs the approvals of prod, as anything that relflow brought there."""
    (made,) = releases(arranged([ran(1)], [V14])).values()
    (given,) = accepted(made, ApproveRelease("prod"), facts(DANA))
    assert given.target == "deployed-dev"
    assert not gate("quorum_met", DeployRelease("prod"), ready(environment=EnvironmentFacts()), made).holds
