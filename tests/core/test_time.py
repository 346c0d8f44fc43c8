"""Freezes, windows, soak and locks: what each gate says, by which clock, and what goes on nevertheless."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import ArmDeployment, DeployRelease, Request, RollbackRelease
from relflow.core.events import DeploymentSettled, PlayRequested
from relflow.core.facts import EnvironmentFacts, Live
from relflow.core.freeze import Freeze, Lock, RemoteFreeze
from relflow.core.gates.table import GATES
from relflow.core.judging import verdict
from relflow.core.policy_check.form import check_workflow
from relflow.core.verdict import GateResult
from relflow.core.workflow import Workflow, digest, policy, rules, workflow_of
from tests.core.examples import (
    ANNA,
    AT,
    BEN,
    CHRIS,
    COMMIT,
    OTHER,
    WORKFLOW,
    accepted,
    deployment,
    environment,
    job,
    ready,
    release,
    word,
)

HOUR = timedelta(hours=1)
#: AT is Monday, 10:00 in Berlin.
TIMED = environment("prod", soak="24h", window=("Mon-Thu 08:00-16:00", "Fri 08:00-12:00"), timezone="Europe/Berlin")
DEPLOY, ROLLBACK = DeployRelease("prod"), RollbackRelease("prod", "wrong")
APPROVED = release("approved-prod", approvals=(word(ANNA, "prod"), word(BEN, "prod")))
FREEZE = Freeze(
    id=3,
    environment="prod",
    begins_at=AT - HOUR,
    ends_at=AT + HOUR,
    reason="inventory",
    added_by=ANNA,
    added_at=AT - HOUR,
)
OURS = Live(version="1.4.0", revision=1, commit=COMMIT, since=AT - 25 * HOUR, by="user:anna", pipeline_id=7)
SOAKED = EnvironmentFacts(brought=OURS)
GITLABS = RemoteFreeze(id=8, begins_at=AT - HOUR, ends_at=AT + HOUR, lines="from 0 9 * * * to 0 11 * * *, UTC")


def said(name: str, command: Request = DEPLOY, workflow: Workflow = TIMED, **known: Any) -> GateResult:
    """What one gate says of 1.4.0 in approved-prod, with nothing else in its way."""
    facts = ready(**{"environment_before": SOAKED, **known})
    return GATES[name](Case(workflow, APPROVED, command, facts))


def frozen(*freezes: Freeze) -> EnvironmentFacts:
    """An environment with these freezes."""
    return EnvironmentFacts(freezes=freezes)


def test_a_freeze() -> None:
    """It says until when, whose it is and why, and that the same command helps then."""
    found = said("not_frozen", environment=frozen(FREEZE))
    assert found.why == "prod is frozen until Mon 2026-03-02 11:00 +0100: freeze 3 by anna: inventory"
    assert (found.holds, found.final) == (False, False)
    assert (found.next, found.earliest) == ("relflow deploy 1.4.0 prod", AT + HOUR)


@pytest.mark.parametrize(
    "freeze",
    [
        replace(FREEZE, begins_at=AT + timedelta(microseconds=1)),
        replace(FREEZE, ends_at=AT),
        replace(FREEZE, ended_by=BEN, ended_at=AT - HOUR / 2),
    ],
    ids=["to come", "just over", "ended early"],
)
def test_what_is_no_freeze_now(freeze: Freeze) -> None:
    """Its first instant is covered, its end is not, and whoever ended it ended it."""
    assert said("not_frozen", environment=frozen(freeze)).holds
    assert not said("not_frozen", environment=frozen(replace(FREEZE, begins_at=AT))).holds


def test_gitlabs_own_freeze() -> None:
    """It counts as relflow's own does, with its cron lines; where nobody asked GitLab, that is an open question."""
    found = said("not_frozen", gitlab_freezes=(GITLABS,))
    assert found.why == (
        "prod is frozen until Mon 2026-03-02 11:00 +0100: GitLab's freeze period 8: from 0 9 * * * to 0 11 * * *, UTC"
    )
    assert said("not_frozen", gitlab_freezes=None).holds is None
    assert said("not_frozen", environment=None).holds is None
    assert said("not_frozen", environment=frozen(FREEZE), gitlab_freezes=None).holds is False


def test_a_closed_window() -> None:
    """It says when the next one opens, in its own zone, and which windows there are."""
    found = said("in_window", at=AT + 6 * HOUR)
    assert found.why == (
        "prod is closed until Tue 2026-03-03 08:00 +0100: window = Mon-Thu 08:00-16:00, Fri 08:00-12:00, Europe/Berlin"
    )
    assert found.earliest == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    assert said("in_window").evidence == "window = Mon-Thu 08:00-16:00, Fri 08:00-12:00, Europe/Berlin"


def test_a_zone_that_this_machine_does_not_know() -> None:
    """A policy may come from a machine that has more zones: without them nothing opens."""
    workflow = environment("prod", window=("Mon 08:00-16:00",), timezone="Mars/Olympus")
    found = said("in_window", workflow=workflow)
    assert (found.holds, found.next) == (False, "pip install tzdata")


def test_a_soak_that_is_not_over() -> None:
    """It counts from when the release came to the environment before."""
    found = said("soaked", environment_before=EnvironmentFacts(brought=replace(OURS, since=AT - 23 * HOUR)))
    assert found.why == (
        "dev soak ends Mon 2026-03-02 11:00 +0100: 1.4.0 is live there since Sun 2026-03-01 11:00 +0100, soak = 24h"
    )
    assert (found.earliest, found.next) == (AT + HOUR, "relflow deploy 1.4.0 prod")
    assert said("soaked").evidence == "live in dev since Sun 2026-03-01 09:00 +0100, soak = 24h"


@pytest.mark.parametrize(
    ("there", "runs"),
    [
        (EnvironmentFacts(), "nothing"),
        (EnvironmentFacts(brought=replace(OURS, version="1.5.0", commit=OTHER)), "1.5.0"),
        (EnvironmentFacts(brought=OURS, foreign=replace(OURS, version=None, commit=OTHER)), f"commit {OTHER[:12]}"),
        (EnvironmentFacts(brought=replace(OURS, commit=OTHER)), "1.4.0"),
    ],
)
def test_an_interrupted_soak(there: EnvironmentFacts, runs: str) -> None:
    """Another version, a foreign run or another commit of its own: it has to come there again, and soaks anew."""
    found = said("soaked", environment_before=there)
    assert found.why == f"dev runs {runs}, not 1.4.0: soak = 24h without interruption"
    assert found.next == "relflow rollback dev --to 1.4.0 -m REASON"
    assert said("soaked", environment_before=None).holds is None


def test_a_repaired_environment_soaks_anew() -> None:
    """What runs there now was brought there last: its job ran again, so that it counts from then."""
    again = replace(OURS, since=AT - HOUR, kind="rollback")
    assert not said("soaked", environment_before=EnvironmentFacts(brought=again)).holds


@pytest.mark.parametrize("wrong", [timedelta(days=-400), -HOUR, HOUR, timedelta(days=400)])
def test_i14_a_freeze_covers_by_either_clock(wrong: timedelta) -> None:
    """A machine whose clock is wrong is frozen as GitLab is; and where GitLab's is wrong, as the machine is."""
    assert not said("not_frozen", environment=frozen(FREEZE), at=AT + wrong, gitlab_at=AT).holds
    assert not said("not_frozen", environment=frozen(FREEZE), at=AT, gitlab_at=AT + wrong).holds
    assert not said("not_frozen", environment=frozen(FREEZE), at=AT + wrong, asked_at=AT).holds


@pytest.mark.parametrize("wrong", [timedelta(days=-400), 8 * HOUR, timedelta(hours=-3)])
def test_i14_a_window_must_be_open_by_each_clock(wrong: timedelta) -> None:
    """Open by one, closed by the other: closed."""
    assert not said("in_window", at=AT + wrong, gitlab_at=AT).holds
    assert not said("in_window", at=AT, gitlab_at=AT + wrong).holds


def test_i14_a_soak_is_over_by_the_earlier_clock_from_the_later_start() -> None:
    """A clock that jumped ahead shortens none, and an end that GitLab saw later counts."""
    short = EnvironmentFacts(brought=replace(OURS, since=AT - HOUR))
    assert not said("soaked", environment_before=short, at=AT + 48 * HOUR, gitlab_at=AT).holds
    late = EnvironmentFacts(brought=replace(OURS, at_latest=AT - HOUR))
    assert not said("soaked", environment_before=late).holds


def test_the_earliest_joint_time() -> None:
    """Soak ends at night, the window opens in the morning, a freeze covers that: each names the time when all hold."""
    there = EnvironmentFacts(brought=replace(OURS, since=AT - 14 * HOUR))  # over on Monday at 19:00 UTC
    tuesday = replace(FREEZE, begins_at=AT + 20 * HOUR, ends_at=AT + 25 * HOUR)
    found = said("soaked", environment=frozen(FREEZE, tuesday), environment_before=there)
    assert found.earliest == AT + 25 * HOUR
    assert said("not_frozen", environment=frozen(FREEZE, tuesday), environment_before=there).earliest == AT + 25 * HOUR


def test_no_time_that_can_be_told() -> None:
    """Windows that freezes cover for ever: the gates say no, and promise nothing."""
    for_ever = replace(FREEZE, ends_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert said("not_frozen", environment=frozen(for_ever)).earliest is None


@pytest.mark.parametrize("name", ["not_frozen", "in_window"])
def test_a_rollback_is_shown_what_a_deployment_would_obey(name: str) -> None:
    """The way back from harm stays open; with `rollback_obeys_time` it is closed as the way there is."""
    known: dict[str, Any] = {"environment": frozen(FREEZE), "at": AT + 6 * HOUR, "asked_at": AT, "gitlab_freezes": None}
    shown = said(name, ROLLBACK, **known)
    assert shown.holds
    assert (shown.evidence or "").startswith("a rollback goes on although prod is ")
    assert said(name, ROLLBACK, replace(TIMED, rollback_obeys_time=True), **known).holds is False


def test_a_rollback_needs_no_soak() -> None:
    """What it goes back to has soaked before it came."""
    obeys = replace(TIMED, rollback_obeys_time=True)
    assert said("soaked", ROLLBACK, obeys, environment_before=EnvironmentFacts()).holds


LOCK = Lock(environment="prod", reason="the disk is full", locked_by=CHRIS, locked_at=AT - HOUR)


@pytest.mark.parametrize("command", [DEPLOY, ROLLBACK])
def test_a_lock_stops_both_ways(command: Request) -> None:
    """Who locked, why, until when; and anybody who may deploy may unlock."""
    found = said("environment_free", command, environment=EnvironmentFacts(lock=replace(LOCK, until=AT + HOUR)))
    assert found.why == "prod is locked by chris: the disk is full, until Mon 2026-03-02 11:00 +0100"
    assert (found.next, found.who) == ("relflow unlock prod -m REASON", ("anna", "ben", "chris", "dana"))
    assert found.earliest is None


def test_a_lock_beside_an_open_deployment() -> None:
    """Both are told; what runs is to be ended first."""
    there = EnvironmentFacts(lock=LOCK, open_deployment=deployment(), open_version="1.3.0")
    found = said("environment_free", environment=there)
    assert found.why == (
        "deployment 1 of 1.3.0 to dev by dana is open: armed; prod is locked by chris: the disk is full"
    )
    assert found.next == "relflow reconcile"


def test_a_lock_ends_by_every_clock() -> None:
    """Its time is over when no clock says otherwise."""
    over = EnvironmentFacts(lock=replace(LOCK, until=AT))
    assert said("environment_free", environment=over).holds
    assert not said("environment_free", environment=over, gitlab_at=AT - HOUR).holds


def test_the_policy_asks_for_what_it_says() -> None:
    """Windows and soak are asked of the environment that has them; freezes of every one, a rollback too."""
    asked = {(rule.trigger, rule.environment): set(rule.gates) for rule in rules(TIMED) if rule.gates}
    time = {"not_frozen", "in_window", "soaked"}
    assert asked["deploy", "prod"] & time == time
    assert asked["deploy", "dev"] & time == {"not_frozen"}
    assert asked["rollback", "prod"] & time == {"not_frozen", "in_window"}


def test_a_policy_without_time_is_recorded_as_ever() -> None:
    """Its digest is the one that older versions gave it; one with time comes back as it was."""
    assert "soak" not in str(policy(WORKFLOW))
    assert digest(WORKFLOW) == "28ad42bf4519c63056077adaf162b4943677f4e57b78e58914091bec089162d9"
    obeys = replace(TIMED, rollback_obeys_time=True)
    assert workflow_of(policy(obeys)) == obeys
    assert not check_workflow(obeys)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"soak": "24"}, "environment prod: soak '24': it has no unit"),
        ({"window": ("Mon 08:00-08:00",), "timezone": "UTC"}, "it ends when it begins, so that it never opens"),
        ({"window": ("Mon 08:00-16:00",)}, "environment prod: window needs its time zone"),
        ({"timezone": "Europe/Berln"}, "timezone 'Europe/Berln' is none that this machine knows; did you mean"),
    ],
)
def test_problems_of_a_policy(changes: dict[str, Any], problem: str) -> None:
    """They are found in a workflow from anywhere, not only in a file."""
    (found,) = check_workflow(environment("prod", **changes))
    assert problem in found


INTENDED = release(
    "approved-prod",
    approvals=APPROVED.approvals,
    deployments=(deployment("intended", environment="prod", job_name="deploy-prod", job_id=74),),
)
ARM = ArmDeployment("prod", 1, INTENDED.row_version)
OPEN = EnvironmentFacts(open_deployment=INTENDED.deployments[0], open_version="1.4.0")


def armed(**known: Any) -> DeploymentSettled | PlayRequested:
    """What arming says, with facts as they are read then."""
    facts = ready(**{"environment": OPEN, "environment_before": SOAKED, "job": job("deploy-prod", id=74), **known})
    (event,) = accepted(INTENDED, ARM, facts, TIMED)
    assert isinstance(event, DeploymentSettled | PlayRequested)
    return event


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"environment": replace(OPEN, lock=LOCK)}, "prod is locked by chris: the disk is full"),
        ({"environment": replace(OPEN, freezes=(FREEZE,))}, "prod is frozen until"),
        ({"gitlab_freezes": (GITLABS,)}, "prod is frozen until"),
        ({"at": AT + 6 * HOUR}, "prod is closed until"),
        ({"environment_before": EnvironmentFacts()}, "dev runs nothing"),
    ],
    ids=["lock", "freeze", "GitLab's freeze", "window", "soak"],
)
def test_what_closes_between_request_and_play_stops_the_play(known: dict[str, Any], why: str) -> None:
    """P4: the gates of time are asked again before the POST; nothing was played, and the environment is free."""
    event = armed(**known)
    assert isinstance(event, DeploymentSettled)
    assert event.outcome == "abandoned"
    assert (event.reason or "").startswith(f"nothing was played: {why}")
    assert isinstance(armed(), PlayRequested)


def test_a_verdict_shows_all_of_it() -> None:
    """All at once: frozen, closed, soaking, locked."""
    there = EnvironmentFacts(freezes=(FREEZE,), lock=LOCK)
    facts = ready(environment=there, environment_before=EnvironmentFacts(), at=AT + 12 * HOUR, asked_at=AT)
    unmet = {each.gate for each in verdict(TIMED, APPROVED, DEPLOY, facts).gates if not each.holds}
    assert {"not_frozen", "in_window", "soaked", "environment_free"} <= unmet
