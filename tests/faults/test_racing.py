"""Eight processes at once on one database: nothing lost, nothing doubled, and losers are told what is true now."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.person import Ended, eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team


def race(team: Team, *lines: str) -> list[Ended]:
    """Start all of them at once, each `WHO WORDS …`, and wait for the last."""
    started = [team.person(line.split()[0]).starts(*line.split()[1:], "--json") for line in lines]
    return [one.ended().keeps_quiet_about("database is locked") for one in started]


def recorded(team: Team) -> dict[int, str]:
    """The log: the event of each number."""
    with closing(sqlite3.connect(team.database)) as connection:
        return dict(connection.execute("SELECT seq, event FROM audit"))


def told(ended: list[Ended]) -> dict[int, str]:
    """What the commands said they recorded. No two of them name the same record."""
    events = [event for each in ended for event in json.loads(each.out).get("events", ())]
    found = {event["seq"]: event["event"] for event in events}
    assert len(found) == len(events)
    return found


@pytest.mark.slow
def test_eight_people_at_once(site: Site, team: Team) -> None:
    """Of two that do the same, one does it; all that is told as done stands in the log."""
    new, wanted = team.version(), team.tested()
    ready, odd = team.approved(), team.tested()
    ended = race(
        team,
        f"chris create {new}",
        f"dana create {new}",
        f"dana approve {wanted} dev",
        f"emil approve {wanted} dev",
        f"chris deploy {ready} dev",
        f"emil deploy {ready} dev",
        f"anna hold {odd} -m odd",
        f"rita hold {odd} -m odd",
    )
    created, approved, deployed, held = (ended[place : place + 2] for place in (0, 2, 4, 6))
    assert [each.code for each in approved] == [0, 0]
    for pair, codes, words in (
        (created, {1}, "version_is_new"),
        (deployed, {1, 3}, f"{ready}"),
        (held, {1}, "held already"),
    ):
        [winner, loser] = sorted(pair, key=lambda each: each.code)
        winner.ends(0)
        assert loser.code in codes, loser
        loser.says(words)
    assert told(ended).items() <= recorded(team).items()
    states = {version: team.release(version).state for version in (new, wanted, ready, odd)}
    assert states == {new: "draft", wanted: "approved-dev", ready: "deployed-dev", odd: "held"}
    assert (site.plays(ready, "dev"), site.runs(ready, "dev"), team.open_deployments()) == (1, 1, [])


@pytest.mark.parametrize("rounds", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_eight_hands_on_one_release(site: Site, team: Team, rounds: int) -> None:
    """Deploying, approving, holding and reconciling the same release at once: at most one play, and one truth."""
    for _ in range(rounds):
        version = team.approved()
        ended = race(
            team,
            f"chris deploy {version} dev",
            f"dana deploy {version} dev",
            f"emil deploy {version} dev",
            f"anna deploy {version} dev",
            f"ben approve {version} dev",
            f"rita hold {version} -m wait",
            f"emil resume {version} -m go",
            "dana reconcile",
        )
        assert {each.code for each in ended} <= {0, 1, 3, 5}
        assert told(ended).items() <= recorded(team).items()
        team.person("anna").types("reconcile").says("no deployment is open")
        outcomes = [each.outcome for each in team.release(version).deployments]
        assert outcomes.count("success") == site.plays(version, "dev") == site.runs(version, "dev") <= 1
        stands = team.release(version).stands_in
        assert stands == ("deployed-dev" if "success" in outcomes else "approved-dev")


@pytest.mark.slow
def test_eight_replays_at_once(site: Site, team: Team) -> None:
    """What a dead process left before its play: one of them plays it, once, and the others are told."""
    version = team.approved()
    site.goes_wrong("jobs/*", kind="delay", seconds=60, effect=False)
    deploying = team.person("chris").starts("deploy", version, "dev")
    eventually(lambda: "deployment_requested" in team.events(version))
    deploying.killed()
    site.is_up()
    number = team.deployment(version).id
    people = ("anna", "ben", "chris", "dana") * 2
    ended = race(team, *(f"{who} reconcile --replay {number} -m lost --yes" for who in people))
    assert sorted(each.code for each in ended) == [0] + [1] * 7
    assert (site.plays(version, "dev"), site.runs(version, "dev")) == (1, 1)
    for event in ("deployment_taken_over", "play_requested", "deployment_settled"):
        assert team.events(version).count(event) == 1
    assert team.release(version).state == "deployed-dev"
