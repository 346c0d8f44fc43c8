"""The gates about what a release must have passed besides its jobs: numbers of the pipeline, and a protected ref."""

from relflow.core.case import Case, at_least
from relflow.core.gates.pipeline import jobs_passed
from relflow.core.people import Level
from relflow.core.requirements import percent
from relflow.core.verdict import GateResult, blocked, passed, unknown


def coverage_at_least(case: Case) -> GateResult:
    """The pipeline's coverage is no less than the policy asks for."""
    name, pipeline, least = "coverage_at_least", case.facts.pipeline, case.workflow.coverage_at_least
    if least is None:
        return passed(name)
    if pipeline is None or pipeline.coverage is None:
        return unknown(name, "the coverage")
    told = percent(pipeline.coverage)
    if told is None:
        said = f"no job told a coverage in pipeline {pipeline.id}"
        return _wanting(case, name, f"{said}: coverage: '/REGEX/' in a job finds it in what the job prints")
    if told < least:
        return _wanting(
            case, name, f"{pipeline.coverage} % is covered in pipeline {pipeline.id}, at least {least} is asked for"
        )
    return passed(name, f"{pipeline.coverage} %, at least {least}: {pipeline.url}")


def tests_at_least(case: Case) -> GateResult:
    """No fewer tests ran than the policy asks for; a skipped one did not run."""
    name, report, least = "tests_at_least", case.facts.report, case.workflow.tests_at_least
    if least is None:
        return passed(name)
    if report is None:
        return unknown(name, "how many tests ran")
    if not report.ran:
        return _wanting(case, name, _no_report(case))
    if report.ran < least:
        return _wanting(case, name, f"{_ran(case)}{_where(case)}, at least {least} are asked for")
    return passed(name, f"{_ran(case)}, at least {least}: {_link(case)}")


def no_failed_tests(case: Case) -> GateResult:
    """The test reports show no failure, and GitLab could read each of them."""
    name, report = "no_failed_tests", case.facts.report
    if not case.workflow.no_failed_tests:
        return passed(name)
    if report is None:
        return unknown(name, "how the tests ended")
    if report.unreadable is not None:
        return _wanting(case, name, f"GitLab cannot read the test report of {report.unreadable}")
    if not report.ran:
        return _wanting(case, name, _no_report(case))
    if report.failed:
        return _wanting(case, name, f"{report.failed} of {report.ran} tests failed{_where(case)}")
    return passed(name, f"{_ran(case)}, none failed: {_link(case)}")


def ref_protected(case: Case) -> GateResult:
    """The release's ref is a protected branch or tag: nobody moves it by a push."""
    name, release, is_protected = "ref_protected", case.release, case.facts.protected
    if not case.workflow.ref_protected:
        return passed(name)
    if is_protected is None:
        return unknown(name, "whether the ref is protected")
    if is_protected:
        return passed(name, release.ref)
    why = f"{release.ref} is no protected branch or tag: Settings, Repository in GitLab protects it"
    return blocked(
        name, why, who=at_least(case.facts.members, Level.MAINTAINER), next=f"relflow test {release.version}"
    )


def _ran(case: Case) -> str:
    report = case.facts.report
    ran, skipped = (report.ran, report.skipped) if report else (0, 0)
    said = f"{ran} {'test' if ran == 1 else 'tests'} ran"
    return f"{said}, {skipped} skipped" if skipped else said


def _link(case: Case) -> str:
    pipeline = case.facts.pipeline
    return f"{pipeline.url}/test_report" if pipeline else ""


def _where(case: Case) -> str:
    pipeline = case.facts.pipeline
    return f" in pipeline {pipeline.id}" if pipeline else ""


def _no_report(case: Case) -> str:
    return f"no job left a test report{_where(case)}: artifacts: reports: junit in a job keeps it"


def _wanting(case: Case, gate: str, why: str) -> GateResult:
    """While jobs have to pass, what they report may change; then it takes another commit."""
    jobs = jobs_passed(case)
    amend = f"relflow amend {case.release.version} --ref REF -m REASON"
    step = (jobs.next or amend) if jobs.holds is False else amend
    return blocked(gate, why, who=at_least(case.facts.members, Level.DEVELOPER), next=step)
