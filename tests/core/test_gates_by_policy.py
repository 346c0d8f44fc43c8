"""What the policy and the team make of a gate: required jobs, quorum, four eyes."""

from dataclasses import replace
from typing import Any

import pytest

from relflow.core.case import Case, once
from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    Command,
    DeployRelease,
    TestRelease,
)
from relflow.core.gates.table import GATES
from relflow.core.people import Actor, Level, Member
from relflow.core.release import PipelineRef, Release
from relflow.core.verdict import GateResult
from relflow.core.workflow import Workflow
from tests.core.examples import (
    ANNA,
    CHRIS,
    COMMIT,
    RITA,
    TEAM,
    WORKFLOW,
    environment,
    facts,
    gate,
    job,
    pipeline,
    ready,
    release,
    word,
)

TEST, DEPLOY = TestRelease(), DeployRelease("dev")
DRAFT, TESTED = release(), release("tested")


def test_a_required_job_that_is_not_there_is_final() -> None:
    """Waiting does not help: the pipeline will never have it."""
    workflow = replace(WORKFLOW, required_jobs=("lint", "test"))
    found = GATES["jobs_passed"](Case(workflow, DRAFT, TEST, ready()))
    assert found == GateResult(gate="jobs_passed", holds=False, why="lint is not there in pipeline 7", final=True)


def test_a_policy_may_require_no_job() -> None:
    """Who writes an empty list means it."""
    workflow = replace(WORKFLOW, required_jobs=())
    assert GATES["jobs_passed"](Case(workflow, DRAFT, TEST, ready())).evidence == "no job required in pipeline 7"


@pytest.mark.parametrize(
    ("jobs", "evidence"),
    [
        (
            [job("build", "success", id=71), job("lint", "failed", id=72, stage="test", allow_failure=True), job()],
            "build",
        ),
        ([job("build", "success", id=71), job("review", "manual", id=72, stage="test"), job()], "build"),
        ([job("build", "failed", id=70, retried=True), job("build", "success", id=71), job()], "build"),
        ([job("build", "success", id=71), job(), job("smoke", "failed", id=80, stage="after")], "build"),
    ],
    ids=["allowed to fail", "manual", "retried", "after the deploy jobs"],
)
def test_what_is_required_by_default(jobs: list[Any], evidence: str) -> None:
    """Every job of the stages before the deploy jobs counts, but manual ones and those allowed to fail."""
    found = gate("jobs_passed", TEST, ready(pipelines=(pipeline(*jobs),)), DRAFT)
    assert (found.holds, found.evidence) == (True, f"{evidence} in pipeline 7")


def test_a_pipeline_without_deploy_jobs_requires_all_of_it() -> None:
    """Nothing tells where the tests end, so every job counts."""
    found = gate(
        "jobs_passed", TEST, ready(pipelines=(pipeline(job("a", "success"), job("b", "failed", id=74)),)), DRAFT
    )
    assert found.why == "b failed in pipeline 7: what is run again in GitLab counts"


def quorum(workflow: Workflow, of: Release, **known: Any) -> GateResult:
    """What quorum_met says for dev under another policy or team."""
    return GATES["quorum_met"](Case(workflow, of, DEPLOY, facts(**known)))


def test_an_approver_who_left_counts_no_longer() -> None:
    """The quorum is of those who may approve today."""
    of = release("approved-dev", approvals=(word(ANNA),))
    without = tuple(each for each in TEAM if each.username != "anna")
    said = "0 of 1 approvals given: no longer anna (may not approve any more); not chris, who created it"
    assert quorum(WORKFLOW, of, members=without).why == said
    lowered = (Member("anna", 11, Level.REPORTER), *without)
    assert quorum(WORKFLOW, of, members=lowered).why == said


def test_where_nobody_is_left_to_approve_it_is_said() -> None:
    """Whoever reads the command that is named would else type it in vain."""
    of = release("approved-dev", approvals=(word(ANNA),))
    found = quorum(environment("dev", approvals=2), of, members=(Member("anna", 11, Level.DEVELOPER),))
    assert found.why == "1 of 2 approvals given, and nobody else may approve: anna"
    assert (found.who, found.next) == ((), "relflow policy adopt")


@pytest.mark.parametrize(
    ("name", "actor", "given"),
    [("may_approve", RITA, ()), ("four_eyes", CHRIS, (ANNA,)), ("approves_once", ANNA, (ANNA,))],
)
def test_whoever_may_not_approve_is_not_sent_to_nobody(name: str, actor: Actor, given: tuple[Actor, ...]) -> None:
    """Where nobody may who has not, a maintainer's other policy is what helps."""
    of = release("approved-dev", approvals=tuple(map(word, given)))
    others = (Member(each.name, each.gitlab_user_id or 0, Level.DEVELOPER) for each in given)
    team = (Member("chris", 13, Level.MAINTAINER), Member("rita", 15, Level.REPORTER), *others)
    found = GATES[name](Case(WORKFLOW, of, ApproveRelease("dev"), facts(actor, members=team)))
    assert (found.holds, found.who, found.next) == (False, ("chris",), "relflow policy adopt")


def test_the_creators_yes_counts_where_the_policy_has_no_four_eyes() -> None:
    """`four_eyes = []` is a choice."""
    of = release("approved-dev", approvals=(word(CHRIS),))
    assert quorum(environment("dev", four_eyes=()), of).holds
    assert not quorum(WORKFLOW, of).holds


@pytest.mark.parametrize(("who", "holds"), [(ANNA, False), (CHRIS, True)])
def test_where_the_deployer_must_be_another(who: Any, holds: bool) -> None:
    """`deployer` in four_eyes: who approved does not play the job; the refusal names those who may."""
    workflow = environment("dev", four_eyes=("creator", "deployer"))
    of = release("approved-dev", approvals=(word(ANNA),))
    found = GATES["four_eyes"](Case(workflow, of, DEPLOY, facts(who)))
    assert found.holds is holds
    if not holds:
        assert found.who == ("ben", "chris", "dana")
        assert found.why == "anna approved 1.4.0, and who approves may not deploy to dev"


def test_a_case_knows_its_environment() -> None:
    """Asking for one that the workflow does not have is a mistake of the program, not of a person."""
    with pytest.raises(LookupError, match="nowhere"):
        _ = Case(WORKFLOW, TESTED, DeployRelease("nowhere"), facts()).environment


def test_a_case_answers_a_question_once() -> None:
    """What several gates ask of one case is worked out once; a case that differs in anything is asked by itself."""
    asked: list[Command] = []

    @once
    def trigger(case: Case) -> str:
        asked.append(case.command)
        return case.command.trigger

    case = Case(WORKFLOW, TESTED, DEPLOY, facts())
    other = replace(case, command=ApproveRelease("dev"))
    assert [trigger(each) for each in (case, other, case, other)] == ["deploy", "approve", "deploy", "approve"]
    assert asked == [case.command, other.command]
    assert case == Case(WORKFLOW, TESTED, DEPLOY, facts())


def test_a_binding_without_a_pipeline_is_another_one() -> None:
    """A draft that was never tested may be bound to a named pipeline of its own commit."""
    found = gate("binds_anew", AmendRelease("v1.4.0", "x"), facts(resolved=COMMIT, pipelines=(pipeline(),)), DRAFT)
    assert found.holds
    assert release("draft", pipeline=PipelineRef(7, "")).pipeline is not None
