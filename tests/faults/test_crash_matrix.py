"""kill -9 before, in and after every request and commit: whoever comes next is told the truth, and nothing runs twice.

A life is a command that starts, ends or closes a job. It dies at each of its steps, and each time somebody else comes
with each of four commands; then the jobs end, the quiet period passes, and one `reconcile` must leave nothing unsaid.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relflow.service.playing import deploy
from tests.acceptance.person import Ended
from tests.acceptance.site import AT_REST, Site
from tests.faults.mortals import KILLED, HastyTeam, Mortals

QUIET_S = 11 * 60.0
Words = tuple[object, ...]


@pytest.fixture
def people(site: Site, tmp_path: Path) -> Iterator[Mortals]:
    """A team with a policy in force, whose commands may die."""
    made = Mortals(HastyTeam(site, tmp_path).settled())
    yield made
    made.team.keeps_its_promises()


def begins(people: Mortals) -> tuple[str, Words]:
    """A release that dev waits for, and its first attempt."""
    version = people.team.approved()
    return version, ("deploy", version, "dev")


def tries_again(people: Mortals) -> tuple[str, Words]:
    """One whose first attempt failed; the second runs the job again."""
    version = people.team.approved()
    people.team.site.breaks(version, "dev")
    deploy(people.team.app("chris"), version, "dev")
    people.team.site.mends(version, "dev")
    return version, ("deploy", version, "dev")


def goes_back(people: Mortals) -> tuple[str, Words]:
    """One that ran in dev before what does now."""
    version = people.team.deployed()
    people.team.deployed()
    return version, ("rollback", "dev", "--to", version, "-m", "wrong totals", "--yes")


def stops(people: Mortals) -> tuple[str, Words]:
    """One whose job runs, and nobody watches it."""
    team, version = people.team, people.team.approved()
    team.site.holds(version, "dev")
    deploy(team.app("chris"), version, "dev", wait=False)
    team.site.job(version, "dev", "running")
    return version, ("hold", version, "-m", "wrong totals", "--cancel-job")


def looks(people: Mortals) -> tuple[str, Words]:
    """One whose job ended, and nobody has looked."""
    team, version = people.team, people.team.approved()
    deploy(team.app("chris"), version, "dev", wait=False)
    team.site.job(version, "dev", "success")
    return version, ("reconcile",)


def gives_up(people: Mortals) -> tuple[str, Words]:
    """One whose play was announced and never sent, and the quiet period is over."""
    version = people.team.approved()
    people.types("chris", "deploy", version, "dev", dies_at="before play").ends(KILLED)
    people.ahead_s += QUIET_S
    return version, ("reconcile", "--abandon", people.team.deployment(version).id, "-m", "its machine is gone")


def sends_anew(people: Mortals) -> tuple[str, Words]:
    """The same, and somebody decides that it is played after all."""
    version, words = gives_up(people)
    return version, ("reconcile", "--replay", words[2], "-m", "its machine is gone", "--yes")


LIVES: dict[str, Callable[[Mortals], tuple[str, Words]]] = {
    each.__name__: each for each in (begins, tries_again, goes_back, stops, looks, gives_up, sends_anew)
}


def comes_with_deploy(people: Mortals, version: str) -> None:
    """It deploys where that is the next step, and else says what is in the way."""
    release = people.team.release(version)
    ended = people.types("dana", "deploy", version, "dev")
    ready = release.state == "approved-dev" and release.open_deployment("dev") is None
    if ready:
        ended.ends(0).says(f"{version} is live in dev")
    elif people.team.release(version).open_deployment("dev"):
        ended.ends(1).says("(environment_free)", *(["relflow reconcile"] if release.state == "approved-dev" else []))
    elif ended.code == 0:  # what was open had failed, and that was recorded first
        ended.says(f"{version} is live in dev")
    else:
        ended.ends(1).says("(in_state)")


def comes_with_reconcile(people: Mortals, version: str) -> None:
    """0 where nothing is open any more and all went well, 6 for a canceled job, 5 with the way on for what is open."""
    open_before = people.team.open_deployments()
    # A job that goes on is not waited for.
    ended = people.types("dana", "reconcile", "--timeout", 1)
    _is_told(people, version, open_before, ended)


def _is_told(people: Mortals, version: str, open_before: list[tuple[str, str]], ended: Ended) -> None:
    if not open_before:
        ended.ends(0).says("no deployment is open")
    elif people.team.open_deployments():
        ended.ends(5).says("is still open", "relflow reconcile")
    else:
        outcome = people.team.deployment(version).outcome
        ended.ends(0 if outcome == "success" else 6).says(f"{version} to dev: {outcome}")


def comes_with_hold(people: Mortals, version: str) -> None:
    """It is held at once, whatever is open; or was already."""
    was = people.team.release(version).state
    ended = people.types("dana", "hold", version, "-m", "let me look")
    ended.ends(1 if was == "held" else 0).says(f"{version} is held" if was != "held" else "held already")
    assert people.team.release(version).state == "held"


def comes_with_status(people: Mortals, version: str) -> None:
    """It shows what is open as open, and what is live as live; it asks nobody, and changes nothing."""
    before = people.team.events(version)
    people.types("dana", "status").ends(0)
    shown = people.types("dana", "status", "--json").ends(0).json["environments"][0]
    flying = [(shown["in_flight"]["version"], "dev")] if shown["in_flight"] else []
    assert flying == people.team.open_deployments()
    assert people.team.events(version) == before


FOLLOWERS: dict[str, Callable[[Mortals, str], None]] = {
    each.__name__: each for each in (comes_with_deploy, comes_with_reconcile, comes_with_hold, comes_with_status)
}


def ends(people: Mortals, version: str) -> None:
    """The jobs end, the quiet period passes: one `reconcile` settles, or names the command that does."""
    site = people.team.site
    site.lets_go(version, "dev")
    site.sandbox.wait_for(lambda tables: all(job.status in AT_REST for job in tables.jobs))
    people.ahead_s += QUIET_S
    open_before = people.team.open_deployments()
    looked = people.types("rita", "reconcile")
    _is_told(people, version, open_before, looked)
    if people.team.open_deployments():
        number = people.team.deployment(version).id
        looked.says(f"relflow reconcile --abandon {number} -m REASON")
        people.types("dana", "reconcile", "--abandon", number, "-m", "its process is gone").ends(0)
    assert people.team.open_deployments() == []


def dies_and_is_followed(people: Mortals, life: str, follower: str, dies_at: int | str) -> bool:
    """One life and who comes after it; whether it died there."""
    team, site = people.team, people.team.site
    version, words = LIVES[life](people)
    plays, runs = site.plays(version, "dev"), site.runs(version, "dev")
    died = people.types("chris", *words, dies_at=dies_at).code
    FOLLOWERS[follower](people, version)
    ends(people, version)
    events = team.events(version)
    assert site.plays(version, "dev") <= min(plays + 1, events.count("play_requested"))
    assert site.runs(version, "dev") <= runs + 1
    if team.release(version).stands_in == "deployed-dev":
        assert site.job(version, "dev").status == "success"
    people.kept()
    return died == KILLED


@pytest.mark.slow
@pytest.mark.parametrize("follower", FOLLOWERS)
@pytest.mark.parametrize("life", LIVES)
def test_whoever_dies_anywhere(people: Mortals, life: str, follower: str) -> None:
    """At every step: exit code and words of the next are true, one run at most, no record lost, all of it closed."""
    for place in range(100):
        if not dies_and_is_followed(people, life, follower, place):
            assert place > 4, "it must have died often before it lived"
            return
    raise AssertionError("it never came to its end")


@pytest.mark.parametrize(
    ("dies_at", "follower"),
    [("before play", "comes_with_deploy"), ("after play", "comes_with_reconcile"), ("in T2", "comes_with_status")],
)
def test_whoever_dies_about_the_play(people: Mortals, dies_at: str, follower: str) -> None:
    """Announced and not sent; sent and not recorded; not even announced, as that was not committed."""
    assert dies_and_is_followed(people, "begins", follower, dies_at)
