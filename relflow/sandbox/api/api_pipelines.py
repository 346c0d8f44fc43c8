"""Routes of pipelines."""

from typing import Final

from relflow.sandbox.api.access import number, project_route
from relflow.sandbox.api.filters import SORTS, within
from relflow.sandbox.api.pipeline_shapes import job_shape, pipeline_basic, pipeline_detail, report_summary
from relflow.sandbox.api.variables import read_variables
from relflow.sandbox.ci.spec import CiFileError
from relflow.sandbox.engine.pipelines import NoPipelineError, Request, create_pipeline
from relflow.sandbox.engine.play import cancel_pipeline, retry_pipeline
from relflow.sandbox.model.people import BY_ID, DEVELOPER
from relflow.sandbox.model.permissions import may_create_tag, may_set_variables, may_update_branch
from relflow.sandbox.model.records import Pipeline
from relflow.sandbox.model.statuses import COMPLETED, Status
from relflow.sandbox.wire.answers import Answer, forbidden, invalid, not_found, said
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route

_SCOPES: Final = ("running", "pending", "finished", "branches", "tags")
_ORDERS: Final = ("id", "status", "ref", "updated_at", "user_id")
_CLOSED_REF: Final = (
    "You do not have sufficient permission to run a pipeline on '{}'. "
    "Please select a different branch or contact your administrator for assistance."
)
_FINISHED: Final = COMPLETED - {Status.SKIPPED}


def pipelines(call: Call) -> Answer:
    """List pipelines, newest first unless told otherwise."""
    order = call.given.choice("order_by", _ORDERS, "id") or "id"
    found = [pipeline for pipeline in _scoped(call) if _fits(call, pipeline)]
    found.sort(key=lambda pipeline: (getattr(pipeline, order), pipeline.id))
    if call.given.choice("sort", SORTS, "desc") == "desc":
        found.reverse()
    return paged(call, found, lambda pipeline: {**pipeline_basic(call.site, pipeline), "name": None})


def _scoped(call: Call) -> list[Pipeline]:
    """Return what the scope leaves; `branches` and `tags` keep the last pipeline of each."""
    rows = list(call.site.tables.pipelines)
    scope = call.given.choice("scope", _SCOPES)
    if scope in ("branches", "tags"):
        last = {row.ref: row for row in rows if row.tag is (scope == "tags")}
        return list(last.values())
    if scope == "finished":
        return [row for row in rows if row.status in _FINISHED]
    return [row for row in rows if scope in (None, row.status)]


def _fits(call: Call, pipeline: Pipeline) -> bool:
    given = call.given
    status = given.choice("status", tuple(Status))
    yaml_errors = given.flag("yaml_errors")
    return (
        status in (None, pipeline.status)
        and given.text("ref") in (None, pipeline.ref)
        and given.text("sha") in (None, pipeline.sha)
        and given.text("source") in (None, pipeline.source)
        and given.text("name") is None
        and given.text("username") in (None, BY_ID[pipeline.user_id].username)
        and yaml_errors in (None, pipeline.yaml_errors is not None)
        and within(given, "updated", pipeline.updated_at)
        and within(given, "created", pipeline.created_at)
    )


def pipeline_of(call: Call) -> Pipeline:
    """Return the pipeline named in the path."""
    found = call.site.tables.pipelines.get(number(call, "pipeline_id"))
    if found is None:
        raise not_found()
    return found


def pipeline(call: Call) -> Answer:
    """Show one pipeline."""
    return Answer(200, pipeline_detail(call.site, pipeline_of(call)))


def latest(call: Call) -> Answer:
    """Show the last pipeline of the newest commit of a ref; without one GitLab answers 403, not 404."""
    ref = call.given.text("ref") or call.site.repository.default_branch
    sha = call.site.repository.resolve(ref)
    found = [row for row in call.site.tables.pipelines if row.ref == ref and row.sha == sha]
    if not found:
        raise forbidden()
    return Answer(200, pipeline_detail(call.site, found[-1]))


def create(call: Call) -> Answer:
    """Make a pipeline for a branch or a tag. There is no idempotency: asking twice makes two."""
    site = call.site
    name = call.given.needed("ref")
    variables = read_variables(call, "variables")
    refs = site.repository.refs()
    tag = name in refs.tags
    if not tag and name not in refs.branches:
        raise said(400, {"base": ["Reference not found"]})
    if variables and not may_set_variables(call.user.access_level, site.tables.settings):
        raise said(400, {"base": ["Insufficient permissions to set pipeline variables"]})
    if not _may_run(call, name, tag):
        raise said(400, {"base": [_CLOSED_REF.format(name)]})
    sha = refs.tags[name].sha if tag else refs.branches[name]
    try:
        made = create_pipeline(site, Request(name, tag, sha, "api", call.user.id, variables=variables))
    except (NoPipelineError, CiFileError) as exc:
        raise said(400, {"base": [str(exc)]}) from exc
    return Answer(201, pipeline_detail(site, made))


def _may_run(call: Call, name: str, tag: bool) -> bool:
    tables = call.site.tables
    if tag:
        return may_create_tag(call.user.access_level, name, tables.protected_tags)
    return may_update_branch(call.user.access_level, name, tables.protected_branches)


def jobs(call: Call) -> Answer:
    """List the jobs of a pipeline, newest first; retried ones only when asked for."""
    found = call.site.tables.jobs_of(pipeline_of(call).id, retried=bool(call.given.flag("include_retried")))
    scope = job_scope(call)
    wanted = [job for job in reversed(found) if not scope or job.status in scope]
    return paged(call, wanted, lambda job: job_shape(call.site, job))


def job_scope(call: Call) -> list[str]:
    """Return the statuses asked for; an unknown one is refused."""
    scope = call.given.list("scope")
    if any(status not in list(Status) for status in scope):
        raise invalid("scope does not have a valid value")
    return scope


def bridges(call: Call) -> Answer:
    """List the trigger jobs: there are none."""
    pipeline_of(call)
    return paged(call, list[object](), lambda bridge: bridge)


def test_report_summary(call: Call) -> Answer:
    """Show the test results of a pipeline."""
    return Answer(200, report_summary(call.site.tables.jobs_of(pipeline_of(call).id)))


def retry(call: Call) -> Answer:
    """Run what failed or was canceled again."""
    found = _writable(call)
    retry_pipeline(call.site, found.id, call.user.id)
    return Answer(201, pipeline_detail(call.site, call.site.tables.pipelines[found.id]))


def cancel(call: Call) -> Answer:
    """Cancel what is not done; 200 in any state."""
    found = _writable(call)
    cancel_pipeline(call.site, found.id)
    return Answer(200, pipeline_detail(call.site, call.site.tables.pipelines[found.id]))


def _writable(call: Call) -> Pipeline:
    found = pipeline_of(call)
    if not _may_run(call, found.ref, found.tag):
        raise forbidden()
    return found


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/pipelines", pipelines),
    project_route("POST", "/pipeline", create, level=DEVELOPER),
    project_route("GET", "/pipelines/latest", latest),
    project_route("GET", "/pipelines/:pipeline_id", pipeline),
    project_route("GET", "/pipelines/:pipeline_id/jobs", jobs),
    project_route("GET", "/pipelines/:pipeline_id/bridges", bridges),
    project_route("GET", "/pipelines/:pipeline_id/test_report_summary", test_report_summary),
    project_route("POST", "/pipelines/:pipeline_id/retry", retry),
    project_route("POST", "/pipelines/:pipeline_id/cancel", cancel),
)
