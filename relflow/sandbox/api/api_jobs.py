"""Routes of jobs, in GitLab's order of checks. Source: gitlab `lib/api/ci/jobs.rb`."""

from dataclasses import replace
from typing import Final

from relflow.sandbox.api.access import number, project_route, require_level
from relflow.sandbox.api.api_pipelines import job_scope
from relflow.sandbox.api.pipeline_shapes import job_shape
from relflow.sandbox.api.variables import read_variables
from relflow.sandbox.engine.deployments import job_is_outdated
from relflow.sandbox.engine.play import cancel as cancel_job
from relflow.sandbox.engine.play import force_cancel
from relflow.sandbox.engine.play import play as play_job
from relflow.sandbox.engine.play import retry as retry_job
from relflow.sandbox.model.people import DEVELOPER, MAINTAINER
from relflow.sandbox.model.permissions import may_create_tag, may_set_variables, may_update_branch
from relflow.sandbox.model.records import Job
from relflow.sandbox.wire.answers import Answer, bad_request, forbidden, not_found
from relflow.sandbox.wire.pages import keyset, paged
from relflow.sandbox.wire.routes import Call, Route


def jobs(call: Call) -> Answer:
    """List all jobs, newest first, retried ones too. This list is not counted, and can be walked by key."""
    scope = job_scope(call)
    found = [job for job in call.site.tables.jobs.newest_first() if not scope or job.status in scope]
    if call.given.text("pagination") == "keyset":
        return keyset(call, found, lambda job: job.id, lambda job: job_shape(call.site, job))
    return paged(call, found, lambda job: job_shape(call.site, job), counted=False)


def _job(call: Call) -> Job:
    found = call.site.tables.jobs.get(number(call, "job_id"))
    if found is None:
        raise not_found()
    return found


def job(call: Call) -> Answer:
    """Show one job."""
    return Answer(200, job_shape(call.site, _job(call)))


def trace(call: Call) -> Answer:
    """Show what a job printed so far."""
    path = call.site.trace(_job(call).id)
    text = path.read_text(errors="replace") if path.exists() else ""
    return Answer(200, text, content_type="text/plain")


def _writable(call: Call) -> Job:
    """Return the job if this person may write it: not on a ref closed to them, not when it is outdated."""
    found = _job(call)
    tables = call.site.tables
    pipeline = tables.pipelines[found.pipeline_id]
    level = call.user.access_level
    if pipeline.tag:
        allowed = may_create_tag(level, pipeline.ref, tables.protected_tags)
    else:
        allowed = may_update_branch(level, pipeline.ref, tables.protected_branches)
    if not allowed or job_is_outdated(call.site, found):
        raise forbidden()
    return found


def play(call: Call) -> Answer:
    """Start a manual job, or a clone of one that finished; then the answer shows the old job.

    The checks and the start are two steps with a gap between them, as in GitLab: what passed the checks is
    not checked again.
    """
    site = call.site
    with site.lock:
        found = _writable(call)
        if not found.is_playable:
            raise bad_request("Unplayable Job")
        variables = read_variables(call, "job_variables_attributes")
        if variables and not may_set_variables(call.user.access_level, site.tables.settings):
            raise forbidden()
        _refuse_inputs(call)
    call.pause()
    with site.lock:
        play_job(site, found.id, call.user.id, variables)
        return Answer(200, job_shape(site, site.tables.jobs[found.id]))


def _refuse_inputs(call: Call) -> None:
    """Refuse inputs: no job here declares any."""
    inputs = call.given.raw("job_inputs")
    if isinstance(inputs, dict) and inputs:
        raise bad_request(f"Unknown input: {next(iter(inputs))}")


def retry(call: Call) -> Answer:
    """Clone a finished job and answer with the clone, which starts at once even when it is manual."""
    found = _writable(call)
    if not found.is_retryable:
        raise forbidden("Job is not retryable")
    _refuse_inputs(call)
    return Answer(201, job_shape(call.site, retry_job(call.site, found, call.user.id)))


def cancel(call: Call) -> Answer:
    """Cancel a job; a finished one is answered unchanged."""
    found = _writable(call)
    if call.given.flag("force"):
        require_level(call, MAINTAINER)
        force_cancel(call.site, found)
    else:
        cancel_job(call.site, found)
    return Answer(201, job_shape(call.site, call.site.tables.jobs[found.id]))


def keep_artifacts(call: Call) -> Answer:
    """Let what a job left never expire."""
    require_level(call, DEVELOPER)
    found = _job(call)
    if found.archive_size is None:
        raise not_found()
    kept = call.site.tables.jobs.put(replace(found, artifacts_expire_at=None))
    call.site.changed()
    return Answer(200, job_shape(call.site, kept))


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/jobs", jobs),
    project_route("GET", "/jobs/:job_id", job),
    project_route("GET", "/jobs/:job_id/trace", trace),
    # Takes the lock itself, twice.
    project_route("POST", "/jobs/:job_id/play", play, locked=False),
    project_route("POST", "/jobs/:job_id/retry", retry),
    project_route("POST", "/jobs/:job_id/cancel", cancel),
    project_route("POST", "/jobs/:job_id/artifacts/keep", keep_artifacts),
)
