"""Each gate by example: when it holds, when it can be cleared and by whom, when it is final, when it cannot be told."""

from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    Command,
    DeployRelease,
    HoldRelease,
    Planned,
    RejectRelease,
    ResumeRelease,
    RollbackRelease,
    TestRelease,
    UnapproveRelease,
)
from relflow.core.facts import EnvironmentFacts, Facts
from relflow.core.gates.table import GATES
from relflow.core.release import Release
from relflow.core.verdict import GateResult
from relflow.core.workflow import Workflow, rules
from tests.core.examples import (
    ANNA,
    BEN,
    CHRIS,
    COMMIT,
    DANA,
    OTHER,
    RITA,
    STRANGER,
    WORKFLOW,
    deployment,
    drift,
    environment,
    facts,
    gate,
    job,
    live,
    pipeline,
    ready,
    release,
    run,
    word,
)
from tests.core.test_requirements import DEMANDING
from tests.core.test_requirements import HERE as OF_REQUIREMENTS

TEST, APPROVE, DEPLOY = TestRelease(), ApproveRelease("dev"), DeployRelease("dev")
AGAIN = ("failed", "canceled")
DRAFT = release()
TESTED = release("tested")
FREE: dict[str, Any] = {"environment": EnvironmentFacts()}

ROLLBACK = RollbackRelease("dev", "x")
DEPLOYED = release("deployed-dev", approvals=(word(ANNA),), deployments=(deployment("settled", outcome="success"),))

HOLDS = [
    *(("job_playable", DEPLOY, ready(pipelines=(pipeline(job(status=status)),)), None) for status in AGAIN),
    *(
        ("job_playable", ROLLBACK, ready(pipelines=(pipeline(job(status=status)),)), DEPLOYED)
        for status in ("success", *AGAIN)
    ),
    ("deployed_before", ROLLBACK, ready(), DEPLOYED),
    ("quorum_met", ROLLBACK, facts(members=()), DEPLOYED),
    ("may_act", DEPLOY, facts(CHRIS), None),
    ("may_act", HoldRelease("x"), facts(RITA), None),
    ("may_act", RejectRelease("dev", "x"), facts(RITA), None),
    ("reason_given", HoldRelease("broken"), facts(), None),
    ("pipeline_found", TEST, ready(), DRAFT),
    ("pipeline_unclaimed", TEST, ready(), DRAFT),
    ("pipeline_unclaimed", TEST, ready(pipeline_of="1.4.0"), DRAFT),
    ("jobs_passed", TEST, ready(), DRAFT),
    ("may_approve", APPROVE, facts(DANA), None),
    ("may_approve", ApproveRelease("prod"), facts(DANA), None),
    ("four_eyes", APPROVE, facts(ANNA), None),
    ("four_eyes", DEPLOY, facts(CHRIS), None),
    ("approves_once", APPROVE, facts(BEN), None),
    ("approves_once", APPROVE, facts(ANNA), release("tested", approvals=(word(ANNA, decision="withdrawn"),))),
    ("own_approval", UnapproveRelease("dev"), facts(ANNA), None),
    ("quorum_met", DEPLOY, facts(), None),
    ("evidence_current", DEPLOY, ready(), None),
    ("evidence_current", DEPLOY, ready(newest_pipeline=0), None),
    ("evidence_current", DEPLOY, ready(newest_pipeline=None), DRAFT),
    ("ref_unmoved", DEPLOY, ready(), None),
    ("ref_unmoved", DEPLOY, ready(tagged=""), None),
    ("job_playable", DEPLOY, ready(), None),
    ("environment_free", DEPLOY, ready(), None),
    ("not_older", DEPLOY, ready(), None),
    ("not_older", DEPLOY, ready(environment=live()), None),
    ("not_older", DEPLOY, ready(environment=live("1.4.0")), None),
    ("not_older", DEPLOY, ready(environment=live("tuesday", 6)), None),
    ("not_older", DEPLOY, ready(environment=EnvironmentFacts(foreign=run(pipeline_id=6))), None),
    ("not_drifted", DEPLOY, ready(), None),
    ("not_drifted", DEPLOY, ready(drifts=(drift(environment="prod"),)), None),
    ("not_drifted", ResumeRelease("x"), facts(drifts=(drift(version="1.3.0"), drift(version=None))), None),
    ("plan_current", DEPLOY, facts(), None),
    ("plan_current", DeployRelease("dev", Planned(COMMIT, 7, 73, None)), ready(), None),
    ("plan_current", DeployRelease("dev", Planned(COMMIT, 7, 73, OTHER)), ready(environment=live()), None),
    ("not_frozen", DEPLOY, ready(), None),
    ("in_window", DEPLOY, ready(), None),
    ("soaked", DEPLOY, ready(), None),
    ("nothing_under_way", AmendRelease("main", "x"), facts(), None),
    ("nothing_under_way", RejectRelease("prod", "x"), facts(), release("tested", deployments=(deployment(),))),
    ("binds_anew", AmendRelease("main", "x"), facts(resolved=OTHER), None),
    ("binds_anew", AmendRelease("main", "x"), facts(resolved=COMMIT, pipelines=(pipeline(id=8),)), None),
    ("not_recalled", AmendRelease("main", "x"), facts(), release("held", held_from="deployed-dev")),
    ("not_closed", ResumeRelease("x"), facts(), None),
]


@pytest.mark.parametrize(("name", "command", "known", "of"), HOLDS)
def test_what_holds(name: str, command: Command, known: Facts, of: Release | None) -> None:
    """The rule is kept: nothing has to be said but, at most, what showed it."""
    found = gate(name, command, known, of)
    assert (found.gate, found.holds, found.why, found.next, found.who) == (name, True, None, None, ())


ONE = release("tested", approvals=(word(ANNA, "prod"),))
BLOCKED = [
    (
        "may_act",
        DEPLOY,
        facts(STRANGER),
        None,
        "stranger is no member of group/data-provider",
        "anna ben chris dana",
        None,
    ),
    (
        "may_act",
        DEPLOY,
        facts(RITA),
        None,
        "rita has access level 20, deploy needs Developer (30)",
        "anna ben chris dana",
        None,
    ),
    ("reason_given", HoldRelease(" "), facts(), None, "a reason is needed", "", "relflow hold 1.4.0 -m REASON"),
    (
        "pipeline_found",
        TEST,
        facts(pipelines=()),
        DRAFT,
        "GitLab has no pipeline for commit cccccccccccc of v1.4.0",
        "",
        "relflow test 1.4.0 --wait",
    ),
    (
        "jobs_passed",
        TEST,
        ready(pipelines=(pipeline(job("test", "failed", id=71), job(id=73)),)),
        DRAFT,
        "test failed in pipeline 7: what is run again in GitLab counts",
        "anna ben chris dana",
        "relflow test 1.4.0",
    ),
    (
        "jobs_passed",
        TEST,
        ready(pipelines=(pipeline(job("test", "running", id=71), job(id=73)),)),
        DRAFT,
        "test is running in pipeline 7",
        "anna ben chris dana",
        "relflow test 1.4.0 --wait",
    ),
    (
        "may_approve",
        APPROVE,
        facts(RITA),
        None,
        "rita may not approve for dev: that needs Developer access",
        "anna ben dana",
        "relflow approve 1.4.0 dev",
    ),
    (
        "may_approve",
        ApproveRelease("prod"),
        facts(CHRIS),
        None,
        "chris may not approve for prod: that needs Maintainer access, or to be one of dana",
        "anna ben dana",
        "relflow approve 1.4.0 prod",
    ),
    (
        "four_eyes",
        APPROVE,
        facts(CHRIS),
        None,
        "chris created 1.4.0, and its creator may not approve it",
        "ben dana",
        "relflow approve 1.4.0 dev",
    ),
    (
        "approves_once",
        APPROVE,
        facts(ANNA),
        None,
        "anna approved 1.4.0 for dev already",
        "ben dana",
        "relflow approve 1.4.0 dev",
    ),
    (
        "own_approval",
        UnapproveRelease("dev"),
        facts(BEN),
        None,
        "no approval of ben's for dev stands",
        "anna",
        "relflow unapprove 1.4.0 dev",
    ),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=(pipeline(job(status="running", username="ben")),)),
        None,
        "deploy-dev was started by ben already: job 73 is running, wait for its end",
        "",
        "relflow deploy 1.4.0 dev",
    ),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=()),
        None,
        "pipeline 7 is gone from GitLab",
        "",
        "relflow amend 1.4.0 --pipeline ID -m REASON",
    ),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=(pipeline(job(status="success")),)),
        None,
        "deploy-dev was started already: job 73 succeeded, and only a new pipeline has another",
        "",
        "relflow amend 1.4.0 --pipeline ID -m REASON",
    ),
    (
        "quorum_met",
        DEPLOY,
        facts(),
        TESTED,
        "0 of 1 approvals given: not chris, who created it",
        "anna ben dana",
        "relflow approve 1.4.0 dev",
    ),
    (
        "quorum_met",
        DeployRelease("prod"),
        facts(),
        ONE,
        "1 of 2 approvals given: anna",
        "ben dana",
        "relflow approve 1.4.0 prod",
    ),
    (
        "quorum_met",
        DEPLOY,
        facts(),
        release("tested", approvals=(word(ANNA), word(BEN, decision="rejected"))),
        "rejected for dev by ben",
        "ben",
        "relflow approve 1.4.0 dev",
    ),
    (
        "quorum_met",
        DEPLOY,
        facts(),
        release("tested", approvals=(word(ANNA), word(BEN, decision="rejected"), word(CHRIS, decision="rejected"))),
        "rejected for dev by ben, chris, who may not approve",
        "",
        "relflow amend 1.4.0 --ref REF -m REASON",
    ),
    (
        "evidence_current",
        DEPLOY,
        ready(newest_pipeline=9),
        None,
        "pipeline 9 is newer than 7, by which it was tested",
        "",
        "relflow amend 1.4.0 --pipeline 9 -m REASON",
    ),
    (
        "ref_unmoved",
        DEPLOY,
        ready(tagged=OTHER),
        None,
        "the tag v1.4.0 names dddddddddddd now, not cccccccccccc",
        "",
        "relflow amend 1.4.0 --ref v1.4.0 -m REASON",
    ),
    ("job_playable", DEPLOY, ready(), DRAFT, "no pipeline is bound to 1.4.0 yet", "", "relflow test 1.4.0"),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=(pipeline(job(status="created")),)),
        None,
        "job 73 is created, not manual: something before it is not done",
        "",
        "relflow deploy 1.4.0 dev",
    ),
    (
        "environment_free",
        DEPLOY,
        ready(environment=EnvironmentFacts(open_deployment=deployment(), open_version="1.3.0")),
        None,
        "deployment 1 of 1.3.0 to dev by dana is open: armed",
        "",
        "relflow reconcile",
    ),
    (
        "nothing_under_way",
        UnapproveRelease("dev"),
        facts(),
        release("approved-dev", deployments=(deployment(),)),
        "deployment 1 to dev is open: armed",
        "",
        "relflow reconcile",
    ),
    (
        "not_closed",
        ResumeRelease("x"),
        facts(),
        release("held", closed=True),
        "1.4.0 is closed",
        "",
        "relflow amend 1.4.0 --ref REF -m REASON",
    ),
    (
        "not_drifted",
        DEPLOY,
        ready(drifts=(drift(id=3), drift(id=4))),
        None,
        "job 81 (deploy-dev) by ben went to dev without relflow, and 1 more",
        "anna ben chris dana",
        "relflow drift accept dev 3 -m REASON",
    ),
    (
        "plan_current",
        DeployRelease("dev", Planned(OTHER, 6, 72, OTHER)),
        ready(),
        None,
        (
            f"since the plan was made, 1.4.0 was bound to {COMMIT[:12]}, not {OTHER[:12]} any more; "
            "its pipeline is 7, not 6 any more; the job to start is 73, not 72 any more; "
            "nothing runs in dev, which is not what it would replace"
        ),
        "",
        "relflow plan 1.4.0 dev",
    ),
    (
        "not_drifted",
        ResumeRelease("x"),
        facts(drifts=(drift(environment="prod", job_id=None, job_name=None),)),
        release("held", held_from="tested"),
        "deployment 41, only recorded through the API by ben went to prod without relflow",
        "anna ben chris dana",
        "relflow drift accept prod 3 -m REASON",
    ),
]


@pytest.mark.parametrize(("name", "command", "known", "of", "why", "who", "then"), BLOCKED)
def test_what_can_be_cleared(
    name: str, command: Command, known: Facts, of: Release | None, why: str, who: str, then: str | None
) -> None:
    """The refusal is a sentence, and names the people, the command, or both, that clear it."""
    found = gate(name, command, known, of)
    assert found == GateResult(gate=name, holds=False, why=why, who=tuple(who.split()), next=then)


RETRIED = pipeline(job(id=73), job(id=75))
FINAL = [
    (
        "pipeline_found",
        TEST,
        ready(pipelines=(pipeline(commit=OTHER),)),
        DRAFT,
        "pipeline 7 is of commit dddddddddddd, not cccccccccccc",
    ),
    (
        "pipeline_unclaimed",
        TEST,
        ready(pipeline_of="1.3.0"),
        DRAFT,
        "pipeline 7 belongs to 1.3.0 already: each release needs one of its own",
    ),
    (
        "jobs_passed",
        TEST,
        ready(pipelines=(pipeline(job()),)),
        DRAFT,
        "pipeline 7 has no job before the deploy jobs; [requirements] jobs names those that count",
    ),
    *(
        ("own_approval", UnapproveRelease("dev"), known, TESTED, "no approval for dev stands")
        for known in (facts(BEN), facts(members=None))
    ),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=(pipeline(job("test", id=72)),)),
        None,
        "pipeline 7 has no job named deploy-dev",
    ),
    ("job_playable", DEPLOY, ready(pipelines=(RETRIED,)), None, "pipeline 7 has 2 jobs named deploy-dev"),
    (
        "job_playable",
        ROLLBACK,
        ready(pipelines=()),
        DEPLOYED,
        "pipeline 7 is gone from GitLab, and with it the job that ran",
    ),
    (
        "job_playable",
        DEPLOY,
        ready(pipelines=(pipeline(job(commit=OTHER)),)),
        None,
        "job 73 is of commit dddddddddddd, not cccccccccccc",
    ),
    (
        "job_playable",
        ROLLBACK,
        ready(),
        DEPLOYED,
        "job 73 is manual: it never ran, and a rollback runs a job again",
    ),
    ("deployed_before", ROLLBACK, ready(), TESTED, "1.4.0 was never deployed to dev"),
    (
        "deployed_before",
        ROLLBACK,
        ready(),
        release("deployed-dev", revision=2, deployments=(deployment("settled", outcome="success"),)),
        "1.4.0 was never deployed to dev, at revision 2",
    ),
    ("deployed_before", RollbackRelease("prod", "x"), ready(), DEPLOYED, "1.4.0 was never deployed to prod"),
    *(
        (
            "deployed_before",
            ROLLBACK,
            ready(),
            release("deployed-dev", deployments=(deployment("settled", outcome=outcome), deployment("armed", id=2))),
            "1.4.0 was never deployed to dev",
        )
        for outcome in ("failed", "canceled", "abandoned")
    ),
    ("quorum_met", ROLLBACK, ready(), release("deployed-dev"), "nobody approved 1.4.0 for dev"),
    (
        "not_older",
        DEPLOY,
        ready(environment=live("1.10.0")),
        None,
        "1.10.0 is live in dev, and it is newer than 1.4.0: a deployment never goes back",
    ),
    (
        "not_older",
        DEPLOY,
        ready(environment=live("tuesday", 8)),
        None,
        "tuesday is live in dev, and it is newer than 1.4.0: a deployment never goes back",
    ),
    ("binds_anew", AmendRelease("v1.4.0", "x"), facts(resolved=COMMIT), None, "1.4.0 is bound to cccccccccccc already"),
    (
        "binds_anew",
        AmendRelease("v1.4.0", "x"),
        facts(resolved=COMMIT, pipelines=(pipeline(),)),
        None,
        "1.4.0 is bound to pipeline 7 of cccccccccccc already",
    ),
    (
        "binds_anew",
        AmendRelease("main", "x"),
        facts(resolved=OTHER, pipelines=(pipeline(id=8, commit=OTHER),), pipeline_of="1.3.0"),
        None,
        "pipeline 8 belongs to 1.3.0 already: each release needs one of its own",
    ),
    (
        "not_recalled",
        AmendRelease("main", "x"),
        facts(),
        release("held", held_from="deployed-prod"),
        "1.4.0 was recalled from prod: make a new version",
    ),
]


@pytest.mark.parametrize(("name", "command", "known", "of", "why"), FINAL)
def test_what_is_final(name: str, command: Command, known: Facts, of: Release | None, why: str) -> None:
    """Nothing clears it for this release and trigger, and so nobody and no command is named."""
    assert gate(name, command, known, of) == GateResult(gate=name, holds=False, why=why, final=True)


NOBODY: dict[str, Any] = {"members": None}
UNREAD = [
    ("may_act", DEPLOY, facts(**NOBODY)),
    ("pipeline_found", TEST, facts()),
    ("pipeline_unclaimed", TEST, facts()),
    ("jobs_passed", TEST, facts()),
    ("jobs_passed", TEST, facts(pipelines=(pipeline(jobs=None),))),
    ("quorum_met", DEPLOY, facts(**NOBODY)),
    ("evidence_current", DEPLOY, facts()),
    ("ref_unmoved", DEPLOY, facts()),
    ("job_playable", DEPLOY, facts()),
    ("job_playable", DEPLOY, facts(pipelines=(pipeline(jobs=None),))),
    # Facts of another pipeline say nothing of the one that the release was tested by.
    ("job_playable", DEPLOY, ready(pipelines=(pipeline(id=8),))),
    ("environment_free", DEPLOY, facts()),
    ("not_older", DEPLOY, facts()),
    ("not_drifted", DEPLOY, ready(drifts=None)),
    ("plan_current", DeployRelease("dev", Planned(COMMIT, 7, 73, None)), ready(environment=None)),
    ("plan_current", DeployRelease("dev", Planned(COMMIT, 7, 73, None)), ready(pipelines=None)),
    ("binds_anew", AmendRelease("main", "x"), facts()),
]


@pytest.mark.parametrize(("name", "command", "known"), UNREAD)
def test_what_was_not_read_is_no_answer(name: str, command: Command, known: Facts) -> None:
    """A gate that needs a fact which nobody read neither holds nor refuses: it says what is missing."""
    found = gate(name, command, known)
    assert (found.holds, found.final, found.next) == (None, False, None)
    assert (found.why or "").endswith("is known to GitLab only")


DEPENDS = [
    ("may_approve", ApproveRelease("prod"), WORKFLOW, "it needs Maintainer access, or to be one of dana"),
    ("four_eyes", APPROVE, WORKFLOW, "not chris, who created 1.4.0"),
    ("four_eyes", DEPLOY, environment("dev", four_eyes=("deployer",)), "not anna, who approved it"),
    ("approves_once", APPROVE, WORKFLOW, "not anna, who approved already"),
    ("own_approval", UnapproveRelease("dev"), WORKFLOW, "only anna, who approved"),
]


@pytest.mark.parametrize(("name", "command", "policy", "why"), DEPENDS)
def test_what_depends_on_who_asks(name: str, command: Command, policy: Workflow, why: str) -> None:
    """Where nobody asked GitLab who asks, the gate says for whom it holds, as far as records and policy tell."""
    of = release("approved-dev", approvals=(word(ANNA),))
    found = GATES[name](Case(policy, of, command, facts(**NOBODY)))
    assert found == GateResult(gate=name, holds=None, why=why)


@pytest.mark.parametrize(
    ("name", "command", "policy"),
    [
        ("four_eyes", APPROVE, environment("dev", four_eyes=())),
        ("four_eyes", DEPLOY, WORKFLOW),
        ("four_eyes", DEPLOY, environment("dev", four_eyes=("deployer",))),
        ("approves_once", APPROVE, WORKFLOW),
    ],
)
def test_what_is_kept_whoever_asks(name: str, command: Command, policy: Workflow) -> None:
    """Where the policy asks nothing, or nobody has approved yet, it does not matter who asks."""
    of = release("tested", approvals=(word(ANNA),) if policy == WORKFLOW and command == DEPLOY else ())
    assert GATES[name](Case(policy, of, command, facts(**NOBODY))) == GateResult(gate=name, holds=True)


def test_the_examples_leave_no_gate_out() -> None:
    """Every gate of the list has an example, and each gate that can fail one for it; every gate is of some trigger.

    Those of requirements have theirs in test_requirements.py, others in test_waiving.py and test_breaking_glass.py.
    """
    here = set(GATES) - OF_REQUIREMENTS - {"gate_waivable", "may_waive", "waives_once", "review_done"}
    assert {each[0] for each in HOLDS} == here
    assert {str(each[0]) for each in (*BLOCKED, *FINAL)} == here - TIMED
    assert {name for rule in rules(DEMANDING) for name in rule.gates} == set(GATES) - BY_POLICY


#: What they refuse is in test_time.py; the last two are asked where the policy says so.
TIMED = {"not_frozen", "in_window", "soaked"}
BY_POLICY = {"in_window", "soaked"}
#: The page's table once more: what must hold for each trigger.
ASKED: dict[str, set[str]] = {
    "test": {"may_act", "pipeline_found", "pipeline_unclaimed", "jobs_passed"},
    "tick": {"may_act", "point_known", "may_tick", "ticks_once"},
    "approve": {"may_act", "may_approve", "four_eyes", "approves_once"},
    "unapprove": {"may_act", "own_approval", "nothing_under_way"},
    "reject": {"may_act", "may_approve", "reason_given", "nothing_under_way"},
    "waive": {"may_act", "reason_given", "gate_waivable", "may_waive", "waives_once"},
    "break-glass": {
        *("may_act", "reason_given", "evidence_current", "ref_unmoved", "job_playable", "environment_free"),
        *("not_older", "not_drifted"),
    },
    "deploy": {
        *("may_act", "quorum_met", "four_eyes", "evidence_current", "ref_unmoved", "job_playable"),
        *("environment_free", "not_older", "not_drifted", "review_done", "plan_current", "not_frozen"),
    },
    "rollback": {
        *("may_act", "reason_given", "deployed_before", "quorum_met", "job_playable", "environment_free"),
        "not_frozen",
    },
    "hold": {"may_act", "reason_given"},
    "resume": {"may_act", "reason_given", "not_closed", "not_drifted"},
    "amend": {"may_act", "reason_given", "binds_anew", "nothing_under_way", "not_recalled"},
}


def test_every_way_asks_the_gates_of_its_trigger() -> None:
    """From whatever state, one not left out; only a success that a look found asks nothing any more."""
    for rule in rules(WORKFLOW):
        expected = set() if rule.guard == "job_succeeded" else ASKED[rule.trigger]
        assert set(rule.gates) == expected, rule
