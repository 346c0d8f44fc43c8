"""A policy is explored before it can hurt: each planted defect is found, with the shortest story that breaks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relflow.core.freeze import Freeze
from relflow.core.people import Level, Member
from relflow.core.policy_check.cast import gathered, supposed
from relflow.core.policy_check.proving import prove
from relflow.core.policy_check.stage_checks import Ways, check_stages
from relflow.core.policy_check.stages import Situation
from relflow.core.policy_check.story import Counterexample, Step
from relflow.core.policy_check.supposing import World
from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow
from tests.core.examples import ANNA

PLAIN = Workflow(
    "group/data-provider",
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "production", 1, Approvers("maintainer")),
    ),
)
#: The way to where prod's approvals are waited for, all by whoever is nearest.
TO_DEV = "create (developer 1) -> test (developer 1) -> approve dev (developer 2) -> deploy dev (developer 1)"
NOBODY = "and nobody else may approve"
APART = "anna approved 1.0.0, and who approves may not deploy to prod"
UNTICKED = "1 of 1 point is not ticked: notes, they are written"
BY_ANNA = "create (anna) -> test (anna) -> approve dev (developer 1) -> deploy dev (anna)"


def prod(**changes: Any) -> Workflow:
    """The plain policy with another rule for prod."""
    dev, last = PLAIN.environments
    return replace(PLAIN, environments=(dev, replace(last, **changes)))


def dev(**changes: Any) -> Workflow:
    """The plain policy with another rule for dev."""
    first, last = PLAIN.environments
    return replace(PLAIN, environments=(replace(first, **changes), last))


def only(*users: str) -> Approvers:
    """Nobody but these."""
    return Approvers(None, users)


def told(found: Counterexample) -> str:
    """The story in one line, as in `create (anna) -> test (anna)`: what each step is, and by whom."""
    return " -> ".join(
        step.command.removeprefix("relflow ").replace(" 1.0.0", "").removesuffix(" -m REASON")
        + (f" ({step.by})" if step.by else "")
        for step in found.story
    )


DEFECTS: list[tuple[str, Workflow, str, str, str]] = [
    (
        "fewer are named than are asked for",
        prod(approvals=2, approvers=only("anna")),
        "error out-of-reach",
        f"environment prod: no release gets there: 1 of 2 approvals given, {NOBODY}: anna (quorum_met)",
        f"{TO_DEV} -> approve prod (anna) -> deploy prod (developer 1)",
    ),
    (
        "nobody is named",
        dev(approvers=only()),
        "error out-of-reach",
        "environment dev: no release gets there: 0 of 1 approvals given, and nobody else may approve (quorum_met)",
        "create (developer 1) -> test (developer 1) -> deploy dev (developer 1)",
    ),
    (
        "whoever creates it is one of too few",
        prod(approvals=2, approvers=only("anna", "ben")),
        "warning out-of-reach",
        (
            "environment prod: no release that anna or ben creates gets there: 1 of 2 approvals given, "
            f"{NOBODY}: ben; not anna, who created it (quorum_met)"
        ),
        f"{BY_ANNA} -> approve prod (ben) -> deploy prod (anna)",
    ),
    (
        "the only approver creates it",
        prod(approvers=only("anna")),
        "warning out-of-reach",
        (
            f"environment prod: no release that anna creates gets there: 0 of 1 approvals given, {NOBODY}: "
            "not anna, who created it (quorum_met)"
        ),
        f"{BY_ANNA} -> deploy prod (anna)",
    ),
    (
        "whoever wrote it is one of too few",
        prod(approvals=2, approvers=only("anna", "ben"), four_eyes=("author",)),
        "warning out-of-reach",
        (
            "environment prod: no release that anna or ben wrote gets there: 1 of 2 approvals given: ben; possibly "
            "anna: whoever wrote any of it may not, and only they can tell (quorum_met)"
        ),
        f"{TO_DEV} -> approve prod (ben) -> deploy prod (developer 1)",
    ),
    (
        "creator and author are two of too few",
        prod(approvals=2, approvers=only("anna", "ben", "carl"), four_eyes=("creator", "author")),
        "warning out-of-reach",
        (
            "environment prod: no release that anna creates and ben or carl wrote gets there: 1 of 2 approvals given: "
            "carl; not anna, who created it; possibly ben: whoever wrote any of it may not, and only they can tell "
            "(quorum_met)"
        ),
        f"{BY_ANNA} -> approve prod (carl) -> deploy prod (anna)",
    ),
    (
        "nobody ticks a point",
        replace(PLAIN, checklist=(Point("notes", "they are written"), Point("load", "it was looked at", only()))),
        "error untested",
        "point load: no release is ever tested: 1 of 2 points is not ticked: load, it was looked at (checklist_ticked)",
        "create (developer 1) -> tick notes (developer 1) -> test (developer 1)",
    ),
    (
        "nobody waives",
        prod(waivable=(Waivable("ref_unmoved", only()),)),
        "error waiver-nobody",
        (
            "environment prod: waivable has ref_unmoved, and nobody may waive it: developer 1 may not waive "
            "ref_unmoved for prod: that needs a policy that lets somebody (may_waive)"
        ),
        f"{TO_DEV} -> waive prod ref_unmoved (developer 1)",
    ),
    (
        "what is waived is not asked",
        prod(waivable=(Waivable("in_window", Approvers()),)),
        "warning waiver-idle",
        "environment prod: waivable has in_window, which is not asked there",
        "",
    ),
    (
        "nothing soaks where it begins",
        dev(waivable=(Waivable("soaked", Approvers()),)),
        "warning waiver-idle",
        "environment dev: waivable has soaked, which is not asked there",
        "",
    ),
    (
        "a pattern takes in deploy jobs",
        replace(PLAIN, required_jobs=("build", "deploy-*")),
        "warning pattern-too-wide",
        "jobs: deploy-* fits deploy-dev and deploy-prod too, which cannot pass before it is played",
        "",
    ),
    (
        "one person is enough",
        replace(PLAIN, environments=tuple(replace(each, four_eyes=()) for each in PLAIN.environments)),
        "note one-alone",
        "environment prod: one person alone can bring there what they wrote",
        (
            "create (maintainer 1) -> test (maintainer 1) -> approve dev (maintainer 1) -> deploy dev (maintainer 1) "
            "-> approve prod (maintainer 1) -> deploy prod (maintainer 1)"
        ),
    ),
]


@pytest.mark.parametrize(
    ("workflow", "name", "what", "story"), [each[1:] for each in DEFECTS], ids=[each[0] for each in DEFECTS]
)
def test_a_defect_of_a_policy(workflow: Workflow, name: str, what: str, story: str) -> None:
    """It is found and nothing else, with the story that breaks it; the policy without it has none."""
    [found] = prove(workflow)
    assert (f"{found.finding.severity} {found.finding.name}", found.finding.what, told(found)) == (name, what, story)
    assert found.finding.consequence
    assert found.finding.fix


def test_a_sound_policy_has_no_story() -> None:
    """A finding that is there every day is soon overlooked."""
    assert prove(PLAIN) == ()
    assert prove(prod(approvals=3, four_eyes=("creator", "author", "deployer"), soak="24h")) == ()


def test_a_large_quorum_is_none_that_hides_something() -> None:
    """People of a level are never missing, however many are asked for; people who are named are."""
    assert prove(prod(approvals=100)) == ()
    [found] = prove(prod(approvals=7, approvers=only(*"abcdef")))
    assert "6 of 7 approvals given" in found.finding.what


def test_each_environment_is_told() -> None:
    """A release that cannot come to an environment is supposed to be there, so that the next one is explored, too."""
    broken = replace(PLAIN, environments=tuple(replace(each, approvers=only()) for each in PLAIN.environments))
    first, second = prove(broken)
    assert told(first) == "create (developer 1) -> test (developer 1) -> deploy dev (developer 1)"
    suppose = "suppose that it gets there all the same"
    assert told(second) == f"create (developer 1) -> test (developer 1) -> {suppose} -> deploy prod (developer 1)"


def team(**levels: Level) -> tuple[Member, ...]:
    """Members by name."""
    return tuple(Member(name, number, level) for number, (name, level) in enumerate(levels.items(), start=11))


MEMBERS: list[tuple[str, Workflow, tuple[Member, ...], str, str]] = [
    (
        "nobody may create",
        PLAIN,
        team(rita=Level.REPORTER),
        "nobody may create a release: that needs Developer access",
        "",
    ),
    (
        "the one maintainer creates it",
        PLAIN,
        team(anna=Level.MAINTAINER, ben=Level.DEVELOPER),
        (
            f"environment prod: no release that anna creates gets there: 0 of 1 approvals given, {NOBODY}: "
            "not anna, who created it (quorum_met)"
        ),
        "create (anna) -> test (anna) -> approve dev (ben) -> deploy dev (anna) -> deploy prod (anna)",
    ),
    (
        "everybody who may deploy has to approve",
        prod(approvals=2, approvers=Approvers("developer"), four_eyes=("deployer",)),
        team(anna=Level.DEVELOPER, ben=Level.DEVELOPER),
        f"environment prod: no release gets there: {APART} (four_eyes)",
        (
            "create (anna) -> test (anna) -> approve dev (ben) -> deploy dev (anna) -> approve prod (anna) -> "
            "approve prod (ben) -> deploy prod (anna)"
        ),
    ),
    (
        "nobody is left to sign off",
        replace(PLAIN, environments=(replace(PLAIN.environments[0], break_glass=True, four_eyes=("author",)),)),
        team(anna=Level.MAINTAINER, rita=Level.REPORTER, rolf=Level.REPORTER),
        "environment dev: break_glass leaves a debt that nobody but anna could sign off",
        "create (anna) -> test (anna) -> deploy dev --break-glass (anna) -> signoff 1",
    ),
    (
        "nobody is left to break the glass",
        prod(approvers=Approvers("developer"), break_glass=True),
        team(anna=Level.DEVELOPER, ben=Level.DEVELOPER),
        "environment prod: break_glass is true, and nobody may break it: that needs Maintainer access",
        "create (anna) -> test (anna)",
    ),
    (
        "none of them ticks",
        replace(PLAIN, checklist=(Point("notes", "they are written", only("zoe")),)),
        team(anna=Level.MAINTAINER, ben=Level.MAINTAINER),
        f"point notes: no release is ever tested: {UNTICKED} (checklist_ticked)",
        "create (anna) -> test (anna)",
    ),
]


@pytest.mark.parametrize(
    ("workflow", "members", "what", "story"), [each[1:] for each in MEMBERS], ids=[each[0] for each in MEMBERS]
)
def test_a_defect_that_its_members_make(workflow: Workflow, members: tuple[Member, ...], what: str, story: str) -> None:
    """Whether people are enough is told with the members that there are."""
    assert (what, story) in [(each.finding.what, told(each)) for each in prove(workflow, members)]


def test_of_many_who_are_alike_enough_are_looked_at() -> None:
    """A project of forty people is explored as one of a few, and what is found is the same."""
    many = tuple(Member(f"dev-{number}", number, Level.DEVELOPER) for number in range(100, 140))
    two = team(anna=Level.MAINTAINER, ben=Level.MAINTAINER)
    assert prove(PLAIN, (*many, *two)) == ()
    assert len(gathered(PLAIN, (*many, *two))) == 5
    [found] = prove(prod(approvals=2), (*many, *two))
    assert "no release that anna or ben creates gets there" in found.finding.what


def test_who_may_waive_is_not_asked_where_nobody_creates() -> None:
    """There is no release that a waiver could be of."""
    waivable = (Waivable("ref_unmoved", only("zoe")),)
    assert [each.finding.name for each in prove(prod(waivable=waivable), team(rita=Level.REPORTER))] == [
        "nobody-creates"
    ]


def test_a_situation_that_leads_nowhere() -> None:
    """Where one way leads to the end, another may still lead into a trap; relflow's own rules have none."""
    ways = Ways(World(PLAIN, supposed(PLAIN)))
    assert not list(check_stages(ways, knows_members=False))
    by, place = ways.creators()[0], PLAIN.environments[0]
    stage = ways.stage(place, by, None)
    begin = next(iter(stage.ways.came))
    lost = Situation(("lost",), replace(begin.release, state="held"))
    stage.ways.came[lost] = (begin, Step("relflow lose 1.0.0", "ben", "held"))
    [found] = check_stages(ways, knows_members=False)
    assert (found.finding.name, found.finding.what) == ("trap", "environment dev: nothing leads on from held")
    assert told(found) == "create (developer 1) -> test (developer 1) -> lose (ben)"


def test_environments_that_are_ruled_alike() -> None:
    """They are explored once, whatever they are called; what is wrong with each is told of each, with a way to it."""
    first, last = PLAIN.environments
    ways = Ways(World(PLAIN, supposed(PLAIN)))
    by, changes = ways.creators()[0], ({"approvals": 2}, {"approvers": only()}, {"four_eyes": ("creator", "deployer")})
    stages = [ways.stage(each, by, None) for each in (first, *(replace(first, **each) for each in changes), last)]
    assert len(set(map(id, stages))) == len(stages)
    assert ways.stage(replace(last, approvers=first.approvers), by, None) is stages[0]
    lone = replace(PLAIN, environments=tuple(replace(each, approvers=only()) for each in PLAIN.environments))
    ends = [(each.finding.what.partition(":")[0], each.story[-1].command) for each in prove(lone)]
    assert ends == [(f"environment {name}", f"relflow deploy 1.0.0 {name}") for name in ("dev", "prod")]


def test_whoever_alone_may_approve_writes_it() -> None:
    """Where the members are one more than that, whoever creates it; where they are not, it is their own release."""
    people = team(ben=Level.DEVELOPER, anna=Level.MAINTAINER)
    [found] = prove(prod(four_eyes=("author",)), people)
    assert found.finding.what.startswith("environment prod: no release that anna wrote gets there: ")
    by_word = replace(PLAIN, environments=(replace(PLAIN.environments[0], four_eyes=("author",)),))
    [found] = prove(by_word, people[1:])
    assert found.finding.what.startswith("environment dev: no release that anna creates and anna wrote gets there: ")


NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIMED = prod(soak="24h", window=("Tue-Thu 08:00-16:00",), timezone="Europe/Berlin")


def freeze(days: int, begins_at: datetime = NOW) -> Freeze:
    """Anna froze prod for so many days."""
    ends_at = begins_at + timedelta(days=days)
    known: dict[str, Any] = {"reason": "inventory", "added_by": ANNA, "added_at": NOW}
    return Freeze(id=3, environment="prod", begins_at=begins_at, ends_at=ends_at, **known)


def test_windows_and_soak_open_together() -> None:
    """A release that waits for both is let in at the time that the gates name."""
    assert prove(TIMED) == ()
    assert prove(TIMED, freezes=(freeze(300),), at=NOW) == ()


def test_a_freeze_that_is_to_come_closes_nothing_yet() -> None:
    """It is over before long, and until it begins the environment is open."""
    assert prove(PLAIN, freezes=(freeze(5, NOW + timedelta(days=10)),), at=NOW) == ()


def test_a_soak_and_a_window_that_meet_in_more_than_a_year() -> None:
    """Each of them alone can be waited for."""
    assert prove(prod(soak="366d")) == ()
    [found] = prove(prod(soak="366d", window=("Tue 08:00-09:00",), timezone="UTC"))
    assert (found.finding.name, found.finding.severity) == ("never-open", "error")
    assert found.finding.fix == "let window, soak or both be shorter or more often"
    assert told(found) == f"{TO_DEV} -> approve prod (maintainer 1) -> deploy prod (developer 1)"


def test_a_freeze_without_an_end() -> None:
    """One that lasts for more than a year is none that somebody meant."""
    [found] = prove(TIMED, freezes=(freeze(400),), at=NOW)
    assert found.finding.name == "never-open"
    assert "prod is frozen until Tue 2027-04-06" in found.finding.what
    assert found.finding.fix == "relflow freeze end 3 -m REASON"
    assert told(found) == f"{TO_DEV} -> approve prod (maintainer 1) -> deploy prod (developer 1)"


def test_freezes_that_close_every_window() -> None:
    """Each freeze ends before long, and a window opens every week; both together leave no time."""
    tuesdays = tuple(freeze(5, NOW + timedelta(days=7 * week)) for week in range(60))
    [found] = prove(prod(window=("Tue 08:00-16:00",), timezone="UTC"), freezes=tuesdays, at=NOW)
    assert found.finding.name == "never-open"
    assert prove(prod(window=("Sun 08:00-16:00",), timezone="UTC"), freezes=tuesdays, at=NOW) == ()
