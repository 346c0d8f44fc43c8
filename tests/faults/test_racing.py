"""Many processes at once on one database: nothing lost, nothing doubled, and losers are told what is true now."""

import json

import pytest

from relflow.service.app import Done
from relflow.service.holding import hold
from tests.acceptance.person import Ended, eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team


def race(team: Team, *lines: str) -> list[Ended]:
    """Start all of them at once, each `WHO WORDS …`, and wait for the last."""
    started = [team.person(line.split()[0]).starts(*line.split()[1:], "--json") for line in lines]
    # Together they take as long as one after another on one core.
    return [one.ended(10 * len(lines)).keeps_quiet_about("database is locked") for one in started]


def recorded(team: Team) -> dict[int, str]:
    """The log: the event of each number."""
    with team.kept.reading() as connection:
        return {row["seq"]: row["event"] for row in connection.execute("SELECT seq, event FROM audit")}


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


@pytest.mark.slow
def test_thirty_two_on_their_own_releases(site: Site, team: Team) -> None:
    """Nobody is in anybody's way but in the log's end: each is done, and each record stands where its command says."""
    new, waiting, odd = ([make() for _ in range(8)] for make in (team.version, team.tested, team.tested))
    held = [team.tested() for _ in range(8)]
    for version in held:
        assert isinstance(hold(team.app("anna"), version, "wait"), Done)
    before = len(recorded(team))
    lines = [f"chris create {version}" for version in new]
    lines += [f"dana approve {version} dev" for version in waiting]
    lines += [f"rita hold {version} -m odd" for version in odd]
    lines += [f"emil resume {version} -m fine" for version in held]
    ended = race(team, *lines)
    assert [each.code for each in ended] == [0] * 32
    assert {
        state: [team.release(each).state for each in versions]
        for state, versions in (("draft", new), ("approved-dev", waiting), ("held", odd), ("tested", held))
    } == {state: [state] * 8 for state in ("draft", "approved-dev", "held", "tested")}
    log = recorded(team)
    assert told(ended).items() == {seq: event for seq, event in log.items() if seq > before}.items()


@pytest.mark.slow
def test_thirty_two_hands_on_one_release(site: Site, team: Team) -> None:
    """At most one play; who was too late is told what holds now, and all that was told stands in the log."""
    version, new = team.approved(), team.version()
    lines = [f"{who} deploy {version} dev" for who in ("chris", "dana", "emil", "anna") for _ in range(3)]
    lines += [f"{who} create {new}" for who in ("chris", "dana", "emil", "anna")]
    lines += [f"{who} approve {version} dev" for who in ("ben", "ben", "emil", "emil")]
    lines += [f"{who} hold {version} -m wait" for who in ("rita", "anna")]
    lines += [f"{who} resume {version} -m go" for who in ("emil", "anna")]
    lines += [f"{who} reconcile --timeout 1" for who in ("dana", "rita", "ben", "emil")]
    lines += [f"{who} amend {version} --ref v{version} -m same" for who in ("chris", "dana")]
    lines += ["chris test 0.0.1", "anna rollback dev -m back --yes"]
    ended = race(team, *lines)
    assert len(ended) == 32
    assert told(ended).items() <= recorded(team).items()
    for each in ended:
        assert each.code in {0, 1, 2, 3, 5}, each
        if each.code:
            error = each.json["error"]
            assert error["what"], each
            assert error["why"] or error["next"], each
    second = [each for each in ended if each.words[0] == "create" and each.code]
    [first] = [each for each in ended if each.words[0] == "create" and not each.code]
    assert len(second) == 3
    who = first.json["release"]["created_by"].removeprefix("user:")
    for each in second:
        each.ends(1).says(f"{new} exists already, by {who}, in draft")
    team.person("anna").types("reconcile").says("no deployment is open")
    outcomes = [each.outcome for each in team.release(version).deployments]
    assert outcomes.count("success") == site.plays(version, "dev") == site.runs(version, "dev") <= 1
    assert team.release(version).stands_in == ("deployed-dev" if "success" in outcomes else "approved-dev")
