"""Which requests each reading method sends, and what it makes of the answers."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from relflow.adapters.gitlab import PythonGitLab, PythonGitLabSetup
from relflow.core.errors import GitLabError
from relflow.core.facts import ReportSummary, Tag
from relflow.core.people import Actor, Member
from relflow.service.ports import Identity, RemoteProject
from tests.contract import samples
from tests.contract.stub import Reply, Stub, listening, reply
from tests.doubles.clock import START

EVER = datetime(2026, 1, 1, tzinfo=UTC)

#: Every reading method: a use, the answers to it, and the requests it is allowed.
READS: dict[str, tuple[Callable[[PythonGitLabSetup], object], list[Any], list[str]]] = {
    "identify": (
        lambda it: it.identify(),
        [samples.USER, samples.TOKEN],
        ["/user", "/personal_access_tokens/self"],
    ),
    "project": (
        lambda it: it.project("group/data-provider"),
        [samples.PROJECT],
        ["/projects/group%2Fdata-provider"],
    ),
    "members": (lambda it: it.members(5), [[samples.MEMBER]], ["/projects/5/members/all"]),
    "resolve": (
        lambda it: it.resolve(5, "feature/a"),
        [{"id": samples.COMMIT}],
        ["/projects/5/repository/commits/feature%2Fa"],
    ),
    "tags": (lambda it: it.tags(5), [[samples.TAG]], ["/projects/5/repository/tags"]),
    "releases": (lambda it: it.releases(5), [[samples.RELEASE]], ["/projects/5/releases"]),
    "pipelines": (lambda it: it.pipelines(5, samples.COMMIT), [[samples.PIPELINE]], ["/projects/5/pipelines"]),
    "pipeline": (lambda it: it.pipeline(5, 7), [samples.WHOLE_PIPELINE], ["/projects/5/pipelines/7"]),
    "report": (lambda it: it.report(5, 7), [samples.REPORT], ["/projects/5/pipelines/7/test_report_summary"]),
    "is_protected": (
        lambda it: it.is_protected(5, "release/2"),
        [samples.TAG],
        ["/projects/5/repository/tags/release%2F2"],
    ),
    "jobs": (lambda it: it.jobs(5, 7), [[samples.JOB]], ["/projects/5/pipelines/7/jobs"]),
    "runs": (lambda it: it.runs(5, 7), [[samples.JOB]], ["/projects/5/pipelines/7/jobs"]),
    "job": (lambda it: it.job(5, 17), [samples.JOB], ["/projects/5/jobs/17"]),
    "changes": (
        lambda it: it.changes(5, "b" * 40, samples.COMMIT),
        [samples.COMPARISON],
        ["/projects/5/repository/compare"],
    ),
    "merged_ci": (lambda it: it.merged_ci(5, "feature/a"), [samples.LINT], ["/projects/5/ci/lint"]),
    "change": (
        lambda it: it.change(5, samples.COMMIT),
        [samples.COMMIT_ALONE],
        [f"/projects/5/repository/commits/{samples.COMMIT}"],
    ),
    "listed_addresses": (lambda it: it.listed_addresses(), [[samples.EMAIL]], ["/user/emails"]),
    "deployments": (
        lambda it: it.deployments(5, EVER, "running"),
        [[samples.DEPLOYMENT]],
        ["/projects/5/deployments"],
    ),
    "settings": (lambda it: it.settings(5), [samples.SETTINGS], ["/projects/5"]),
    "protections": (
        lambda it: it.protections(5),
        [[samples.PROTECTED_BRANCH], [samples.PROTECTED_TAG]],
        ["/projects/5/protected_branches", "/projects/5/protected_tags"],
    ),
    "resource_groups": (
        lambda it: it.resource_groups(5),
        [[samples.RESOURCE_GROUP]],
        ["/projects/5/resource_groups"],
    ),
    "has_environment": (
        lambda it: it.has_environment(5, "prod"),
        [[{"id": 9, "name": "prod"}]],
        ["/projects/5/environments"],
    ),
    "artifacts": (lambda it: it.artifacts(5, 7), [[samples.JOB]], ["/projects/5/pipelines/7/jobs"]),
    "freezes": (lambda it: it.freezes(5, (EVER,)), [[samples.FREEZE]], ["/projects/5/freeze_periods"]),
}


def rows(sample: dict[str, Any], *ids: int, **fields: Any) -> list[dict[str, Any]]:
    """A page: that sample once for each id."""
    return [sample | {"id": id_} | fields for id_ in ids]


def page(rows: list[dict[str, Any]], following: str = "") -> Reply:
    """A page and the number of the next."""
    return reply(200, rows, X_Next_Page=following)


@pytest.mark.parametrize("method", READS)
def test_the_requests_are_those_the_port_promises(stub: Stub, gitlab: PythonGitLabSetup, method: str) -> None:
    """One request for each fact, no more; all of them GET, and none with the token in its address."""
    use, answers, paths = READS[method]
    stub.says(*(reply(200, answer) for answer in answers))
    assert use(gitlab)
    assert [each.method for each in stub.received] == ["GET"] * len(paths)
    assert [urlsplit(each.target).path for each in stub.received] == [f"/api/v4{path}" for path in paths]
    assert not any("token=" in each.target for each in stub.received)


def test_identity_says_who_and_how_far_the_clocks_are_apart(stub: Stub, gitlab: PythonGitLab) -> None:
    """The owner, the scopes, and how far this clock surely is ahead: GitLab's date has no fractions."""
    hour_ago = START - timedelta(hours=1)
    said = hour_ago.strftime("%a, %d %b %Y %H:%M:%S GMT")
    stub.says(reply(200, samples.USER, Date=said), reply(200, samples.TOKEN))
    assert gitlab.identify() == Identity(
        Actor("user:anna", 11, "token"), ("api",), timedelta(seconds=3599), hour_ago, date(2026, 12, 1)
    )


@pytest.mark.parametrize(
    ("seconds", "ahead"),
    [(-1, 0), (0, 0), (1, 0), (2, -1), (60, -59), (-2, 1)],
)
def test_clocks_apart_by_less_than_can_be_told_are_equal(
    stub: Stub, gitlab: PythonGitLab, seconds: int, ahead: int
) -> None:
    """The look at the clock before the request and the one after it enclose GitLab's whole second."""
    date = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    stub.says(reply(200, samples.USER, Date=date), reply(200, samples.TOKEN))
    assert gitlab.identify().clock_ahead == timedelta(seconds=ahead)


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}, {"Date": "Mon, 99 Foo 9999 99:99:99 GMT"}])
def test_no_date_no_difference(stub: Stub, gitlab: PythonGitLab, date: dict[str, str]) -> None:
    """An answer without a usable date leaves the difference unknown."""
    stub.says(reply(200, samples.USER, **date), reply(200, samples.TOKEN))
    identity = gitlab.identify()
    assert (identity.clock_ahead, identity.gitlab_at) == (None, None)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_does_not_tell_its_scopes_is_welcome(stub: Stub, gitlab: PythonGitLab, status: int) -> None:
    """An OAuth token worked for the user, and is no personal access token."""
    stub.says(reply(200, samples.USER), reply(status, {"message": "whatever"}))
    assert gitlab.identify().scopes is None


def test_members_who_may_act(stub: Stub, gitlab: PythonGitLab) -> None:
    """Blocked members, and those who wait to be let in, are none."""
    blocked = samples.MEMBER | {"id": 12, "username": "ben", "state": "blocked"}
    waiting = samples.MEMBER | {"id": 13, "username": "chris", "membership_state": "awaiting"}
    old = samples.MEMBER | {"id": 14, "username": "dana", "membership_state": None, "access_level": 25}
    stub.says(page([samples.MEMBER, blocked, waiting, old]))
    assert gitlab.members(5) == (Member("anna", 11, 40), Member("dana", 14, 25))


def test_a_project(stub: Stub, gitlab: PythonGitLab) -> None:
    """The path is GitLab's own, which may differ in case from the asked one."""
    stub.says(reply(200, samples.PROJECT | {"archived": True}))
    assert gitlab.project("Group/Data-Provider") == RemoteProject(
        5, "group/data-provider", "https://gitlab.example.org/group/data-provider", is_archived=True
    )


@pytest.mark.parametrize(
    ("told", "coverage"), [("85.30", "85.30"), (98.29, "98.29"), (100, "100"), (None, ""), ("", "")]
)
def test_the_coverage_of_a_pipeline(stub: Stub, gitlab: PythonGitLab, told: object, coverage: str) -> None:
    """To the letter as GitLab wrote it, be it text or number; where no job told any, nothing."""
    stub.says(reply(200, samples.WHOLE_PIPELINE | {"coverage": told}))
    found = gitlab.pipeline(5, 7)
    assert found is not None
    assert found.coverage == coverage


@pytest.mark.parametrize("told", ["much", "1e2", "NaN", "85,3", "1000", -1, True, [85]])
def test_a_coverage_that_is_none_is_not_believed(stub: Stub, gitlab: PythonGitLab, told: object) -> None:
    """It is an error of what answers, not a low coverage."""
    stub.says(reply(200, samples.WHOLE_PIPELINE | {"coverage": told}))
    with pytest.raises(GitLabError, match="does not understand"):
        gitlab.pipeline(5, 7)


def test_what_the_test_reports_add_up_to(stub: Stub, gitlab: PythonGitLab) -> None:
    """A skipped test did not run, an error is a failure, and a report that GitLab could not read is named."""
    stub.says(reply(200, samples.REPORT))
    assert replace(gitlab.report(5, 7), digest=None) == ReportSummary(412, 4, 3, "end to end")


def test_a_pipeline_without_test_reports(stub: Stub, gitlab: PythonGitLab) -> None:
    """GitLab counts nothing; it is no error."""
    nothing = dict.fromkeys(("count", "success", "failed", "skipped", "error"), 0)
    stub.says(reply(200, {"total": nothing, "test_suites": []}))
    assert replace(gitlab.report(5, 7), digest=None) == ReportSummary(0)


def test_the_digest_of_the_test_reports(stub: Stub, gitlab: PythonGitLab) -> None:
    """It is that of the bytes that GitLab sent, blanks and order as they were, packed for the way or not."""
    sent = b'{ "total" : {"count":2,\t"skipped":0,"failed":0} }\n'
    stub.says(reply(200, sent), reply(200, gzip.compress(sent), Content_Encoding="gzip"))
    expected = ReportSummary(2, digest=f"sha256:{hashlib.sha256(sent).hexdigest()}")
    assert [gitlab.report(5, 7), gitlab.report(5, 7)] == [expected, expected]


def test_a_branch_is_looked_for_where_there_is_no_such_tag(stub: Stub, gitlab: PythonGitLab) -> None:
    """A tag goes first, as for git; what names neither is not protected; what cannot be a name asks nobody."""
    absent, branch = reply(404, {"message": "404 Tag Not Found"}), {"name": "main", "protected": True}
    stub.says(absent, reply(200, branch))
    assert gitlab.is_protected(5, "main")
    assert [urlsplit(each.target).path.rpartition("repository/")[2] for each in stub.received] == [
        "tags/main",
        "branches/main",
    ]
    stub.says(absent, reply(404, {"message": "404 Branch Not Found"}))
    assert not gitlab.is_protected(5, samples.COMMIT)
    assert not gitlab.is_protected(5, "main~1")
    assert len(stub.received) == 4


def test_every_job_of_the_pipeline(stub: Stub, gitlab: PythonGitLab) -> None:
    """One list, whole; oldest first; a job was retried where a younger one has its name."""
    first, second = rows(samples.JOB, *range(200, 100, -1)), rows(samples.JOB | {"name": "other"}, 100, 99)
    stub.says(page(first, "2"), page(second))
    found = gitlab.jobs(5, 7)
    assert [job.id for job in found] == list(range(99, 201))
    assert [job.id for job in found if not job.retried] == [100, 200]
    queries = [parse_qs(urlsplit(each.target).query) for each in stub.received]
    assert [(it["include_retried"][0], it["page"][0]) for it in queries] == [("true", "1"), ("true", "2")]
    assert {it["per_page"][0] for it in queries} == {"100"}


def test_a_row_that_moved_to_the_next_page_counts_once(stub: Stub, gitlab: PythonGitLab) -> None:
    """A list that grows while it is read repeats its rows."""
    stub.says(page(rows(samples.PIPELINE, 9, 8), "2"), page(rows(samples.PIPELINE, 8, 7)))
    assert [each.id for each in gitlab.pipelines(5, samples.COMMIT)] == [9, 8, 7]


def test_pages_without_their_header(stub: Stub, gitlab: PythonGitLab) -> None:
    """Where a proxy swallowed it, a full page has a next one."""
    full = rows(samples.DEPLOYMENT, *range(300, 200, -1))
    stub.says(reply(200, full), reply(200, rows(samples.DEPLOYMENT, 200)))
    assert len(gitlab.deployments(5, EVER, "running")) == 101


def test_compressed_and_in_chunks(stub: Stub, gitlab: PythonGitLab) -> None:
    """As the web server before GitLab likes to send it; whole, and over one connection."""
    packed = gzip.compress(json.dumps(rows(samples.JOB, *range(100, 0, -1))).encode())
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (packed[:9], packed[9:40], packed[40:], b""))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nX-Next-Page: \r\n\r\n"
    stub.says(Reply(head + chunks, "keep"))
    assert len(gitlab.jobs(5, 7)) == 100
    assert stub.connected == 1


def test_a_link_to_another_host_is_not_followed(stub: Stub, gitlab: PythonGitLab) -> None:
    """Pages are asked for by number: a `Link` header that names another host would give it the token."""
    with listening() as other:
        other.says(page([]))
        link = f'<{other.url}/api/v4/projects/5/pipelines?page=2>; rel="next"'
        stub.says(reply(200, rows(samples.PIPELINE, 9), X_Next_Page="2", Link=link), page(rows(samples.PIPELINE, 8)))
        assert [each.id for each in gitlab.pipelines(5, samples.COMMIT)] == [9, 8]
    assert other.received == []


def test_a_list_without_end_ends(stub: Stub, gitlab: PythonGitLab) -> None:
    """A server that always has a next page is not followed for ever."""
    stub.says(reply(200, [], end="keep", X_Next_Page="2"))
    with pytest.raises(GitLabError, match="does not understand"):
        gitlab.pipelines(5, samples.COMMIT)


def test_a_deployment_that_was_only_recorded(stub: Stub, gitlab: PythonGitLab) -> None:
    """It has no job; what is asked for is in the query: the latest change first."""
    stub.says(page(rows(samples.DEPLOYMENT, 41, deployable=None)))
    (found,) = gitlab.deployments(5, EVER, "success")
    assert (found.job, found.environment, found.username, found.commit, found.updated_at) == (
        None,
        "dev",
        "anna",
        samples.COMMIT,
        datetime(2026, 3, 2, 8, 6, tzinfo=UTC),
    )
    query = parse_qs(urlsplit(stub.received[0].target).query)
    assert query["status"] == ["success"]
    assert (query["order_by"], query["sort"], query["updated_after"]) == (
        ["updated_at"],
        ["desc"],
        ["2026-01-01T00:00:00.000000Z"],
    )


def test_the_last_deployments_of_an_environment(stub: Stub, gitlab: PythonGitLab) -> None:
    """No page is asked for beyond the number that is wanted."""
    stub.says(page(rows(samples.DEPLOYMENT, *range(300, 200, -1)), "2"))
    assert len(gitlab.deployments(5, EVER, environment="review/a b", most=100)) == 100
    (asked,) = stub.received
    query = parse_qs(urlsplit(asked.target).query)
    assert (query["environment"], "status" in query) == (["review/a b"], False)


def test_a_tag_that_leads_to_no_commit(stub: Stub, gitlab: PythonGitLab) -> None:
    """It may name a file or another tag's text: it is none that anything was deployed from."""
    stub.says(page([samples.TAG | {"name": "the-key", "commit": None}, samples.TAG], "2"), page([samples.TAG]))
    assert gitlab.tags(5) == (Tag("v2.4.0", samples.COMMIT),)


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_without_releases(stub: Stub, gitlab: PythonGitLab, status: int) -> None:
    """Where they are switched off GitLab hides them; any other failure is one."""
    stub.says(reply(status, {"message": f"{status} Forbidden"}))
    assert gitlab.releases(5) == ()
    stub.says(reply(500, {"message": "500 Internal Server Error"}))
    with pytest.raises(GitLabError):
        gitlab.releases(5)


def test_a_job_whose_commit_is_gone(stub: Stub, gitlab: PythonGitLab) -> None:
    """After a forced push GitLab shows no commit; the job's pipeline still names it. Times are in UTC."""
    stub.says(reply(200, samples.JOB | {"commit": None, "user": None}))
    found = gitlab.job(5, 17)
    assert found is not None
    assert (found.commit, found.username, found.user_id) == (samples.COMMIT, None, None)
    assert found.started_at == datetime(2026, 3, 2, 8, 5, 0, 123000, tzinfo=UTC)


ABSENT = [{"message": "404 Not found"}, {"message": "404 Not Found"}, {"message": "404 Commit Not Found"}]
FINDS: list[Callable[[PythonGitLab], object]] = [
    lambda it: it.job(5, 17),
    lambda it: it.pipeline(5, 7),
    lambda it: it.resolve(5, "v2.4.0"),
    lambda it: it.changes(5, "b" * 40, samples.COMMIT),
    lambda it: it.merged_ci(5, "main"),
]


@pytest.mark.parametrize("body", ABSENT)
@pytest.mark.parametrize("find", FINDS)
def test_what_is_not_there_is_none(
    stub: Stub, gitlab: PythonGitLab, find: Callable[[PythonGitLab], object], body: dict[str, str]
) -> None:
    """GitLab's own 404 for a record, in the spelling of whatever version."""
    stub.says(reply(404, body))
    assert find(gitlab) is None


PROJECT_IS_GONE = [
    reply(404, {"message": "404 Project Not Found"}),
    reply(404, {"message": "404 project not found"}),
    reply(404, {"error": "404 Not Found"}),
    reply(404, samples.HTML, kind="text/html"),
    reply(404, b"", kind="text/plain"),
]


@pytest.mark.parametrize("said", PROJECT_IS_GONE)
@pytest.mark.parametrize("find", FINDS)
def test_another_404_is_no_proof_of_absence(
    stub: Stub, gitlab: PythonGitLab, find: Callable[[PythonGitLab], object], said: Reply
) -> None:
    """A hidden project, an unknown route and a proxy's page say nothing of the job."""
    stub.says(said)
    with pytest.raises(GitLabError) as caught:
        find(gitlab)
    assert caught.value.status == 404


NO_REFS = ["", " ", ".", "..", "a..b", "main~1", "HEAD^", "a b", "-x", "/a", "a/", "a//b", "a/.b", "a.lock", "@{-1}"]
NO_REFS += ["x\n", "a\x00", "a:b", "a?b", "a*", "a[b", "a\\b", "\ud800", "a."]


@pytest.mark.parametrize("ref", NO_REFS)
def test_what_git_takes_for_no_name_names_nothing(stub: Stub, gitlab: PythonGitLab, ref: str) -> None:
    """It is not sent: some of it would reach another route, and some would be computed."""
    assert gitlab.resolve(5, ref) is None
    assert stub.received == []


@pytest.mark.parametrize("ref", ["v2.4.0", "feature/x.y", "ä/ö", "100%25", "a#b", "a&b=c", samples.COMMIT])
def test_a_name_reaches_gitlab_as_it_is(stub: Stub, gitlab: PythonGitLab, ref: str) -> None:
    """Encoded as one segment of the path."""
    stub.says(reply(200, {"id": samples.COMMIT}))
    assert gitlab.resolve(5, ref) == samples.COMMIT
    path = urlsplit(stub.received[0].target).path
    assert path.count("/") == "/api/v4/projects/5/repository/commits/x".count("/")


@pytest.mark.parametrize("path", ["", ".", "..", "/", "../..", "\ud800/x"])
def test_what_is_no_path_of_a_project_is_not_sent(stub: Stub, gitlab: PythonGitLab, path: str) -> None:
    """Dots alone would step up in the address and reach another route."""
    with pytest.raises(GitLabError):
        gitlab.project(path)
    assert stub.received == []


def test_who_wrote_a_commit(stub: Stub, gitlab: PythonGitLab) -> None:
    """The author, and who stands in the message's trailers; without a message or an address it is not told."""
    bare = [
        {name: value for name, value in samples.COMMIT_ALONE.items() if name != gone}
        for gone in ("message", "author_email")
    ]
    stub.replies = [reply(200, samples.COMMIT_ALONE), *(reply(200, each) for each in bare)]
    found = [gitlab.change(5, samples.COMMIT) for _ in range(3)]
    assert [set(each.addresses) for each in found if each] == [{"dana@example.org", "ben@example.org"}, set(), set()]


def test_the_addresses_of_who_asks(stub: Stub, gitlab: PythonGitLab) -> None:
    """The first one, those for commits and for all to see, GitLab's own; and those of the list."""
    owner = samples.OWNER | {"public_email": "A@x.org"}
    stub.replies = [reply(200, owner), reply(200, samples.TOKEN), reply(200, [samples.EMAIL])]
    assert gitlab.identify().addresses == frozenset({"anna@example.org", "a@x.org", "11@users.noreply"})
    assert gitlab.listed_addresses() == frozenset({"anna@home.example.net"})


@pytest.mark.parametrize("listed", [reply(403, samples.NARROW), reply(404, {"message": "404 Not Found"})])
def test_addresses_that_the_token_may_not_read(stub: Stub, gitlab: PythonGitLab, listed: Reply) -> None:
    """None, which is not the same as nobody having added one."""
    stub.says(listed)
    assert gitlab.listed_addresses() is None


def test_an_account_that_hides_its_address(stub: Stub, gitlab: PythonGitLab) -> None:
    """None, and not the few that it shows: those would prove nothing."""
    stub.says(reply(200, samples.OWNER | {"email": None}), reply(200, samples.TOKEN))
    assert gitlab.identify().addresses is None


def test_addresses_of_a_gitlab_in_trouble(stub: Stub, gitlab: PythonGitLab) -> None:
    """That is no word on the token's rights."""
    stub.says(reply(502, samples.HTML))
    with pytest.raises(GitLabError) as caught:
        gitlab.listed_addresses()
    assert caught.value.status == 502


AT = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)  # a Friday; on Sunday clocks are put forward in Berlin
WEEKEND = {"freeze_start": "0 18 * * 5", "freeze_end": "0 8 * * 1", "cron_timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("at", "begins", "ends"),
    [
        (AT, "2026-03-27T17:00", "2026-03-30T06:00"),
        (AT + timedelta(hours=5), "2026-03-27T17:00", "2026-03-30T06:00"),
        (AT + timedelta(days=2), "2026-03-27T17:00", "2026-03-30T06:00"),
        (AT + timedelta(days=2, hours=18), "2026-04-03T16:00", "2026-04-06T06:00"),
    ],
    ids=["before", "its first instant", "inside", "its end"],
)
def test_a_freeze_period_returns_by_its_cron_lines(
    stub: Stub, gitlab: PythonGitLab, at: datetime, begins: str, ends: str
) -> None:
    """The one that covers the time or comes next, by the clocks of its zone, and those of the month that follows."""
    stub.says(page([samples.FREEZE | WEEKEND]))
    first, *later = gitlab.freezes(5, (at,))
    assert first.begins_at == datetime.fromisoformat(f"{begins}:00+00:00")
    assert first.ends_at == datetime.fromisoformat(f"{ends}:00+00:00")
    assert first.lines == "from 0 18 * * 5 to 0 8 * * 1, Europe/Berlin"
    assert len(later) >= 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron_timezone": "Berlin"}, "its time zone Berlin is none that this machine knows"),
        ({"freeze_start": "@weekly"}, "@weekly is no cron line that relflow reads"),
        ({"freeze_end": "0 0 31 2 *"}, "0 0 31 2 * is no cron line that relflow reads"),
    ],
)
def test_a_freeze_period_that_cannot_be_understood(
    stub: Stub, gitlab: PythonGitLab, wrong: dict[str, str], said: str
) -> None:
    """It may be a freeze now: nobody guesses."""
    stub.says(page([samples.FREEZE | wrong]))
    with pytest.raises(GitLabError, match="cannot be understood") as caught:
        gitlab.freezes(5, (AT,))
    assert caught.value.why[0] == f"GitLab's freeze period 8: {said}"


def test_a_period_that_is_always_over(stub: Stub, gitlab: PythonGitLab) -> None:
    """A begin and an end at one time freeze nothing now, as in GitLab."""
    stub.says(page([samples.FREEZE | {"freeze_start": "0 9 * * *", "freeze_end": "0 9 * * *"}]))
    assert not any(each.covers(AT) for each in gitlab.freezes(5, (AT,)))
