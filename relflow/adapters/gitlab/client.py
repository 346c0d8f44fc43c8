"""The GitLab port over the wire. Which request gives which fact; how it travels and reads is not done here."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

from relflow.adapters.gitlab import shapes
from relflow.adapters.gitlab.answer import Answer, Silence
from relflow.adapters.gitlab.cron_freezes import CronError, Period
from relflow.adapters.gitlab.troubles import is_absent, strange, trouble
from relflow.adapters.gitlab.wire import Wire
from relflow.core.answers import PlayAnswer
from relflow.core.codec import timestamp
from relflow.core.errors import GitLabError
from relflow.core.facts import Job, Pipeline, Published, RemoteDeployment, ReportSummary, Tag
from relflow.core.freeze import RemoteFreeze
from relflow.core.people import Member, user
from relflow.core.pipeline_request import PipelineAnswer
from relflow.core.text import escaped
from relflow.service.ports import Change, Changes, Clock, Identity, MergedCi, RemoteProject

PAGE = 100
#: More than any project has; a server that never ends a list is not followed for ever.
MOST_PAGES = 1_000

# What git takes for the name of a ref. Anything else would reach another route, or be computed: `main~1`, `..`
_REF = re.compile(
    r"(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\./-][^\x00-\x20\x7f~^:?*\[\\]*"
)

T = TypeVar("T")


class PythonGitLab:
    """GitLab as the service needs it, over python-gitlab. Close it, or use it in a `with`."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire, self._clock = wire, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the sockets back."""
        self._wire.close()

    def identify(self) -> Identity:
        """Who the token belongs to. Two requests; scopes are None where GitLab does not tell them."""
        subject, before = "who the token belongs to", self._clock.now()
        outcome = self._wire.get("/user")
        said, after = _date(outcome), self._clock.now()
        ahead = None if said is None else _ahead(before, after, said)
        raw = self._json(subject, outcome)
        actor = self._shaped(subject, lambda it: user(shapes.text(it, "username"), shapes.number(it, "id")), raw)
        scopes, expires_on = self._token()
        return Identity(actor, scopes, ahead, said, expires_on, self._shaped(subject, shapes.shown_addresses, raw))

    def _token(self) -> tuple[tuple[str, ...] | None, date | None]:
        """What the token may do, and its end."""
        subject = "the token's scopes"
        outcome = self._wire.get("/personal_access_tokens/self")
        # An OAuth token worked for /user and is no personal access token; an old GitLab has no such route.
        if isinstance(outcome, Answer) and outcome.status in {401, 403, 404}:
            return None, None
        raw = self._json(subject, outcome)
        return self._shaped(subject, shapes.scopes, raw), self._shaped(subject, shapes.expires_on, raw)

    def listed_addresses(self) -> frozenset[str] | None:
        """The addresses that the token's owner added; None where the token may not read them. One request."""
        subject = "your e-mail addresses"
        try:
            raws = self._pages(subject, "/user/emails")
            return frozenset(self._shaped(subject, shapes.listed_address, raw) for raw in raws)
        except GitLabError as exc:
            if exc.status in {403, 404}:
                return None
            raise

    def project(self, path: str) -> RemoteProject:
        """The project of that path. One request."""
        subject = f"project {path}"
        # A path that is only dots would be taken for a step up in the address.
        if not path.strip("./ ") or not _is_utf8(path):
            raise GitLabError("no project can have such a path", (escaped(f"it is written as group/name: {path!r}"),))
        outcome = self._wire.get(f"/projects/{quote(path, safe='')}")
        return self._shaped(subject, shapes.project, self._json(subject, outcome))

    def members(self, project: int) -> tuple[Member, ...]:
        """Everybody who may act, inherited access included. One request for each hundred."""
        raws = self._pages("the members", f"/projects/{project}/members/all")
        found = [self._shaped("the members", shapes.member, raw) for raw in raws]
        return tuple({each.user_id: each for each in found if each}.values())

    def resolve(self, project: int, ref: str) -> str | None:
        """The commit of that name; None where there is none. One request, or none for what cannot be a name.

        Where a tag and a branch share the name GitLab takes the tag, as git does.
        """
        if not _REF.fullmatch(ref) or not _is_utf8(ref):
            return None
        return self._found(f"ref {ref}", shapes.commit, f"/projects/{project}/repository/commits/{quote(ref, safe='')}")

    def tag(self, project: int, name: str) -> str | None:
        """The commit that the tag names; None where there is no such tag. One request, or none as for `resolve`."""
        if not _REF.fullmatch(name) or not _is_utf8(name):
            return None
        path = f"/projects/{project}/repository/tags/{quote(name, safe='')}"
        return self._found(f"tag {name}", shapes.tagged_commit, path)

    def tags(self, project: int) -> tuple[Tag, ...]:
        """Every tag with the commit that it names, by name. One request for each hundred."""
        subject, path = "the tags", f"/projects/{project}/repository/tags"
        raws = self._pages(subject, path, order_by="name", sort="asc")
        found = [each for each in (self._shaped(subject, shapes.tag, raw) for raw in raws) if each]
        return tuple(sorted({each.name: each for each in found}.values(), key=lambda each: each.name))

    def releases(self, project: int) -> tuple[Published, ...]:
        """GitLab's own releases, by tag; () where they are switched off. One request for each hundred."""
        subject, path = "the releases", f"/projects/{project}/releases"
        try:
            found = [self._shaped(subject, shapes.published, raw) for raw in self._pages(subject, path)]
        except GitLabError as exc:
            if exc.status in {403, 404}:
                return ()
            raise
        return tuple(sorted({each.tag: each for each in found}.values(), key=lambda each: each.tag))

    def pipelines(self, project: int, commit: str, started_by: str | None = None) -> tuple[Pipeline, ...]:
        """The commit's pipelines, newest first, without their jobs. One request for each hundred.

        With a username only those that this user started through the API: a list does not tell whose they are.
        """
        subject, path = f"the pipelines of {commit[:12]}", f"/projects/{project}/pipelines"
        own = {"source": "api", "username": started_by} if started_by else {}
        raws = self._pages(subject, path, sha=commit, order_by="id", sort="desc", **own)
        return _newest_first({each.id: each for each in (self._shaped(subject, shapes.pipeline, it) for it in raws)})

    def pipeline(self, project: int, pipeline_id: int) -> Pipeline | None:
        """The pipeline with its coverage, without its jobs; None where there is none of that id. One request."""
        path = f"/projects/{project}/pipelines/{pipeline_id}"
        return self._found(f"pipeline {pipeline_id}", shapes.whole_pipeline, path)

    def report(self, project: int, pipeline_id: int) -> ReportSummary:
        """What the pipeline's test reports add up to, and the digest of what GitLab sent. One request."""
        subject = f"the test reports of pipeline {pipeline_id}"
        outcome = self._wire.get(f"/projects/{project}/pipelines/{pipeline_id}/test_report_summary")
        found = self._shaped(subject, shapes.report, self._json(subject, outcome))
        assert isinstance(outcome, Answer)  # noqa: S101 - `_json` raised otherwise
        return replace(found, digest=outcome.digest)

    def is_protected(self, project: int, ref: str) -> bool:
        """Whether the tag, or where there is none the branch of that name is protected. One request, or two."""
        if not _REF.fullmatch(ref) or not _is_utf8(ref):
            return False
        paths = (f"/projects/{project}/repository/{kind}/{quote(ref, safe='')}" for kind in ("tags", "branches"))
        answers = (self._found(f"whether {ref} is protected", shapes.protected, path) for path in paths)
        return next((each for each in answers if each is not None), False)

    def jobs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """Every job of the pipeline, oldest first, retried ones marked. One request for each hundred.

        A job does not say whether it was retried; a younger one of its name does, for GitLab marks all others of a
        name as it makes one. Source: GitLab `CommitStatus#update_older_statuses_retried!`.
        """
        runs = self.runs(project, pipeline_id)
        youngest = {job.name: job.id for job in runs}
        return tuple(job if youngest[job.name] == job.id else shapes.as_retried(job) for job in runs)

    def runs(self, project: int, pipeline_id: int) -> tuple[Job, ...]:
        """The same without asking which of them were retried. One request for each hundred."""
        subject, path = f"the jobs of pipeline {pipeline_id}", f"/projects/{project}/pipelines/{pipeline_id}/jobs"
        raws = self._pages(subject, path, include_retried="true")
        found = {each.id: each for each in (self._shaped(subject, shapes.job, raw) for raw in raws)}
        return tuple(job for _, job in sorted(found.items()))

    def job(self, project: int, job_id: int) -> Job | None:
        """The job as it is now; None where it is gone. One request."""
        return self._found(f"job {job_id}", shapes.job, f"/projects/{project}/jobs/{job_id}")

    def deployments(
        self,
        project: int,
        since: datetime,
        status: str | None = None,
        *,
        environment: str | None = None,
        most: int | None = None,
    ) -> tuple[RemoteDeployment, ...]:
        """The deployments that changed since then, of that status and to that environment if they are named.

        Newest first; at most so many of those that changed last. One request for each hundred. They are read latest
        change first: what changes meanwhile comes twice then, and in the other order it would push another one over
        the edge of a page.
        """
        subject, path = "the deployments", f"/projects/{project}/deployments"
        asked = {"updated_after": timestamp(since), "order_by": "updated_at", "sort": "desc"}
        named = {"status": status, "environment": environment}
        raws = islice(self._pages(subject, path, **asked, **{key: name for key, name in named.items() if name}), most)
        return _newest_first({each.id: each for each in (self._shaped(subject, shapes.deployment, it) for it in raws)})

    def changes(self, project: int, since: str, until: str) -> Changes | None:
        """The commits that `until` has and `since` has not; None where one of the two is gone. One request."""
        subject, path = f"what {until[:12]} changes", f"/projects/{project}/repository/compare"
        return self._found(subject, shapes.changes, path, **{"from": since, "to": until})

    def merged_ci(self, project: int, ref: str) -> MergedCi | None:
        """The CI configuration of that ref; None where there is none of that name. One request, or none as above."""
        if not _REF.fullmatch(ref) or not _is_utf8(ref):
            return None
        subject, path = f"the CI configuration of {ref}", f"/projects/{project}/ci/lint"
        return self._found(subject, shapes.merged_ci, path, content_ref=ref)

    def change(self, project: int, commit: str) -> Change | None:
        """The one commit; None where it is gone. One request."""
        return self._found(
            f"commit {commit[:12]}", shapes.change, f"/projects/{project}/repository/commits/{quote(commit, safe='')}"
        )

    def freezes(self, project: int, moments: tuple[datetime, ...]) -> tuple[RemoteFreeze, ...]:
        """GitLab's own freezes, earliest first: those that cover one of the times, or begin within a month after it.

        Raises GitLabError for a freeze period that cannot be understood, too. One request for each hundred.
        """
        subject = "the freeze periods"
        raws = self._pages(subject, f"/projects/{project}/freeze_periods")
        periods = [self._shaped(subject, shapes.freeze_period, raw) for raw in raws]
        found = (one for period in periods for one in _occurrences(period, moments))
        return tuple(sorted(found, key=lambda one: (one.begins_at, one.id)))

    def play(self, project: int, job_id: int) -> PlayAnswer:
        """Play the job with exactly one POST, never repeated; whatever comes back is in the answer."""
        return self._posted(project, job_id, "play", HTTPStatus.OK)

    def retry(self, project: int, job_id: int) -> PlayAnswer:
        """Run a job that ended again, as a new job, with exactly one POST, never repeated."""
        return self._posted(project, job_id, "retry", HTTPStatus.CREATED)

    def cancel(self, project: int, job_id: int) -> PlayAnswer:
        """Ask for the end of a job that runs, with exactly one POST; 201 says no more than that it was asked for."""
        return self._posted(project, job_id, "cancel", HTTPStatus.CREATED)

    def run_pipeline(self, project: int, ref: str) -> PipelineAnswer:
        """Start a pipeline at the head of a branch or tag, with exactly one POST, never repeated."""
        outcome = self._wire.send("post", f"/projects/{project}/pipeline", {"ref": ref})
        if isinstance(outcome, Silence):
            return PipelineAnswer(None, None, outcome.text, was_sent=outcome.sent)
        try:
            made = shapes.pipeline(outcome.json) if outcome.status == HTTPStatus.CREATED else None
        except shapes.ShapeError as exc:
            return PipelineAnswer(outcome.status, None, f"no pipeline in the answer ({exc}): {outcome.words}")
        return PipelineAnswer(outcome.status, made, made.status if made else outcome.words)

    def _posted(self, project: int, job_id: int, verb: str, success: HTTPStatus) -> PlayAnswer:
        outcome = self._wire.post(f"/projects/{project}/jobs/{job_id}/{verb}")
        if isinstance(outcome, Silence):
            return PlayAnswer(None, None, outcome.text, was_sent=outcome.sent)
        try:
            job = shapes.job(outcome.json) if outcome.status == success else None
        except shapes.ShapeError as exc:
            return PlayAnswer(outcome.status, None, f"no job in the answer ({exc}): {outcome.words}")
        return PlayAnswer(outcome.status, job, job.status if job else outcome.words)

    def _pages(self, subject: str, path: str, **query: str) -> Iterator[Any]:
        """The rows of every page. Not by the `Link` header: it may name another host, which would get the token."""
        page = 1
        while page <= MOST_PAGES:
            outcome = self._wire.get(path, **query, per_page=str(PAGE), page=str(page))
            rows = self._shaped(subject, shapes.rows, self._json(subject, outcome))
            yield from rows
            assert isinstance(outcome, Answer)  # noqa: S101 - `_json` raised otherwise
            if not outcome.headers.get("x-next-page", "more" if len(rows) >= PAGE else ""):
                return
            page += 1
        raise strange(subject, self._wire.host, "the list does not end")

    def _found(self, subject: str, shape: Callable[[Any], T], path: str, **query: str) -> T | None:
        outcome = self._wire.get(path, **query)
        return None if is_absent(outcome) else self._shaped(subject, shape, self._json(subject, outcome))

    def _json(self, subject: str, outcome: Answer | Silence) -> Any:
        if isinstance(outcome, Silence) or outcome.status != HTTPStatus.OK or outcome.json is None:
            raise trouble(subject, self._wire.host, outcome)
        return outcome.json

    def _shaped(self, subject: str, shape: Callable[[Any], T], raw: Any) -> T:
        try:
            return shape(raw)
        except shapes.ShapeError as exc:
            raise strange(subject, self._wire.host, str(exc)) from exc


def _occurrences(period: Period, moments: tuple[datetime, ...]) -> tuple[RemoteFreeze, ...]:
    try:
        return tuple(period.occurrences(moments))
    except CronError as exc:
        why = (f"GitLab's freeze period {period.id}: {exc}", "until it is understood, it may be a freeze now")
        step = "write it with five fields and an IANA time zone in GitLab: Settings, CI/CD, Deploy freezes"
        raise GitLabError("a freeze period cannot be understood", tuple(map(escaped, why)), (step,)) from exc


HasId = TypeVar("HasId", Pipeline, RemoteDeployment)


def _newest_first(found: dict[int, HasId]) -> tuple[HasId, ...]:
    return tuple(found[id_] for id_ in sorted(found, reverse=True))


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _date(outcome: Answer | Silence) -> datetime | None:
    """GitLab's time as the answer says it, in whole seconds."""
    try:
        return parsedate_to_datetime(outcome.headers["date"] if isinstance(outcome, Answer) else "").astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _ahead(before: datetime, after: datetime, said: datetime) -> timedelta:
    """How far ahead this clock surely is: GitLab's date has whole seconds, and the answer took a while."""
    least, most = before - said - timedelta(seconds=1), after - said
    return max(least, timedelta(0)) if most > timedelta(0) else most
