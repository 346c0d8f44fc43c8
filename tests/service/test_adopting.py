"""Putting a policy in force, and working under one: what a file proposes counts only once it was adopted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.core.workflow import Workflow
from relflow.service.app import No
from relflow.service.playing import deploy
from relflow.service.policies import Adopted, adopt
from relflow.service.releases import approve, create, record_test
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab
from tests.doubles.gitlab_world import PROJECT, Planned
from tests.doubles.store import MemoryStore
from tests.doubles.team import LOG, WORKFLOW, Team, done, memory_store
from tests.service.test_walk import gates


def strict() -> Workflow:
    """Dev takes two approvals."""
    dev, *others = WORKFLOW.environments
    return replace(WORKFLOW, environments=(replace(dev, approvals=2), *others))


def test_the_first_policy_registers_its_project() -> None:
    """By a Maintainer; before that nothing is recorded, a refusal neither."""
    clock = SteppingClock()
    team = Team(FakeGitLab(clock), memory_store(clock), clock)
    assert isinstance(team.store, MemoryStore)
    refused = adopt(team.app("chris"), PROJECT, LOG, WORKFLOW)
    assert isinstance(refused, No)
    assert (refused.recorded, team.store.records) == ((), ())
    with pytest.raises(SetupError, match="not under relflow yet"):
        create(team.app("chris"), "1.4.0", None, None)
    made = adopt(team.app("anna"), PROJECT, LOG, WORKFLOW)
    assert isinstance(made, Adopted)
    assert [each.event.name for each in made.recorded] == ["project_registered", "policy_adopted"]
    assert made.project.workflow == WORKFLOW


def test_a_policy_tells_what_it_changes(team: Team) -> None:
    """For releases on their way; a refusal is recorded once there is a log."""
    team.approved(team.tested("1.4.0").version)
    refused = adopt(team.app("chris"), PROJECT, LOG, strict())
    assert isinstance(refused, No)
    assert [each.event.name for each in refused.recorded] == ["command_refused"]
    changed = adopt(team.app("anna"), PROJECT, LOG, strict())
    assert isinstance(changed, Adopted)
    assert changed.effects == (
        "1.4.0 loses the approval of anna for dev: the approval rule of dev changed",
        "1.4.0 is in approved-dev with 0 of 2 approvals: its deployment will be refused",
    )
    assert "quorum_met" in gates(deploy(team.app("chris"), "1.4.0", "dev"))
    team.approved("1.4.0", by=("ben", "anna"))
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.4.0", "dev"))


def test_a_file_that_differs_is_only_a_proposal(team: Team) -> None:
    """Writing commands refuse, before GitLab is asked anything."""
    team.tested("1.4.0")
    team.gitlab.calls.clear()
    with pytest.raises(SetupError, match="differs from the policy in force"):
        approve(team.app("anna", strict()), "1.4.0", "dev")
    assert team.gitlab.calls == []
    done(approve(team.app("anna", WORKFLOW), "1.4.0", "dev"))


def test_a_renamed_project_keeps_its_log(team: Team) -> None:
    """GitLab is asked by number, so work goes on before the new path is adopted; the log says when that was."""
    team.approved(team.tested("1.4.0").version)
    moved = replace(PROJECT, path="group/renamed", url="https://gitlab.example.org/group/renamed")
    team.gitlab.project = moved
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.4.0", "dev"))
    workflow = replace(WORKFLOW, project=moved.path)
    adopted = adopt(team.app("anna"), moved, LOG, workflow)
    assert isinstance(adopted, Adopted)
    assert [each.event.name for each in adopted.recorded] == ["project_renamed", "policy_adopted"]
    assert (adopted.project.log, adopted.project.path) == (LOG, "group/renamed")
    assert adopted.recorded[0].seq == 12  # after the eleven of the project and the release: no log begins anew
    done(approve(team.app("anna", workflow), "1.4.0", "prod"))


@pytest.mark.parametrize(("ahead", "says"), [(90, "90 s ahead of"), (-90, "90 s behind")])
def test_a_clock_that_is_wrong_is_worth_a_word(team: Team, ahead: int, says: str) -> None:
    """Gates of time would be judged by it."""
    team.tested("1.4.0")
    team.gitlab.clock_ahead = timedelta(seconds=ahead)
    done(approve(team.app("anna"), "1.4.0", "dev"))
    assert [note for note in team.heard.notes if says in note]


def test_a_pipeline_of_another_ref_serves_where_the_own_has_none(team: Team) -> None:
    """The newest of the commit that has the deploy jobs; one that is named and not there is a usage error."""
    commit = team.gitlab.push("main").commit
    team.gitlab.refs["v1.4.0"] = commit
    team.gitlab.push("main", Planned("docs"))
    done(create(team.app("chris"), "1.4.0", None, None))
    with pytest.raises(UsageError, match="no pipeline 9999"):
        record_test(team.app("chris"), "1.4.0", 9999)
    release = done(record_test(team.app("chris"), "1.4.0")).release
    assert release.pipeline is not None
    assert release.pipeline.id == min(team.gitlab.pipelines)
