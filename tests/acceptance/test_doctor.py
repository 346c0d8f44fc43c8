"""A checkup of a real project: a healthy one has no error, each planted defect is found by name, and mending mends."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.sandbox.clock import now, set_ahead
from relflow.sandbox.model.records import ProjectSettings, ProtectedRef
from relflow.sandbox.model.tables import Table
from tests.acceptance.documented import MOST_OF_A_CHECKUP
from tests.acceptance.person import Ended
from tests.acceptance.site import Site
from tests.acceptance.team import Team

#: What is worth a word all the same: the jobs have no resource group.
KNOWN = {"resource-group-missing"}
#: How a careful maintainer leaves the settings.
CAREFUL = ProjectSettings(ci_pipeline_variables_minimum_override_role="maintainer")

_HOW = "{{stage: deploy, script: x, when: {}, retry: {}, resource_group: x, environment: {}}}"
#: The deploy job of dev runs again by itself, and another one brings every commit to prod.
MERGED = f"""\
unit: {{stage: test, script: x}}
deploy-dev: {_HOW.format("manual", 2, "dev")}
deploy-prod: {_HOW.format("manual", 0, "prod")}
nightly: {_HOW.format("always", 0, "prod")}
"""
LINT = {"valid": True, "errors": [], "warnings": [], "merged_yaml": MERGED}


def _rows(site: Site) -> dict[str, dict[int, Any]]:
    tables = site.sandbox.site.tables
    return {"branches": tables.protected_branches.rows, "tags": tables.protected_tags.rows}


@pytest.fixture
def healthy(site: Site, team: Team) -> Iterator[Team]:
    """A team in a project that is set up as it should be; whatever the story does to it is undone."""
    tables = site.sandbox.site.tables
    kept, settings = {name: dict(rows) for name, rows in _rows(site).items()}, tables.settings
    tables.settings = CAREFUL
    yield team
    tables.settings = settings
    for name, rows in _rows(site).items():
        rows.clear()
        rows.update(kept[name])
    set_ahead(0)


def findings(ended: Ended) -> dict[str, str]:
    """Severities by name."""
    return {each["name"]: each["severity"] for each in ended.json["findings"]}


def test_a_healthy_project_has_no_error(healthy: Team) -> None:
    """Exit 0, the token's source and owner, and only what is worth knowing; nothing but questions was sent."""
    version = healthy.deployed()
    ended = healthy.person("anna").types("doctor", "--json").ends(0)
    assert set(findings(ended)) == KNOWN, version
    assert ended.json["token"]["source"] == "RELFLOW_TOKEN"
    assert ended.json["token"]["user"] == "user:anna"
    assert {one.split()[0] for one in ended.asked} == {"GET"}
    assert len(ended.asked) < MOST_OF_A_CHECKUP


def test_everybody_may_look(healthy: Team) -> None:
    """A developer and a reporter too; a token that only reads is no error."""
    healthy.person("chris").types("doctor").ends(0)
    reader = healthy.person("rita", healthy.site.extra_token("rita", scopes=["read_api"]))
    assert findings(reader.types("doctor", "--json").ends(0))["token-only-reads"] == "note"


def _settings(**changes: Any) -> Callable[[Site], object]:
    return lambda site: setattr(site.sandbox.site.tables, "settings", replace(CAREFUL, **changes))


def _protected(name: str, **changes: Any) -> Callable[[Site], object]:
    def change(site: Site) -> None:
        table: Table[ProtectedRef] = getattr(site.sandbox.site.tables, f"protected_{name}")
        for ref in table:
            table.put(replace(ref, **changes))

    return change


def _unprotected(name: str) -> Callable[[Site], object]:
    return lambda site: getattr(site.sandbox.site.tables, f"protected_{name}").rows.clear()


#: What somebody did in GitLab, how bad that is, and whether `--fix` mends it.
PLANTED: dict[str, tuple[Callable[[Site], object], str]] = {
    "outdated-deployments-allowed": (_settings(ci_forward_deployment_enabled=False), "error"),
    "rollback-refused": (_settings(ci_forward_deployment_rollback_allowed=False), "error"),
    "variables-from-developers": (_settings(ci_pipeline_variables_minimum_override_role="developer"), "warning"),
    "artifacts-not-kept": (_settings(keep_latest_artifact=False), "warning"),
    "branch-unprotected": (_unprotected("branches"), "error"),
    "branch-open-to-developers": (_protected("branches", push_levels=(40, 30)), "error"),
    "force-push-allowed": (_protected("branches", allow_force_push=True), "warning"),
    "tags-unprotected": (_unprotected("tags"), "warning"),
}


#: The others are found and mended in one run by `test_all_at_once`, and one by one in the slow stories.
ALONE = "outdated-deployments-allowed"


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[] if each == ALONE else [pytest.mark.slow]) for each in PLANTED]
)
def test_a_planted_defect_is_found_and_mended(healthy: Team, name: str) -> None:
    """By its name; `--fix` sends one request, says what it did, and the next look does not find it."""
    anna, (plant, severity) = healthy.person("anna"), PLANTED[name]
    known = KNOWN
    plant(healthy.site)
    found = findings(anna.types("doctor", "--json").ends(1 if severity == "error" else 0))
    assert (set(found) - known, found[name]) == ({name}, severity)
    mended = anna.types("doctor", "--fix", "--yes").ends(0).says("mended: ", f"({name})", ": done")
    assert len([one for one in mended.asked if not one.startswith("GET")]) == 1
    assert set(findings(anna.types("doctor", "--json").ends(0))) == known


def test_all_at_once(healthy: Team) -> None:
    """Every defect that can be mended, in one run and in fewer than forty requests; the second run finds none."""
    anna = healthy.person("anna")
    known = KNOWN
    everything: dict[str, Any] = {
        "ci_forward_deployment_enabled": False,
        "ci_forward_deployment_rollback_allowed": False,
        "ci_pipeline_variables_minimum_override_role": "developer",
        "keep_latest_artifact": False,
    }
    _settings(**everything)(healthy.site)
    _protected("branches", push_levels=(30,), allow_force_push=True)(healthy.site)
    _unprotected("tags")(healthy.site)
    ended = anna.types("doctor", "--fix", "--yes", "--json").ends(0)
    planted = {name: severity for name, (_, severity) in PLANTED.items() if name != "branch-unprotected"}
    assert planted.items() <= findings(ended).items()
    assert [each["done"] for each in ended.json["changes"]] == [True] * 7
    assert len(ended.asked) < MOST_OF_A_CHECKUP
    assert set(findings(anna.types("doctor", "--json").ends(0))) == known


def test_who_may_not_mend_is_told(healthy: Team) -> None:
    """GitLab refuses a developer: exit 1, and the maintainer's look finds it as it was."""
    _settings(ci_forward_deployment_enabled=False)(healthy.site)
    healthy.person("chris").types("doctor", "--fix", "--yes").ends(1).says("GitLab answered 403")
    healthy.person("anna").types("doctor").ends(1).says("outdated-deployments-allowed")


def test_it_asks_first(healthy: Team) -> None:
    """Without a terminal and without --yes nothing is changed, and what would be is named."""
    _unprotected("tags")(healthy.site)
    asked = healthy.person("anna").types("doctor", "--fix").ends(2).says("protect the tags v*", "--yes").asked
    assert {one.split()[0] for one in asked} == {"GET"}


@pytest.mark.parametrize("effect", [True, False])
def test_a_change_without_an_answer_is_not_sent_again(healthy: Team, effect: bool) -> None:
    """The connection breaks with or without the change made: one request, said as unknown, and the next run knows."""
    anna = healthy.person("anna")
    _settings(ci_forward_deployment_enabled=False)(healthy.site)
    healthy.site.sandbox.fault(path="/projects/42", method="PUT", kind="reset", effect=effect)
    ended = anna.types("doctor", "--fix", "--yes", "--json").ends(1)
    assert [each["done"] for each in ended.json["changes"]] == [None]
    assert len(healthy.site.requests(method="PUT")) == 1
    again = findings(anna.types("doctor", "--json"))
    assert ("outdated-deployments-allowed" in again) is not effect


@pytest.mark.slow
def test_the_way_back_loses_what_it_needs(healthy: Team) -> None:
    """What the tests of the release before left expires in three days: found, and kept for good by `--fix`."""
    before, anna, tables = healthy.deployed(), healthy.person("anna"), healthy.site.sandbox.site.tables
    healthy.deployed()
    pipeline = healthy.site.job(before, "dev").pipeline_id
    [unit] = (job for job in tables.jobs_of(pipeline) if job.name == "unit")
    _settings(keep_latest_artifact=False)(healthy.site)
    tables.jobs.put(replace(unit, archive_size=9, artifacts_expire_at=now() + timedelta(days=3)))
    found = anna.types("doctor", "--json").ends(0)
    assert findings(found)["rollback-artifacts-expire"] == "warning"
    assert f"leads to {before}, and the artifacts of unit" in found.out
    anna.types("doctor", "--fix", "--yes").ends(0).says(f"keep the artifacts of job {unit.id} (unit): done")
    assert tables.jobs[unit.id].artifacts_expire_at is None
    _settings(keep_latest_artifact=False)(healthy.site)
    tables.jobs.put(replace(unit, archive_size=9, artifacts_expire_at=now() - timedelta(days=3)))
    assert findings(anna.types("doctor", "--json").ends(0))["rollback-artifacts-gone"] == "warning"


def test_a_clock_that_runs_ahead(healthy: Team) -> None:
    """GitLab's time is ten minutes before this machine's: an error that says by how much."""
    set_ahead(-600)
    healthy.person("anna").types("doctor").ends(1).says(" s ahead of GitLab's", "(clock-skewed)")


def test_tokens(healthy: Team) -> None:
    """One that ends soon, one that may too little; an expired one is no crash."""
    site = healthy.site
    soon = (now() + timedelta(days=3)).date().isoformat()
    for name, code, token in (
        ("token-ends-soon", 0, site.extra_token("anna", expires_at=soon, scopes=["api", "sudo"])),
        ("token-scope-too-narrow", 1, site.extra_token("anna", scopes=["read_user"])),
        ("gitlab-unchecked", 1, site.extra_token("anna", expires_at="2020-01-01")),
    ):
        assert name in findings(healthy.person("anna", token).types("doctor", "--json").ends(code))


def test_in_trouble_of_every_kind(healthy: Team) -> None:
    """No rights, no GitLab, no database: each part is one finding, exit 1, and never a traceback."""
    otto = findings(healthy.person("otto").types("doctor", "--json").ends(1))
    assert otto["project-unchecked"] == "error"
    healthy.site.is_down()
    assert findings(healthy.person("anna").types("doctor", "--json").ends(1))["gitlab-unchecked"] == "error"
    healthy.site.is_up()
    healthy.site.goes_wrong("protected_branches", kind="status", status=502)
    assert findings(healthy.person("anna").types("doctor", "--json").ends(1))["protections-unchecked"] == "error"
    healthy.site.goes_wrong("members/all", kind="html")
    assert findings(healthy.person("anna").types("doctor", "--json").ends(1))["members-unchecked"] == "error"


def test_jobs_that_deploy_past_relflow(healthy: Team) -> None:
    """What GitLab makes of the CI files is judged by the rules of `ci lint`, by one request for the default branch."""
    healthy.site.goes_wrong("ci/lint", kind="status", status=200, body=json.dumps(LINT))
    ended = healthy.person("anna").types("doctor", "--json").ends(1)
    found = findings(ended)
    assert found["deploy-job-retried"] == "error"
    assert found["environment-reached-past-relflow"] == "error"
    assert "main in GitLab" in ended.out
    assert sum(one.endswith("/ci/lint") for one in ended.asked) == 1
