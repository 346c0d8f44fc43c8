"""What the gates of a request need to know: asked of GitLab before any transaction, completed from the store in it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    BreakGlass,
    DeployRelease,
    Request,
    ResumeRelease,
    RollbackRelease,
    TestRelease,
)
from relflow.core.facts import Facts, Pipeline
from relflow.core.people import ASKED
from relflow.core.workflow import place_before
from relflow.service.app import App, Seen
from relflow.service.authorship import authorship
from relflow.service.pipelines import bound_pipeline, find_pipelines, newest_of_ref, with_coverage
from relflow.service.ports import Book

#: The facts, once the store is read at a time.
Asked = Callable[[Book, datetime], Facts]


def ask(app: App, seen: Seen, request: Request, pipeline_id: int | None = None) -> Asked:
    """Ask GitLab what the request's gates need: 2 requests for a test, 4 for a deployment, 1 for a rollback, else none.

    A rollback that obeys freezes asks for GitLab's, too; any other does not wait for them.

    What only a policy's own requirements need is asked where it has them: for a test 1 more for the coverage, 1 for the
    test reports, 1 or 2 for the protection of the ref.
    Where authors may not approve, an approval takes 2, at most 3; none where somebody else asks what they could do,
    since only they can tell which addresses are theirs.

    `seen` is identified. An amend's own questions are not asked here: only its use case knows the ref.
    """
    return known(seen, request, _said(app, seen, request, pipeline_id))


def known(seen: Seen, request: Request, said: dict[str, Any]) -> Asked:
    """What GitLab said already, to be completed from the store."""

    def facts(book: Book, at: datetime) -> Facts:
        who: dict[str, Any] = {"actor": seen.actor, "members": seen.members}
        clocks: dict[str, Any] = {
            "gitlab_at": seen.gitlab_at,
            "clock_ahead": seen.identity.clock_ahead if seen.identity else None,
        }
        return Facts(at=at, **who, **clocks, **said, **_stored(book, request, said))

    return facts


def _said(app: App, seen: Seen, request: Request, pipeline_id: int | None) -> dict[str, Any]:
    obeys = seen.workflow.rollback_obeys_time
    match request:
        case ApproveRelease() if _keeps_authors_out(seen, request) and seen.actor.auth != ASKED:
            return {"authorship": authorship(app, seen)}
        case TestRelease():
            return _required(app, seen, find_pipelines(app, seen, pipeline_id))
        case RollbackRelease():
            return {"pipelines": bound_pipeline(app, seen), **(_frozen(app, seen) if obeys else {})}
        case DeployRelease() | BreakGlass():
            pipelines = bound_pipeline(app, seen)
            newest = newest_of_ref(app, seen) if pipelines is not None else None
            tagged = app.gitlab.tag(seen.project.project_id, seen.release.ref) or ""
            return {"pipelines": pipelines, "newest_pipeline": newest, "tagged": tagged, **_frozen(app, seen)}
    return {}


def _required(app: App, seen: Seen, found: tuple[Pipeline, ...]) -> dict[str, Any]:
    """The pipeline, and what this policy asks of it."""
    workflow, project, said = seen.workflow, seen.project.project_id, dict[str, Any]()
    if workflow.coverage_at_least is not None:
        found = tuple(with_coverage(app, project, each) for each in found)
    if workflow.counts_tests and found:
        said["report"] = app.gitlab.report(project, found[0].id)
    if workflow.ref_protected:
        said["protected"] = app.gitlab.is_protected(project, seen.release.ref)
    return {"pipelines": found, **said}


def _keeps_authors_out(seen: Seen, request: ApproveRelease) -> bool:
    place = seen.workflow.environment(request.environment)
    return place is not None and "author" in place.four_eyes


def _frozen(app: App, seen: Seen) -> dict[str, Any]:
    asked_at = app.clock.now()
    moments = (asked_at, *((seen.gitlab_at,) if seen.gitlab_at else ()))
    return {"asked_at": asked_at, "gitlab_freezes": app.gitlab.freezes(seen.project.project_id, moments)}


def _stored(book: Book, request: Request, said: dict[str, Any]) -> dict[str, Any]:
    if isinstance(request, DeployRelease | BreakGlass | RollbackRelease):
        known = {**closing(book, request.environment), "next_deployment_id": book.next_deployment_id()}
        return known | ({} if isinstance(request, RollbackRelease) else {"drifts": book.drifts()})
    if isinstance(request, ResumeRelease):
        return {"drifts": book.drifts()}
    if isinstance(request, TestRelease | AmendRelease) and said.get("pipelines"):
        return {"pipeline_of": book.release_of_pipeline(said["pipelines"][0].id)}
    return {}


def closing(book: Book, environment: str) -> dict[str, Any]:
    """What is known of the environment, and of the one before it where releases soak there.

    It is read again before a play: what closes an environment may have begun since the request.
    """
    project = book.project()
    workflow = project.workflow if project else None
    place = workflow.environment(environment) if workflow else None
    earlier = place_before(workflow, environment) if workflow and place and place.soak else None
    return {
        "environment": book.environment(environment),
        "environment_before": book.environment(earlier) if earlier else None,
    }
