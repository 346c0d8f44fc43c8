"""A transition table that could hurt: each planted defect is found by its name, with the shortest way to it."""

from collections.abc import Callable

import pytest

from relflow.core.policy_check.story import Counterexample
from relflow.core.policy_check.table import check_table
from relflow.core.workflow import Rule, rules, states
from tests.core.examples import WORKFLOW

Plant = Callable[[tuple[Rule, ...]], tuple[Rule, ...]]


def without(trigger: str, source: str | None = None, target: str | None = None) -> Plant:
    """The table without the rows of a trigger, from a state, to a state."""

    def drop(rule: Rule) -> bool:
        return (
            rule.trigger == trigger
            and rule.source in {source or rule.source}
            and rule.target in {target or rule.target}
        )

    return lambda table: tuple(rule for rule in table if not drop(rule))


def plus(*more: Rule) -> Plant:
    """The table with more rows."""
    return lambda table: (*table, *more)


TO_TESTED = "create -> test: tested"
TO_APPROVED = "create -> test -> approve dev: approved-dev"
TO_DEPLOYED = "create -> test -> approve dev -> deploy dev: deployed-dev"
#: Name, plant, what is told, and how one comes there.
DEFECTS: list[tuple[str, Plant, str, str]] = [
    (
        "state-unknown",
        plus(Rule("sign", None, "tested", "certified")),
        "unknown state certified",
        "create -> test -> sign: certified",
    ),
    ("state-unknown", plus(*[Rule("sign", None, "certified", "tested")] * 2), "unknown state certified", ""),
    (
        "gate-unknown",
        plus(Rule("sign", "prod", "approved-prod", "approved-prod", ("quorum_mett",))),
        "unknown gate quorum_mett",
        "create -> test -> approve dev -> deploy dev -> approve prod -> sign prod: approved-prod",
    ),
    (
        "guard-unknown",
        plus(Rule("sign", None, "held", "held", (), "sometimes")),
        "unknown guard sometimes",
        "create -> hold -> sign: held",
    ),
    (
        "two-ways",
        plus(Rule("test", None, "draft", "approved-dev")),
        "test leads 2 ways from draft",
        "create -> test: tested or approved-dev",
    ),
    (
        "two-ways",
        plus(Rule("deploy", "dev", "approved-dev", "draft", (), "job_succeeded")),
        "deploy dev leads 3 ways from approved-dev",
        "create -> test -> approve dev -> deploy dev: approved-dev, deployed-dev or draft",
    ),
    (
        "two-ways",
        plus(Rule("deploy", "dev", "approved-dev", "draft")),
        "deploy dev leads 3 ways from approved-dev",
        "create -> test -> approve dev -> deploy dev: approved-dev, deployed-dev or draft",
    ),
    ("state-unreached", without("test"), "state tested is never reached", ""),
    ("state-unreached", without("approve", "tested", "approved-dev"), "state approved-dev is never reached", ""),
    (
        "state-stuck",
        without("deploy", "approved-dev", "deployed-dev"),
        "no way leads from approved-dev to deployed-prod",
        TO_APPROVED,
    ),
    ("state-stuck", without("approve", "deployed-dev"), "no way leads from deployed-dev to deployed-prod", TO_DEPLOYED),
    ("state-stuck", without("resume"), "no way leads from held to deployed-prod", "create -> hold: held"),
    (
        "way-around",
        plus(Rule("skip", None, "draft", "approved-dev")),
        "a way to deployed-prod misses tested",
        "create -> skip -> deploy dev -> approve prod -> deploy prod: deployed-prod",
    ),
    (
        "way-around",
        plus(Rule("skip", None, "deployed-dev", "deployed-prod")),
        "a way to deployed-prod misses approved-prod",
        "create -> test -> approve dev -> deploy dev -> skip: deployed-prod",
    ),
    (
        "way-around",
        plus(Rule("skip", None, "approved-dev", "approved-prod")),
        "a way to deployed-prod misses deployed-dev",
        "create -> test -> approve dev -> skip -> deploy prod: deployed-prod",
    ),
    (
        "way-around",
        plus(Rule("let go", None, "held", "deployed-prod")),
        "a way to deployed-prod misses tested",
        "create -> hold -> let go: deployed-prod",
    ),
]


def told(found: Counterexample) -> str:
    """The story in one line; where it ends stands behind the colon."""
    ends = f": {found.story[-1].then}" if found.story else ""
    return " -> ".join(step.command for step in found.story) + ends


def amendless() -> tuple[Rule, ...]:
    """The table without amend, which leads out of every dead end and hides none of the others."""
    return tuple(rule for rule in rules(WORKFLOW) if rule.trigger != "amend")


@pytest.mark.parametrize(("name", "plant", "what", "story"), DEFECTS, ids=[each[2] for each in DEFECTS])
def test_a_defect_in_the_table(name: str, plant: Plant, what: str, story: str) -> None:
    """It is found by its name, and so is the shortest way to it; the table without it has none."""
    assert check_table(states(WORKFLOW), amendless(), "deployed-prod") == ()
    found = check_table(states(WORKFLOW), plant(amendless()), "deployed-prod")
    assert (name, what, story) in [(each.finding.name, each.finding.what, told(each)) for each in found]
    assert all(each.finding.severity == "error" and each.finding.consequence and each.finding.fix for each in found)


def test_who_breaks_the_glass_goes_around() -> None:
    """That is no way around: it leaves a debt, and its row says by its guard that it is one."""
    around = Rule("deploy", "prod", "tested", "deployed-prod", (), "glass_broken")
    assert check_table(states(WORKFLOW), (*amendless(), around), "deployed-prod") == ()
