"""Policies that can be adopted, and the people of their projects."""

import string
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from relflow.core.people import Actor, Level, Member, itself, user
from relflow.core.policy_check.form import APPROVING
from relflow.core.waiving import WAIVABLE
from relflow.core.workflow import (
    Approvers,
    Environment,
    Point,
    Waivable,
    Workflow,
    approval_rule,
)
from tests.properties.scene import CAST
from tests.strategies.words import NAMES, POINTS, one_of

_NAME = st.builds(
    str.__add__,
    st.sampled_from(string.ascii_lowercase),
    st.text(string.ascii_lowercase + string.digits + "-", max_size=6),
)
_REQUIRED = st.sampled_from([None, None, (), ("test",), ("build", "t*")])


@cache
def _names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(_NAME, min_size=least, max_size=most, unique=True)


@st.composite
def workflows(draw: st.DrawFn, least: int = 1, most: int = 4, *, timed_too: bool = False) -> Workflow:
    """Policies that can be adopted; with `timed_too` some have windows and soaks, perhaps in no zone there is."""
    names = draw(_names(least, most))
    required = draw(_REQUIRED)
    plain = Workflow(
        "group/data-provider", tuple(_environment(draw, each, timed_too=timed_too) for each in names), required
    )
    return replace(plain, **draw(_REQUIREMENTS)) if draw(st.booleans()) else plain


_POINT = st.builds(
    Point,
    st.sampled_from(POINTS),
    st.just("it is looked at"),
    st.builds(Approvers, st.sampled_from(APPROVING), st.lists(st.sampled_from(NAMES), max_size=1).map(tuple)),
)
_ASKED: dict[str, st.SearchStrategy[Any]] = {
    "coverage_at_least": st.none() | st.integers(0, 85),
    "tests_at_least": st.none() | st.integers(1, 412),
    "no_failed_tests": st.booleans(),
    "ref_protected": st.booleans(),
    "checklist": st.lists(_POINT, max_size=2, unique_by=lambda each: each.name).map(tuple),
}
#: What a policy asks besides, all of which the pipelines of a scene can meet.
_REQUIREMENTS = st.fixed_dictionaries({}, optional=_ASKED)


@st.composite
def later_policies(draw: st.DrawFn, workflow: Workflow) -> Workflow:
    """The policy with an environment dropped or renamed, and any number of approvals; at least one is left."""
    kept = list(workflow.environments)
    gone = one_of(draw, kept)
    if len(kept) > 1 and draw(st.booleans()):
        kept.remove(gone)
    else:
        kept[kept.index(gone)] = replace(gone, name=f"new-{gone.name}")
    return replace(workflow, environments=tuple(replace(each, approvals=draw(st.integers(1, 3))) for each in kept))


_CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"approvals": st.integers(1, 4)}),
    st.fixed_dictionaries({"four_eyes": st.sampled_from([(), ("creator",), ("deployer",)])}),
    st.fixed_dictionaries({"approvers": st.builds(Approvers, st.sampled_from(APPROVING))}),
    st.fixed_dictionaries({"approvers": st.builds(lambda name: Approvers(None, (name,)), st.sampled_from(NAMES))}),
)


def other_rules(place: Environment) -> st.SearchStrategy[Environment]:
    """The same environment under another approval rule."""
    changed = _CHANGES.map(lambda changes: replace(place, **changes))
    return changed.filter(lambda other: approval_rule(other) != approval_rule(place))


_EYES = st.sampled_from([("creator",), (), ("creator", "deployer"), ("deployer",), ("author",), ("creator", "author")])
_NAMED = st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple)
_BY_LEVEL = st.builds(Approvers, st.sampled_from(APPROVING), _NAMED)
#: So many that three of them are left besides a creator: with fewer nobody could adopt it.
_MANY = st.lists(st.sampled_from(NAMES), min_size=4, unique=True).map(tuple)
_BY_NAME = st.builds(Approvers, st.none(), _MANY)
_APPROVERS = _BY_LEVEL | _BY_LEVEL | _BY_NAME
_WAIVABLE = st.just(()) | st.lists(
    st.builds(Waivable, st.sampled_from(sorted(WAIVABLE)), _BY_LEVEL | _BY_NAME), unique_by=lambda each: each.gate
).map(tuple)
#: What an environment says of time; most say nothing.
_TIMES: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {
        "soak": st.sampled_from([None, "30m", "24h"]),
        "window": st.sampled_from([(), ("Mon-Thu 08:00-16:00", "Fri 08:00-12:00"), ("Sun 02:15-02:45",)]),
        "timezone": st.sampled_from(["Europe/Berlin", "Mars/Olympus", "UTC"]),
    }
)


def _environment(draw: st.DrawFn, name: str, *, timed_too: bool = False) -> Environment:
    approvers, four_eyes = draw(_APPROVERS), draw(_EYES)
    timed = draw(_TIMES) if timed_too else {}
    past: dict[str, Any] = {"waivable": draw(_WAIVABLE), "break_glass": draw(st.booleans())}
    count = draw(st.integers(1, 3))
    return Environment(name, f"deploy-{name}", f"env/{name}", count, approvers, four_eyes, **timed, **past)


@cache
def levels() -> st.SearchStrategy[dict[str, Level]]:
    """An access level for everybody in the cast; NONE is no member."""
    return st.fixed_dictionaries({name: st.sampled_from(Level) for name in CAST})


@cache
def members() -> st.SearchStrategy[tuple[Member, ...]]:
    """Some of the cast as members, with any access level, also one between GitLab's."""
    one = st.builds(lambda name, level: Member(name, CAST[name], level), st.sampled_from(NAMES), st.integers(0, 60))
    return st.lists(one, max_size=7, unique_by=lambda member: member.user_id).map(tuple)


@cache
def actors() -> st.SearchStrategy[Actor]:
    """Somebody of the cast, a stranger, or relflow itself."""
    cast = st.sampled_from([user(name, user_id) for name, user_id in CAST.items()])
    return cast | st.sampled_from([user("stranger", 99), itself("reconcile"), itself("deploy")])
