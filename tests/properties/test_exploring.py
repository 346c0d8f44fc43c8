"""What exploring a policy tells agrees with a search that knows no short cut; and no policy makes it raise.

`make explore` asks both of two thousand policies.
"""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.people import Level, Member
from relflow.core.policy_check.cast import kind, supposed
from relflow.core.policy_check.form import check_workflow
from relflow.core.policy_check.proving import prove
from relflow.core.policy_check.stage_checks import Ways, check_stages
from relflow.core.policy_check.supposing import World
from relflow.core.workflow import Approvers, Environment, Workflow
from tests.properties.brute import People, Place, shortest
from tests.properties.scene import CAST
from tests.strategies.policies import workflows


@pytest.mark.parametrize("half", ["one", "other"])
@given(workflow=workflows(most=2, timed_too=True))
def test_no_policy_makes_it_raise(workflow: Workflow, half: str) -> None:
    """Whatever is right in form can be explored, and what was adopted under older rules of form has no mistake."""
    if check_workflow(workflow):
        return  # a soak of the first environment, a window without its zone
    for found in prove(workflow):
        assert found.finding.severity in {"warning", "note"}, found
        assert all(step.command and step.then for step in found.story)
        assert not found.story or found.story[0].command == "relflow create 1.0.0"


def rule(by: Approvers) -> People:
    """The same for the other search."""
    return People(by.access, by.users)


def place(environment: Environment) -> Place:
    """The same for the other search."""
    return Place(environment.approvals, rule(environment.approvers), environment.four_eyes)


NAMED = st.lists(st.sampled_from(["anna", "ben", "chris"]), max_size=3, unique=True).map(tuple)
RULES = st.builds(Approvers, st.sampled_from(["reporter", "developer", "maintainer"]), NAMED) | st.builds(
    Approvers, st.none(), NAMED
)
EYES = st.lists(st.sampled_from(["creator", "author", "deployer"]), unique=True).map(tuple)
ENVIRONMENTS = st.builds(
    Environment, st.just(""), st.just(""), st.just(""), st.integers(1, 2), approvers=RULES, four_eyes=EYES
)


@st.composite
def small_workflows(draw: st.DrawFn) -> Workflow:
    """Policies of one or two environments that few people may not be enough for; two may be ruled alike."""
    first = draw(ENVIRONMENTS)
    others = draw(st.sampled_from([(), (first,)]) | st.tuples(ENVIRONMENTS))
    named = zip(("dev", "prod"), (first, *others), strict=False)
    environments = (replace(each, name=name, job=f"deploy-{name}", gitlab_environment=name) for name, each in named)
    return Workflow("group/data-provider", tuple(environments))


LEVELS = st.sampled_from([Level.REPORTER, Level.DEVELOPER, Level.MAINTAINER])
TEAMS = st.dictionaries(st.sampled_from(["anna", "ben", "chris", "dana"]), LEVELS, min_size=1).map(
    lambda levels: tuple(Member(name, CAST[name], level) for name, level in levels.items())
)


@given(small_workflows(), TEAMS)
def test_it_agrees_with_a_search_that_knows_no_short_cut(workflow: Workflow, team: tuple[Member, ...]) -> None:
    """For whoever creates and writes a release: how far it gets, and in how many commands."""
    ways = Ways(World(workflow, team))
    creators = [each for each in team if each.access_level >= Level.DEVELOPER]
    assert {kind(workflow, each) for each in creators} == {kind(workflow, each) for each in ways.creators()}
    for by, author in product(creators, (None, *team)):
        known = [lengths(workflow, team, by, author, behind) for behind in range(len(workflow.environments) + 1)]
        steps: int | None = 1
        for environment, count in zip((None, *workflow.environments), known, strict=True):
            stage = ways.stage(environment, by, author)
            there = stage.arrived
            steps = None if steps is None or there is None else steps + len(stage.ways.way(there))
            assert steps == count


def lengths(workflow: Workflow, team: tuple[Member, ...], by: Member, author: Member | None, behind: int) -> int | None:
    """What the other search says of their release."""
    levels, places = {each.username: int(each.access_level) for each in team}, tuple(map(place, workflow.environments))
    return shortest(places, {}, levels, by.username, author.username if author else None, behind)


@given(small_workflows(), TEAMS)
def test_what_it_finds_is_what_that_search_finds(workflow: Workflow, team: tuple[Member, ...]) -> None:
    """A policy has an error for its members where some creator's release never gets to the end, and only there."""
    creators, last = [each for each in team if each.access_level >= Level.DEVELOPER], len(workflow.environments)
    lost = [by for by in creators if lengths(workflow, team, by, None, last) is None]
    errors = [each for each in prove(workflow, team) if each.finding.severity == "error"]
    assert bool(errors) == bool(lost or not creators)


@pytest.mark.slow
@given(small_workflows())
def test_nobody_is_missing_in_a_cast(workflow: Workflow) -> None:
    """More people of each level change nothing of what is found: of each there are enough."""
    cast = supposed(workflow)
    more = tuple(Member(f"one more {each.label}", 1000 + each, each) for each in Level if each >= Level.REPORTER)
    assert found(workflow, (*cast, *more)) == found(workflow, cast)


def found(workflow: Workflow, cast: tuple[Member, ...]) -> set[tuple[str, str, int]]:
    """What is told of the stages, and in how many steps."""
    told = check_stages(Ways(World(workflow, cast)), knows_members=False)
    return {(each.finding.severity, each.finding.name, len(each.story)) for each in told}
