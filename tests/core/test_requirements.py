"""What a policy can ask of a release besides its jobs: patterns, numbers, a protected ref, and the checklist."""

from dataclasses import replace
from typing import Any

import pytest

from relflow.core.case import Case
from relflow.core.commands import AmendRelease, DeployRelease, HoldRelease, ResumeRelease, TestRelease, TickPoint
from relflow.core.events import PointTicked, ReleaseTested, data_of, from_record, to_record
from relflow.core.evidence import Numbers, PassedJob
from relflow.core.facts import Facts, Job, ReportSummary
from relflow.core.gates.table import GATES
from relflow.core.judging import verdict
from relflow.core.people import Level, Member
from relflow.core.record import Head
from relflow.core.release import Release, Tick
from relflow.core.requirements import fits, percent, required_jobs
from relflow.core.verdict import GateResult
from relflow.core.workflow import Approvers, Point, Workflow, digest, gates_of_test, policy, rules, workflow_of
from tests.core.examples import (
    ANNA,
    AT,
    COMMIT,
    DANA,
    OTHER,
    RITA,
    STRANGER,
    WORKFLOW,
    accepted,
    after,
    facts,
    job,
    pipeline,
    ready,
    refused,
    release,
)

#: All that a policy can ask for. Rita reports, and is named.
DEMANDING = replace(
    WORKFLOW,
    coverage_at_least=80,
    tests_at_least=412,
    no_failed_tests=True,
    ref_protected=True,
    checklist=(
        Point("notes", "release notes are written"),
        Point("load", "the load test was looked at", Approvers("maintainer", ("rita",))),
    ),
)
TEST, NOTES, LOAD = TestRelease(), TickPoint("notes"), TickPoint("load")
AMEND = "relflow amend 1.4.0 --ref REF -m REASON"
EVERYBODY = "anna ben chris dana"


def tick(point: str, by: Any = ANNA, revision: int = 1, commit: str = COMMIT) -> Tick:
    """Somebody's tick of revision 1."""
    return Tick(point=point, by=by, at=AT, revision=revision, commit=commit)


DRAFT = release()
TICKED = release(ticks=(tick("notes"), tick("load", RITA)))


PASSED = ReportSummary(412, 0, 3)


def found(coverage: str | None = "85.30", report: ReportSummary | None = PASSED, **known: Any) -> Facts:
    """All that a test asks for, with those numbers."""
    jobs = known.pop("jobs", None)
    told = pipeline(*jobs, coverage=coverage) if jobs else pipeline(coverage=coverage)
    return ready(**{"pipelines": (told,), "report": report, "protected": True, **known})


def said(name: str, command: Any, known: Facts, of: Release = DRAFT, workflow: Workflow = DEMANDING) -> GateResult:
    """What one gate says under the policy that asks for everything."""
    return GATES[name](Case(workflow, of, command, known))


HOLDS = [
    ("coverage_at_least", TEST, found(), DRAFT, "85.30 %, at least 80: p/7"),
    ("coverage_at_least", TEST, found("100"), DRAFT, "100 %, at least 80: p/7"),
    ("coverage_at_least", TEST, found("80"), DRAFT, "80 %, at least 80: p/7"),
    ("coverage_at_least", TEST, found("80.000"), DRAFT, "80.000 %, at least 80: p/7"),
    ("tests_at_least", TEST, found(), DRAFT, "412 tests ran, 3 skipped, at least 412: p/7/test_report"),
    ("no_failed_tests", TEST, found(), DRAFT, "412 tests ran, 3 skipped, none failed: p/7/test_report"),
    ("no_failed_tests", TEST, found(report=ReportSummary(1)), DRAFT, "1 test ran, none failed: p/7/test_report"),
    ("ref_protected", TEST, found(), DRAFT, "v1.4.0"),
    ("checklist_ticked", TEST, found(), TICKED, "notes by anna, load by rita"),
    ("checklist_ticked", TEST, found(members=None), TICKED, "notes by anna, load by rita"),
    ("point_known", NOTES, facts(), DRAFT, None),
    ("may_tick", NOTES, facts(DANA), DRAFT, "dana has access level 30"),
    ("may_tick", LOAD, facts(RITA), DRAFT, "rita has access level 20"),
    ("ticks_once", NOTES, facts(), DRAFT, None),
    ("ticks_once", NOTES, facts(), release(ticks=(tick("load"),)), None),
]


@pytest.mark.parametrize(("name", "command", "known", "of", "evidence"), HOLDS)
def test_what_holds(name: str, command: Any, known: Facts, of: Release, evidence: str | None) -> None:
    """The rule is kept, and what showed it is told, with the numbers and the page that has them."""
    assert said(name, command, known, of) == GateResult(gate=name, holds=True, evidence=evidence)


RUNNING = (job("test", "running", id=72), job(id=73))
FAILED = (job("test", "failed", id=72), job(id=73))
NO_COVERAGE = "no job told a coverage in pipeline 7: coverage: '/REGEX/' in a job finds it in what the job prints"
NO_REPORT = "no job left a test report in pipeline 7: artifacts: reports: junit in a job keeps it"
UNTICKED = "notes, release notes are written (anna, ben, chris or dana); load, the load test was looked at"
BLOCKED: list[tuple[str, Any, Facts, Release, str, str, str]] = [
    (
        "coverage_at_least",
        TEST,
        found("79.99"),
        DRAFT,
        "79.99 % is covered in pipeline 7, at least 80 is asked for",
        EVERYBODY,
        AMEND,
    ),
    # As text it would be more than 80.
    (
        "coverage_at_least",
        TEST,
        found("9.5"),
        DRAFT,
        "9.5 % is covered in pipeline 7, at least 80 is asked for",
        EVERYBODY,
        AMEND,
    ),
    ("coverage_at_least", TEST, found(""), DRAFT, NO_COVERAGE, EVERYBODY, AMEND),
    # While a job can still tell another number, waiting or running it again comes first.
    ("coverage_at_least", TEST, found("", jobs=RUNNING), DRAFT, NO_COVERAGE, EVERYBODY, "relflow test 1.4.0 --wait"),
    (
        "tests_at_least",
        TEST,
        found(report=ReportSummary(409)),
        DRAFT,
        "409 tests ran in pipeline 7, at least 412 are asked for",
        EVERYBODY,
        AMEND,
    ),
    ("tests_at_least", TEST, found(report=ReportSummary(0)), DRAFT, NO_REPORT, EVERYBODY, AMEND),
    # What was skipped proves nothing.
    (
        "tests_at_least",
        TEST,
        found(report=ReportSummary(400, 0, 12)),
        DRAFT,
        "400 tests ran, 12 skipped in pipeline 7, at least 412 are asked for",
        EVERYBODY,
        AMEND,
    ),
    ("no_failed_tests", TEST, found(report=ReportSummary(0)), DRAFT, NO_REPORT, EVERYBODY, AMEND),
    (
        "no_failed_tests",
        TEST,
        found(report=ReportSummary(412, 2), jobs=FAILED),
        DRAFT,
        "2 of 412 tests failed in pipeline 7",
        EVERYBODY,
        "relflow test 1.4.0",
    ),
    (
        "no_failed_tests",
        TEST,
        found(report=ReportSummary(400, unreadable="unit")),
        DRAFT,
        "GitLab cannot read the test report of unit",
        EVERYBODY,
        AMEND,
    ),
    (
        "ref_protected",
        TEST,
        found(protected=False),
        DRAFT,
        "v1.4.0 is no protected branch or tag: Settings, Repository in GitLab protects it",
        "anna ben",
        "relflow test 1.4.0",
    ),
    (
        "checklist_ticked",
        TEST,
        found(),
        DRAFT,
        f"2 of 2 points are not ticked: {UNTICKED} (anna, ben or rita)",
        EVERYBODY,
        "relflow tick 1.4.0 notes",
    ),
    (
        "checklist_ticked",
        TEST,
        found(members=None),
        release(ticks=(tick("notes"),)),
        "1 of 2 points is not ticked: load, the load test was looked at",
        "",
        "relflow tick 1.4.0 load",
    ),
    (
        "may_tick",
        LOAD,
        facts(DANA),
        DRAFT,
        "dana may not tick load: that needs Maintainer access, or to be one of rita",
        "anna ben rita",
        "relflow tick 1.4.0 load",
    ),
    (
        "may_tick",
        NOTES,
        facts(STRANGER),
        DRAFT,
        "stranger may not tick notes: that needs Developer access",
        EVERYBODY,
        "relflow tick 1.4.0 notes",
    ),
]


@pytest.mark.parametrize(("name", "command", "known", "of", "why", "who", "then"), BLOCKED)
def test_what_can_be_cleared(name: str, command: Any, known: Facts, of: Release, why: str, who: str, then: str) -> None:
    """The refusal says what is missing, who can see to it, and what to type then."""
    assert said(name, command, known, of) == GateResult(
        gate=name, holds=False, why=why, who=tuple(who.split()), next=then
    )


FINAL = [
    ("point_known", TickPoint("nots"), DRAFT, "the checklist has no point nots; there are notes, load"),
    ("may_tick", TickPoint("nots"), DRAFT, "nobody may tick a point that the policy does not have"),
    ("ticks_once", NOTES, TICKED, "notes is ticked already, by anna"),
]


@pytest.mark.parametrize(("name", "command", "of", "why"), FINAL)
def test_what_is_final(name: str, command: Any, of: Release, why: str) -> None:
    """Nothing clears it."""
    assert said(name, command, facts(), of) == GateResult(gate=name, holds=False, why=why, final=True)


UNREAD = [
    ("coverage_at_least", TEST, facts()),
    ("coverage_at_least", TEST, found(None)),
    ("tests_at_least", TEST, found(report=None)),
    ("no_failed_tests", TEST, found(report=None)),
    ("ref_protected", TEST, found(protected=None)),
]


@pytest.mark.parametrize(("name", "command", "known"), UNREAD)
def test_what_was_not_read_is_no_answer(name: str, command: Any, known: Facts) -> None:
    """Whoever did not ask GitLab neither passes nor refuses."""
    result = said(name, command, known)
    assert (result.holds, result.final, result.next) == (None, False, None)
    assert (result.why or "").endswith("is known to GitLab only")


def test_for_whom_a_tick_is_possible() -> None:
    """Where nobody knows who asks, it is said what they need."""
    asked = said("may_tick", LOAD, facts(members=None))
    assert (asked.holds, asked.why) == (None, "it needs Maintainer access, or to be one of rita")


#: The gates that this page is about; test_gates.py has the others.
HERE = {str(each[0]) for each in HOLDS}


def test_the_examples_leave_no_gate_out() -> None:
    """Each has an example, and one for its failure; each is of some trigger."""
    assert {str(each[0]) for each in (*BLOCKED, *FINAL)} == HERE
    assert {name for rule in rules(DEMANDING) for name in rule.gates} >= HERE


def test_only_what_the_policy_asks_for_is_asked() -> None:
    """The table has a gate where its setting is on, so that nobody reads of rules that are none."""
    test = next(rule for rule in rules(WORKFLOW) if rule.trigger == "test")
    assert set(test.gates) & HERE == set()
    assert gates_of_test(DEMANDING) == (
        *("may_act", "pipeline_found", "pipeline_unclaimed", "jobs_passed", "coverage_at_least", "tests_at_least"),
        *("no_failed_tests", "ref_protected", "checklist_ticked"),
    )


@pytest.mark.parametrize("name", sorted({"coverage_at_least", "tests_at_least", "no_failed_tests", "ref_protected"}))
def test_a_gate_whose_setting_is_off_needs_no_fact(name: str) -> None:
    """It holds without evidence."""
    assert said(name, TEST, facts(), workflow=WORKFLOW) == GateResult(gate=name, holds=True)


def test_a_checklist_without_points_is_ticked() -> None:
    """Nothing is missing, and no point of it is known."""
    assert said("checklist_ticked", TEST, facts(), workflow=WORKFLOW).holds
    assert said("point_known", NOTES, facts(), workflow=WORKFLOW).why == "there is no checklist"


def test_a_point_that_nobody_may_tick_takes_another_policy() -> None:
    """Where it is known that none of the members may, a maintainer is named instead of nobody."""
    workflow = replace(WORKFLOW, checklist=(Point("legal", "the lawyers agreed", Approvers("owner")),))
    for name, command in (("checklist_ticked", TEST), ("may_tick", TickPoint("legal"))):
        result = said(name, command, facts(), workflow=workflow)
        assert (result.holds, result.who, result.next) == (False, ("anna", "ben"), "relflow policy adopt")


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("test", "test", True),
        ("test", "tests", False),
        ("test*", "test", True),
        ("test *", "test 1/3", True),
        ("*: [*]", "rspec: [ruby, pg]", True),
        ("test [123]", "test 1", False),
        ("test [123]", "test [123]", True),
        ("la?t", "last", True),
        ("la?t", "lat", False),
        ("*", "", True),
        ("?", "", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("**", "x", True),
        ("deploy:*", "Deploy:x", False),
        ("a.c", "abc", False),
        ("*\n", "x\n", True),
    ],
)
def test_what_fits_a_pattern(pattern: str, name: str, expected: bool) -> None:
    """Only * and ? are special: the brackets, colons and slashes of GitLab's names are themselves."""
    assert fits(pattern, name) is expected


def test_no_pattern_takes_long() -> None:
    """A hundred stars against a long name that fits nearly: no search that doubles with each star."""
    assert not fits("*a" * 100 + "b", "a" * 250)


def names_required(*wanted: str, jobs: tuple[Job, ...]) -> tuple[str, ...]:
    """The jobs that the names and patterns stand for."""
    return required_jobs(replace(WORKFLOW, required_jobs=wanted), pipeline(*jobs))


def test_a_pattern_stands_for_the_jobs_that_fit() -> None:
    """Each once, the deploy jobs never, and those that were run again once."""
    jobs = (
        job("test 1/2", "failed", id=70, retried=True),
        job("test 1/2", "success", id=71),
        job("test 2/2", "success", id=72),
        job("deploy-dev", id=73),
    )
    assert names_required("test *", "*", jobs=jobs) == ("test 1/2", "test 2/2")
    assert names_required("lint", "deploy-?ev", jobs=jobs) == ("lint", "deploy-?ev")


def test_a_pattern_that_no_job_fits_is_final() -> None:
    """Waiting does not help: the pipeline will never have one."""
    workflow = replace(WORKFLOW, required_jobs=("e2e *", "test"))
    assert said("jobs_passed", TEST, ready(), workflow=workflow) == GateResult(
        gate="jobs_passed", holds=False, why="no job fits e2e * in pipeline 7", final=True
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("85.30", "85.3"),
        ("100", "100"),
        ("0.0", "0"),
        ("", None),
        ("NaN", None),
        ("1e2", None),
        ("-1", None),
        ("٨٥", None),
    ],
)
def test_a_percentage_is_a_decimal(text: str, expected: str | None) -> None:
    """Exactly what GitLab wrote, and nothing that is none."""
    told = percent(text)
    assert told == (None if expected is None else type(told)(expected))  # type: ignore[misc]


def test_the_numbers_are_kept_with_the_release() -> None:
    """What was counted, and in which jobs: typed, so that they outlive the pipeline."""
    (tested,) = accepted(TICKED, TEST, found(), DEMANDING)
    assert isinstance(tested, ReleaseTested)
    jobs = (PassedJob(71, "build", "https://gitlab.example.org/-/jobs/73"), PassedJob(72, "test", job().url))
    assert tested.numbers == Numbers(coverage="85.30", tests=412, failed=0, skipped=3, jobs=jobs)
    assert after(TICKED, TEST, found(), DEMANDING).numbers == tested.numbers


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"coverage_at_least": 1}, ("85.30", None, None)),
        ({"no_failed_tests": True}, (None, 412, 0)),
        ({"tests_at_least": 1}, (None, 412, 0)),
    ],
)
def test_only_numbers_that_were_asked_for_are_kept(asked: Any, expected: tuple[object, ...]) -> None:
    """What nobody asked for is not said to be nothing."""
    (tested,) = accepted(DRAFT, TEST, found(), replace(WORKFLOW, **asked))
    assert isinstance(tested, ReleaseTested)
    assert tested.numbers is not None
    assert (tested.numbers.coverage, tested.numbers.tests, tested.numbers.failed) == expected


def test_the_digest_of_what_was_counted_is_kept() -> None:
    """It stands beside the numbers; a record of an older relflow has none, and its bytes stay as they are."""
    told = found(report=replace(PASSED, digest="sha256:1b4f"))
    for known, expected in ((told, "sha256:1b4f"), (found(), None)):
        (tested,) = accepted(DRAFT, TEST, known, replace(WORKFLOW, no_failed_tests=True))
        assert isinstance(tested, ReleaseTested)
        assert tested.numbers is not None
        assert tested.numbers.report_digest == expected
        assert data_of(tested)["numbers"].get("report_digest") == expected
        assert ("report_digest" in data_of(tested)["numbers"]) == (expected is not None)
        assert from_record(to_record(tested, Head("x/1"), "1")) == tested
    (other,) = accepted(DRAFT, TEST, told, replace(WORKFLOW, coverage_at_least=1))
    assert "report_digest" not in data_of(other)["numbers"]


def test_a_policy_without_requirements_records_what_it_always_did() -> None:
    """Neither its own bytes, nor those of a test, know of what came later."""
    (tested,) = accepted(DRAFT, TEST, found())
    assert set(data_of(tested)) == {"pipeline", "gates"}
    assert set(policy(WORKFLOW)) == {"project", "environments", "required_jobs"}
    assert workflow_of(policy(DEMANDING)) == DEMANDING
    assert digest(replace(WORKFLOW, coverage_at_least=0)) != digest(WORKFLOW)


def test_ticking_vouches_for_a_point() -> None:
    """By whom, for which revision and commit; with all of them ticked the release can be tested."""
    (event,) = accepted(DRAFT, NOTES, facts(DANA), DEMANDING)
    assert isinstance(event, PointTicked)
    assert (event.point, event.revision, event.commit, event.source, event.target) == (
        *("notes", 1, COMMIT),
        *("draft", "draft"),
    )
    one = after(DRAFT, NOTES, facts(DANA), DEMANDING)
    assert one.ticked("notes") == tick("notes", DANA)
    assert refused(one, TEST, found(), DEMANDING).keys() == {"checklist_ticked"}
    both = after(one, LOAD, facts(RITA), DEMANDING)
    assert after(both, TEST, found(), DEMANDING).state == "tested"


def test_a_tick_is_refused_with_every_reason() -> None:
    """A stranger, a point that is ticked: all at once."""
    assert refused(TICKED, LOAD, facts(STRANGER), DEMANDING).keys() == {"may_act", "may_tick", "ticks_once"}
    assert refused(TICKED, TickPoint("x"), facts(), WORKFLOW)["point_known"] == "there is no checklist"


@pytest.mark.parametrize(("state", "held_from"), [("tested", None), ("deployed-prod", None), ("held", "draft")])
def test_only_a_draft_is_ticked(state: str, held_from: str | None) -> None:
    """What was tested was ticked; what is held waits."""
    assert "in_state" in refused(release(state, held_from=held_from), NOTES, facts(), DEMANDING)


def test_the_way_on_from_a_draft_leads_by_the_points() -> None:
    """A test would be refused while one is missing; whoever asks for more is told who can tick it."""
    deploy = DeployRelease("dev")
    for draft, way, who in (
        (DRAFT, "relflow tick 1.4.0 notes", EVERYBODY),
        (release(ticks=(tick("notes"),)), "relflow tick 1.4.0 load", "anna ben rita"),
        (TICKED, "relflow test 1.4.0", ""),
    ):
        first = verdict(DEMANDING, draft, deploy, ready()).gates[0]
        assert (first.gate, first.next, first.who) == ("in_state", way, tuple(who.split()))


def test_after_an_amend_no_tick_counts() -> None:
    """Not for another commit, and not for another pipeline of the same one; the numbers are gone, too."""
    tested = after(TICKED, TEST, found(), DEMANDING)
    for known in (facts(resolved=OTHER), facts(resolved=COMMIT, pipelines=(pipeline(id=8),))):
        amended = after(tested, AmendRelease("main", "x"), known, DEMANDING)
        assert (amended.ticked("notes"), amended.numbers, len(amended.ticks)) == (None, None, 2)
        again = after(amended, NOTES, facts(DANA), DEMANDING)
        assert again.ticked("notes") == tick("notes", DANA, 2, amended.commit)


def test_a_hold_leaves_the_ticks() -> None:
    """What was vouched for stays so."""
    back = after(after(TICKED, HoldRelease("x"), facts(), DEMANDING), ResumeRelease("x"), facts(), DEMANDING)
    assert back.ticked("load") == tick("load", RITA)


def test_who_left_has_ticked_all_the_same() -> None:
    """A tick says what was seen then."""
    team = (Member("chris", 13, Level.DEVELOPER),)
    assert said("checklist_ticked", TEST, found(members=team), TICKED).holds


def test_the_environments_commands_know_no_point() -> None:
    """Gates of a tick that are asked of another command refuse rather than fail."""
    assert said("may_tick", DeployRelease("dev"), facts()).final
    assert said("ticks_once", DeployRelease("dev"), facts()).holds
