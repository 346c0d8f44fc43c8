"""Every kind of the sandbox's fault plan at every place of the protocol: before the play, at it, at each look after it.

    | place           | kinds                     | ends with                                                    |
    |-----------------|---------------------------|--------------------------------------------------------------|
    | P1, P4          | an answer that is none    | 4; nothing is played, nothing stays open                     |
    | P5 play, retry  | lost or odd, with effect  | 0; one POST, and a look tells                                |
    | P5 play         | lost or odd, without      | 5; it stays open, and `reconcile` ends it when it comes late |
    | P5 play         | a second run, or a person | 5 or 6; the release is held, and the runs are named          |
    | P8, P9, P10     | an answer that is none    | 5; the next `reconcile` ends it                              |
    | everywhere      | slow, late, twice         | 0; as if nothing had been                                    |

What the adapter makes of the bytes is proven in `contract/`, without a process for each.
"""

from typing import Any

import pytest

from tests.acceptance.person import Ended, eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team

Fault = dict[str, Any]
SLOW = pytest.mark.slow
PLAY, RETRY, LOOK, LIST = "jobs/*/play", "jobs/*/retry", "jobs/*", "pipelines/*/jobs"
TOMORROW = {"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}

#: Answers that tell nothing, whatever was asked.
NO_ANSWER: dict[str, Fault] = {
    "503": {"kind": "status", "status": 503},
    "409": {"kind": "status", "status": 409},
    "429": {"kind": "status", "status": 429},
    "429 by date": {"kind": "status", "status": 429, "headers": TOMORROW},
    "html": {"kind": "html"},
    "redirect": {"kind": "redirect"},
    "lost": {"kind": "lost_before"},
    "reset": {"kind": "reset"},
    "truncated": {"kind": "truncated"},
    "falsified kind": {"kind": "falsified", "body": {"id": "a word"}},
}
#: The play took effect, and what comes back does not say so, or says more than is true.
DONE: dict[str, Fault] = {
    **{name: {**fault, "effect": True} for name, fault in NO_ANSWER.items()},
    "lost after": {"kind": "lost_after"},
    "late": {"kind": "late_delivery", "seconds": 1},
    "400": {"kind": "status", "status": 400, "effect": True},
    "doubled": {"kind": "doubled"},
    "slow": {"kind": "slow_body", "seconds": 0.5},
    "delayed before": {"kind": "delay", "seconds": 0.5},
    "delayed between": {"kind": "delay", "seconds": 0.5, "at": "between"},
    "delayed after": {"kind": "delay", "seconds": 0.5, "at": "after"},
    "falsified status": {"kind": "falsified", "body": {"status": "success"}},
    "falsified job": {"kind": "falsified", "body": {"id": 7}},
    "falsified user": {"kind": "falsified", "body": {"user": {"id": 7, "username": "eve"}}},
}


def telling(names: list[str], *usual: str) -> list[Any]:
    """The names as parameters; all but the usual ones are slow."""
    return [name if name in usual else pytest.param(name, marks=SLOW) for name in names]


def settles(site: Site, team: Team, version: str) -> Ended:
    """Somebody's reconcile ends it: one run, asked for once, which brought the release to dev."""
    ended = team.person("dana").types("reconcile").ends(0).says("success")
    assert (site.plays(version, "dev", by="chris"), site.runs(version, "dev")) == (1, 1)
    assert (team.release(version).state, team.open_deployments()) == ("deployed-dev", [])
    return ended


@SLOW
@pytest.mark.parametrize(("place", "nth"), [(LIST, 1), (LOOK, 1)])
def test_before_the_play(site: Site, team: Team, place: str, nth: int) -> None:
    """Whatever comes back instead of an answer: exit 4, nothing was sent, nothing stays open, and then it works."""
    chris, version = team.person("chris"), team.approved()
    for fault in NO_ANSWER.values():
        site.goes_wrong(place, **fault, nth=nth)
        ended = chris.types("deploy", version, "dev").ends(4)
        ended.keeps_quiet_about("Traceback", "reconcile")
        assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])
        site.is_up()
    chris.types("deploy", version, "dev").ends(0)
    settled = [each.outcome for each in team.release(version).deployments]
    assert settled == [*(["abandoned"] * len(NO_ANSWER) if place == LOOK else []), "success"]


@pytest.mark.parametrize("name", telling(list(DONE), "doubled", "lost after"))
def test_a_play_that_took_effect(site: Site, team: Team, name: str) -> None:
    """One POST, one run, and only a look at the job tells how it ended: exit 0. What is no answer is recorded so."""
    version = team.approved()
    site.goes_wrong(PLAY, "POST", **DONE[name])
    ended = team.person("chris").types("deploy", version, "dev", "--json").ends(0)
    assert ended.events[-2:] == ["deployment_settled", "release_deployed"]
    if name in {*NO_ANSWER, "lost after"}:
        assert ended.events[2:] == ["play_unknown", "deployment_settled", "release_deployed"]
    assert (site.plays(version, "dev"), site.runs(version, "dev"), team.open_deployments()) == (1, 1, [])


@SLOW
@pytest.mark.parametrize("name", ["lost after", "late", "falsified job", "503"])
def test_a_retry_that_took_effect(site: Site, team: Team, name: str) -> None:
    """The same for the way of a new attempt: the pipeline is looked at for the one younger job."""
    chris, version = team.person("chris"), team.approved()
    site.breaks(version, "dev")
    chris.types("deploy", version, "dev").ends(6)
    site.mends(version, "dev")
    site.goes_wrong(RETRY, "POST", **DONE[name])
    chris.starts("deploy", version, "dev").ended().ends(0).says("attempt 2")
    assert (site.plays(version, "dev"), site.runs(version, "dev"), team.open_deployments()) == (2, 2, [])


@SLOW
@pytest.mark.parametrize("name", [name for name in NO_ANSWER if name not in {"truncated", "falsified kind"}])
def test_a_play_that_had_no_effect_yet(site: Site, team: Team, name: str) -> None:
    """Nobody can tell it from one that comes late: exit 5, nothing is sent again, and when it comes it is settled."""
    version = team.approved()
    site.goes_wrong(PLAY, "POST", **NO_ANSWER[name])
    deploying = team.person("chris").types("deploy", version, "dev", "--timeout", 1).ends(5)
    deploying.says("is still open: unknown", "not started", "relflow reconcile")
    team.person("dana").types("reconcile", "--timeout", 1).ends(5).says("not started")
    assert site.plays(version, "dev") == 1
    site.clicked("chris", version, "dev")  # the same POST, late
    team.person("dana").types("reconcile").ends(0).says("success")
    assert (site.runs(version, "dev"), team.open_deployments()) == (1, [])


@SLOW
@pytest.mark.parametrize("at", ["before", "between"])
def test_somebody_else_plays_in_that_moment(site: Site, team: Team, at: str) -> None:
    """Before ours it gets 400, in a race with it 200: either way emil's run is named, and the release is held."""
    version = team.approved()
    act = {"path": f"/projects/42/jobs/{site.job(version, 'dev').id}/play"}
    site.goes_wrong(PLAY, "POST", kind="person", user="emil", act=act, at=at)
    ended = team.person("chris").types("deploy", version, "dev").ends(6)
    ended.says("was started by emil, not by chris", f"relflow resume {version} -m REASON")
    assert (team.release(version).state, team.release(version).held_from) == ("held", "deployed-dev")
    assert site.runs(version, "dev") == 1
    team.person("dana").types("reconcile").ends(0)


@SLOW
def test_a_doubled_play_that_ran_twice(site: Site, team: Team) -> None:
    """Its copy came when the job had ended, and GitLab cloned it: both runs are named, and a person closes it."""
    version = team.approved()
    site.goes_wrong(PLAY, "POST", kind="doubled", seconds=60)
    deploying = team.person("chris").starts("deploy", version, "dev")
    site.job(version, "dev", "success")
    site.is_up()
    deploying.ended().ends(5).says("ran again outside this deployment", "relflow reconcile --abandon 1 -m REASON")
    assert (team.release(version).state, site.plays(version, "dev"), site.runs(version, "dev")) == ("held", 1, 2)
    site.job(version, "dev", "success")
    team.person("dana").starts("reconcile", "--abandon", 1, "-m", "looked at both").ended().ends(0)
    team.person("dana").types("reconcile").ends(0)


@pytest.mark.parametrize("name", telling([name for name in NO_ANSWER if name != "409"], "truncated"))
def test_every_look_after_the_play(site: Site, team: Team, name: str) -> None:
    """At the watch, at a reconcile, at its last list: exit 5 each time, and the next reconcile ends it."""
    chris, dana, version, fault = team.person("chris"), team.person("dana"), team.approved(), NO_ANSWER[name]
    site.holds(version, "dev")
    watching = chris.starts("deploy", version, "dev").until_it_says("running")
    site.goes_wrong(LOOK, **fault)
    watching.ended().ends(5).says("is still open: accepted", "relflow reconcile")
    site.goes_wrong(LOOK, **fault)
    dana.types("reconcile").ends(5).says("is still open: accepted", "relflow reconcile")
    site.lets_go(version, "dev")
    site.job(version, "dev", "success")
    site.goes_wrong(LIST, **fault)
    dana.types("reconcile").ends(5).says("is still open: accepted", "relflow reconcile")
    settles(site, team, version)


@SLOW
def test_answers_that_only_take_their_time(site: Site, team: Team) -> None:
    """Late, slow, or to a question that arrived twice: each request is made once, and the end is the usual one."""
    version = team.approved()
    site.goes_wrong(LIST, kind="delay", seconds=0.5)
    site.goes_wrong(LOOK, kind="doubled", nth=1)
    site.goes_wrong(LOOK, kind="slow_body", seconds=0.5, nth=2)
    site.goes_wrong("deployments", kind="doubled", always=True)
    team.person("chris").types("deploy", version, "dev").ends(0)
    assert (site.plays(version, "dev"), site.runs(version, "dev")) == (1, 1)
    team.person("dana").types("reconcile").ends(0)


@SLOW
def test_a_doubled_retry_is_looked_for(site: Site, team: Team) -> None:
    """GitLab refuses the copy, and that is the answer: the jobs are listed before it is believed; our run is seen."""
    chris, version = team.person("chris"), team.approved()
    site.breaks(version, "dev")
    chris.types("deploy", version, "dev").ends(6)
    site.mends(version, "dev")
    site.goes_wrong(RETRY, "POST", kind="doubled")
    chris.types("deploy", version, "dev").ends(0).says("success")
    team.person("dana").types("reconcile").ends(0).says("no deployment is open")
    release = team.release(version)
    assert (release.state, site.plays(version, "dev"), site.runs(version, "dev")) == ("deployed-dev", 2, 2)


@SLOW
def test_a_look_that_lies_about_the_end(site: Site, team: Team) -> None:
    """The list that is read before an end is recorded shows another: the job is watched on, to the end that it has."""
    version = team.approved()
    site.breaks(version, "dev")
    site.holds(version, "dev")
    deploying = team.person("chris").starts("deploy", version, "dev").until_it_says("running")
    site.goes_wrong(LOOK, kind="falsified", body={"status": "success"}, times=2)
    eventually(lambda: [one.fault for one in site.requests()].count("falsified") == 2)
    site.lets_go(version, "dev")
    deploying.ended().ends(6).says("failed")
    assert (team.release(version).state, site.plays(version, "dev")) == ("approved-dev", 1)
