"""Freezes and locks: who may, what is recorded, and what they keep away, also when they come in the last moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relflow.core.errors import GitLabError, UsageError
from relflow.core.freeze import RemoteFreeze
from relflow.service.app import Done, No
from relflow.service.explaining import why
from relflow.service.freezing import Frozen, Locked, add_freeze, end_freeze, lock, unlock
from relflow.service.playing import deploy, rollback
from tests.doubles.clock import START, SteppingClock
from tests.doubles.team import WORKFLOW, Team, assembled, done, memory_store
from tests.service.test_walk import gates

HOUR = timedelta(hours=1)
FROM, TO = START - HOUR, START + 8 * HOUR


@pytest.fixture
def ready(team: Team) -> Team:
    """1.4.0 is approved for dev by anna, and a job that runs succeeds at the first look."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once()
    return team


def frozen(team: Team, environment: str = "dev") -> Frozen:
    """Anna freezes it for the day."""
    result = add_freeze(team.app("anna"), environment, FROM, TO, "inventory")
    assert isinstance(result, Frozen)
    return result


def test_a_freeze_keeps_a_deployment_away(ready: Team) -> None:
    """Nothing is played, and the refusal is recorded; once it is ended early the deployment goes."""
    added = frozen(ready)
    assert [each.event.name for each in added.recorded] == ["freeze_added"]
    refused = deploy(ready.app("chris"), "1.4.0", "dev")
    assert gates(refused) == {"not_frozen"}
    assert not ready.gitlab.plays()
    ended = end_freeze(ready.app("ben"), added.freeze.id, "counted")
    assert isinstance(ended, Frozen)
    assert ended.freeze.ended_by is not None
    assert ended.freeze.ended_by.name == "ben"
    assert done(deploy(ready.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"


def test_a_freeze_of_another_environment(ready: Team) -> None:
    """Each is frozen for itself; by time alone, too."""
    frozen(ready, "prod")
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_who_may(ready: Team) -> None:
    """A freeze is a maintainer's word, a lock a developer's; the refusal is recorded."""
    refused = add_freeze(ready.app("chris"), "dev", FROM, TO, "inventory")
    assert isinstance(refused, No)
    assert {each.gate for each in refused.refusals} == {"may_act"}
    assert [each.event.name for each in refused.recorded] == ["command_refused"]
    assert isinstance(lock(ready.app("rita"), "dev", None, "no room"), No)
    assert isinstance(lock(ready.app("chris"), "dev", None, "no room"), Locked)


@pytest.mark.parametrize(
    ("begins_in", "ends_in", "said"),
    [
        (2, 1, "ends before it begins"),
        (1, 1, "ends before it begins"),
        (-2, -1, "is over already"),
        (1, 24 * 4_000, "no end to speak of"),
    ],
)
def test_a_freeze_that_makes_no_sense(ready: Team, begins_in: int, ends_in: int, said: str) -> None:
    """It is refused before anybody is asked, and nothing is recorded."""
    with pytest.raises(UsageError, match=said):
        add_freeze(ready.app("anna"), "dev", START + begins_in * HOUR, START + ends_in * HOUR, "inventory")


def test_what_there_is_not(ready: Team) -> None:
    """The nearest name, the freezes there are, and why what was ended cannot be ended."""
    with pytest.raises(UsageError, match="there is no environment dav"):
        add_freeze(ready.app("anna"), "dav", FROM, TO, "inventory")
    number = frozen(ready).freeze.id
    with pytest.raises(UsageError, match="there is no freeze 7") as caught:
        end_freeze(ready.app("anna"), 7, "x")
    assert caught.value.next_step == (f"relflow freeze end {number} -m REASON     dev: inventory",)
    end_freeze(ready.app("anna"), number, "counted")
    again = end_freeze(ready.app("anna"), number, "counted")
    assert isinstance(again, No)
    assert again.refusals[0].why == "anna ended freeze 1 already"
    frozen(ready)
    ready.clock.set(TO + HOUR)
    over = end_freeze(ready.app("anna"), 2, "late")
    assert isinstance(over, No)
    assert over.refusals[0].why == "freeze 2 is over"


def test_a_lock_and_its_end(ready: Team) -> None:
    """A second one is refused with the way out; unlocking what is not locked is final; by itself it ends in time."""
    assert isinstance(lock(ready.app("chris"), "dev", None, "no room"), Locked)
    second = lock(ready.app("dana"), "dev", None, "me too")
    assert isinstance(second, No)
    assert (second.refusals[0].gate, second.refusals[0].next) == ("not_locked", "relflow unlock dev -m REASON")
    assert gates(deploy(ready.app("chris"), "1.4.0", "dev")) == {"environment_free"}
    unlocked = unlock(ready.app("dana"), "dev", "room again")
    assert isinstance(unlocked, Locked)
    assert unlocked.lock.unlocked_by is not None
    again = unlock(ready.app("dana"), "dev", "room again")
    assert isinstance(again, No)
    assert again.refusals[0].final
    with pytest.raises(UsageError, match="over already"):
        lock(ready.app("chris"), "dev", START - HOUR, "no room")
    lock(ready.app("chris"), "dev", START + HOUR, "no room")
    ready.clock.set(START + HOUR)
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_gitlabs_own_freeze_is_read_when_playing(ready: Team) -> None:
    """Not when the pipeline was made: it came since, and it counts; a rollback does not even ask."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.gitlab.freezes.append(RemoteFreeze(id=8, begins_at=FROM, ends_at=TO, lines="by cron"))
    ready.approved(ready.tested("1.5.0").version)
    assert gates(deploy(ready.app("chris"), "1.5.0", "dev")) == {"not_frozen"}
    ready.gitlab.calls.clear()
    done(rollback(ready.app("chris"), "1.4.0", "dev", "damaged"))
    assert "freezes" not in {call.method for call in ready.gitlab.calls}


def test_gitlab_that_cannot_tell_stops_a_deployment_and_no_rollback(ready: Team) -> None:
    """Nobody guesses whether it is frozen; the way back needs no answer."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.approved(ready.tested("1.5.0").version)
    ready.gitlab.fail("freezes")
    with pytest.raises(GitLabError):
        deploy(ready.app("chris"), "1.5.0", "dev")
    ready.gitlab.fail("freezes")
    done(rollback(ready.app("chris"), "1.4.0", "dev", "damaged"))


def test_what_a_rollback_is_shown_is_recorded(ready: Team) -> None:
    """It goes in a freeze, and its record says that it did."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    frozen(ready)
    went = done(rollback(ready.app("chris"), "1.4.0", "dev", "damaged"))
    shown = next(each for each in went.recorded[0].event.gates if each.gate == "not_frozen")  # type: ignore[attr-defined]
    assert shown.holds
    assert shown.evidence in ready.heard.notes
    assert shown.evidence is not None
    assert shown.evidence.startswith("a rollback goes on although dev is frozen until")


@pytest.mark.parametrize("closes", ["lock", "freeze"])
def test_what_comes_between_the_request_and_the_play_stops_it(ready: Team, closes: str) -> None:
    """P4: nothing is sent, the deployment is abandoned with the reason, and the environment is free again."""

    def close() -> None:
        if closes == "lock":
            lock(ready.app("dana"), "dev", None, "no room")
        else:
            frozen(ready)

    ready.gitlab.before("job", close)
    result = deploy(ready.app("chris"), "1.4.0", "dev")
    assert isinstance(result, Done)
    assert result.trouble is not None
    assert result.trouble.kind == "conflict"
    assert result.trouble.why[0].startswith("nothing was played: dev is ")
    assert not ready.gitlab.plays()
    assert result.deployment is not None
    assert result.deployment.outcome == "abandoned"


def test_why_says_it_before_anybody_tries(ready: Team) -> None:
    """The same gates, with the time from which on the command helps."""
    frozen(ready)
    (verdict,) = why(ready.app("chris"), "1.4.0", "deploy", "dev").verdicts
    assert not verdict.allowed
    assert [each.earliest for each in verdict.gates if not each.holds] == [TO]


def test_i14_a_machine_whose_clock_is_wrong(ready: Team) -> None:
    """Its clock says that the freeze is over; GitLab's does not, and that is enough."""
    frozen(ready)
    ready.clock.set(TO + HOUR)
    ready.gitlab.answers_at = START
    assert "not_frozen" in gates(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.gitlab.answers_at = TO + HOUR
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


SOAKING = replace(WORKFLOW, environments=(WORKFLOW.environments[0], replace(WORKFLOW.environments[1], soak="24h")))


def test_a_soak() -> None:
    """From dev to prod after a day there; what ran there meanwhile interrupts it, and it counts anew."""
    clock = SteppingClock()
    team = assembled(memory_store(clock), clock, SOAKING)
    team.runs_at_once()
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev"))
    team.approved("1.4.0", "prod", ("anna", "ben"))
    arrived_at = clock.now()
    assert gates(deploy(team.app("chris"), "1.4.0", "prod")) == {"soaked"}

    clock.set(arrived_at + timedelta(hours=20))
    team.approved(team.tested("1.5.0").version)
    done(deploy(team.app("chris"), "1.5.0", "dev"))
    clock.set(arrived_at + timedelta(hours=30))
    refused = deploy(team.app("chris"), "1.4.0", "prod")
    assert isinstance(refused, No)
    assert refused.refusals[0].next == "relflow rollback dev --to 1.4.0 -m REASON"
    done(rollback(team.app("chris"), "1.4.0", "dev", "it shall soak"))
    assert gates(deploy(team.app("chris"), "1.4.0", "prod")) == {"soaked"}
    clock.set(clock.now() + timedelta(hours=24))
    done(deploy(team.app("chris"), "1.4.0", "prod"))
