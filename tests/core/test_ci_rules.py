"""What stands between a CI configuration and the policy: an example for each finding, and for what is no finding."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from relflow.core.ci import CiConfig, CiJob, CiRule
from relflow.core.ci_rules import judge, reaches
from relflow.core.workflow import Environment, Workflow

WORKFLOW = Workflow("g/p", (Environment("dev", "deploy-dev", "dev"), Environment("prod", "deploy-prod", "production")))
UNIT = CiJob("unit", "ci.yml:2")
DEV = CiJob("deploy-dev", "ci.yml:4", "deploy", "manual", environment="dev", resource_group="dev")
PROD = CiJob("deploy-prod", "ci.yml:9", "deploy", "manual", environment="production", resource_group="production")
STAGES = ("test", "deploy")
MANUAL, ALONE, NEVER = CiRule("manual", allow_failure=True), CiRule("on_success"), CiRule("never")


def names(jobs: Iterable[CiJob], workflow: Workflow = WORKFLOW, *, is_whole: bool = True) -> list[str]:
    """The severity and name of each finding, in their order."""
    found = judge(workflow, CiConfig("ci.yml", tuple(jobs), STAGES, is_whole))
    assert all(each.what and each.consequence and each.fix for each in found)
    return [f"{each.severity} {each.name}" for each in found]


def test_what_relflow_wants() -> None:
    """Two manual jobs with environments and resource groups, and a test before them: nothing is found."""
    assert names([UNIT, DEV, PROD]) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"when": "on_success"}, "error deploy-job-starts-itself"),
        ({"when": "delayed"}, "error deploy-job-starts-itself"),
        ({"rules": (MANUAL, ALONE)}, "error deploy-job-starts-itself"),
        ({"when": "on_success", "rules": (CiRule(allow_failure=True),)}, "error deploy-job-starts-itself"),
        ({"rules": (NEVER,)}, "error deploy-job-never-there"),
        ({"rules": ()}, "error deploy-job-never-there"),
        ({"is_trigger": True}, "error deploy-job-triggers"),
        ({"is_parallel": True}, "error deploy-job-parallel"),
        ({"environment": None}, "error environment-missing"),
        ({"environment": "production"}, "error environment-differs"),
        ({"environment": "review/$CI_COMMIT_REF_SLUG"}, "error environment-differs"),
        ({"environment": "d$REST"}, "note environment-varies"),
        ({"action": "prepare"}, "error environment-not-started"),
        ({"resource_group": None}, "warning resource-group-missing"),
        ({"interruptible": True}, "error deploy-job-interruptible"),
        ({"rules": (replace(MANUAL, interruptible=True),)}, "error deploy-job-interruptible"),
        ({"retry": 1}, "error deploy-job-retried"),
        ({"allow_failure": False}, "note pipeline-blocked"),
        ({"rules": (CiRule("manual"),)}, "note pipeline-blocked"),
        ({"unread": ("extends",), "when": "on_success"}, "warning deploy-job-unread"),
        ({"unread": ("rules",), "rules": ()}, "warning value-unread"),
        ({"unread": ("environment",), "environment": None}, "warning value-unread"),
    ],
)
def test_a_deploy_job_that_is_not_as_it_must_be(change: dict[str, Any], found: str) -> None:
    """One thing is odd, and that one is found."""
    assert names([UNIT, replace(DEV, **change), PROD]) == [found]


@pytest.mark.parametrize(
    "change",
    [
        {"rules": (MANUAL, NEVER)},
        {"rules": (CiRule(allow_failure=True),)},
        {"rules": (CiRule("manual"),), "allow_failure": True},
        {"allow_failure": True},
        {"rules": (replace(MANUAL, interruptible=False),), "interruptible": True},
    ],
)
def test_a_deploy_job_that_is_as_it_must_be(change: dict[str, Any]) -> None:
    """`rules` may leave it out, and say of each case what the job does not say."""
    assert names([UNIT, replace(DEV, **change), PROD]) == []


def test_a_job_that_is_missing() -> None:
    """Nothing can be deployed; where not all was read it may be elsewhere, and that is no error."""
    assert names([UNIT, DEV]) == ["error deploy-job-missing"]
    assert names([UNIT, DEV], is_whole=False) == ["warning deploy-job-unseen"]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (
            CiJob("hotfix", "x", "deploy", "manual", environment="production"),
            ["warning environment-reached-past-relflow"],
        ),
        (CiJob("nightly", "x", "deploy", environment="production"), ["error environment-reached-past-relflow"]),
        (
            CiJob("maybe", "x", "deploy", "manual", rules=(CiRule(), ALONE), environment="production"),
            ["error environment-reached-past-relflow"],
        ),
        (CiJob("any", "x", "deploy", "manual", environment="$WHERE"), ["note environment-varies"] * 2),
        (CiJob("review", "x", "deploy", environment="review/${CI_COMMIT_REF_SLUG}"), []),
        (CiJob("stop", "x", "deploy", "manual", environment="production", action="stop"), []),
    ],
)
def test_another_job_that_reaches_an_environment(other: CiJob, found: list[str]) -> None:
    """Somebody may play it past relflow; one that starts by itself is worse. Another environment is none of ours."""
    assert names([UNIT, DEV, PROD, other]) == found


def test_what_must_pass() -> None:
    """Without requirements a job before the deploy jobs; else every job that is named, or fits a pattern."""
    assert names([DEV, PROD]) == ["error nothing-to-pass"]
    assert names([replace(UNIT, stage="deploy"), DEV, PROD]) == ["error nothing-to-pass"]
    assert names([replace(UNIT, allow_failure=True), DEV, PROD]) == ["error nothing-to-pass"]
    assert names([replace(UNIT, when="manual"), DEV, PROD]) == ["error nothing-to-pass"]
    assert names([replace(UNIT, stage=".pre"), DEV, PROD]) == []
    assert names([replace(UNIT, stage="deploy")]) == ["error deploy-job-missing"] * 2
    assert names([replace(UNIT, stage=".post")]) == ["error deploy-job-missing"] * 2 + ["error nothing-to-pass"]
    assert names([DEV, PROD], is_whole=False) == []
    required = replace(WORKFLOW, required_jobs=("unit", "lint"))
    assert names([UNIT, DEV, PROD], required) == ["error required-job-missing"]
    assert names([UNIT, DEV, PROD], required, is_whole=False) == ["warning required-job-unseen"]
    assert names([UNIT, replace(UNIT, name="lint"), DEV, PROD], required) == []
    parts = replace(WORKFLOW, required_jobs=("unit 1/2", "unit 2/2", "un*"))
    assert names([replace(UNIT, is_parallel=True), DEV, PROD], parts) == []
    assert names([UNIT, DEV, PROD], parts) == ["error required-job-missing"] * 2
    # As `test` reads them: brackets are brackets, and a part of a parallel job fits, too.
    odd = replace(WORKFLOW, required_jobs=("u[n]it", "unit ?/*"))
    assert names([replace(UNIT, is_parallel=True), DEV, PROD], odd) == ["error required-job-missing"]


def test_errors_come_first() -> None:
    """Then warnings, then notes."""
    odd = replace(DEV, resource_group=None, allow_failure=False, retry=2)
    assert [each.split()[0] for each in names([UNIT, odd, PROD])] == ["error", "warning", "note"]


@pytest.mark.parametrize(
    ("named", "wanted", "can"),
    [
        ("prod", "prod", True),
        ("prod", "production", False),
        ("$ENV", "prod", True),
        ("${ENV}-eu", "prod-eu", True),
        ("${ENV}-eu", "prod", False),
        ("review/$SLUG", "prod", False),
        ("a.c", "abc", False),
        ("$[[ inputs.where ]]", "prod", True),
    ],
)
def test_what_an_environment_of_variables_can_be(named: str, wanted: str, can: bool) -> None:
    """Its own letters must be there; a variable may be anything."""
    assert reaches(named, wanted) is can
