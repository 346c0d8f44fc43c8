"""Making a pipeline of a commit: which jobs belong to it, in which order, with which deployments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from relflow.sandbox.ci.file import parse_ci_file
from relflow.sandbox.ci.rules import Inclusion, included
from relflow.sandbox.ci.spec import CiFile, JobSpec
from relflow.sandbox.ci.variables import expand
from relflow.sandbox.clock import now
from relflow.sandbox.engine.deployments import create_deployment, environment_named
from relflow.sandbox.engine.jobs import refresh_pipeline
from relflow.sandbox.engine.predefined import environment_name, pipeline_variables
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job, Pipeline, ResourceGroup
from relflow.sandbox.model.statuses import Status

CI_FILE: Final = ".gitlab-ci.yml"
NO_COMMIT: Final = "0" * 40
NO_JOBS: Final = (
    "Pipeline will not run for the selected trigger. "
    "The rules configuration prevented any jobs from being added to the pipeline."
)


class NoPipelineError(Exception):
    """No pipeline is made; the text is GitLab's."""


@dataclass(frozen=True)
class Request:
    """What a pipeline is asked for."""

    ref: str
    tag: bool
    sha: str
    source: str
    user_id: int
    before_sha: str = NO_COMMIT
    variables: Mapping[str, str] = field(default_factory=dict)


def read_ci_file(site: Site, sha: str) -> CiFile | None:
    """Read the CI file of a commit; None where there is none. Raises CiFileError."""
    text = site.repository.file(sha, CI_FILE)
    return None if text is None else parse_ci_file(text, partial(site.repository.file, sha))


def create_pipeline(site: Site, request: Request) -> Pipeline:
    """Make a pipeline with its jobs. Raises NoPipelineError, or CiFileError when the file cannot be used."""
    ci_file = read_ci_file(site, request.sha)
    if ci_file is None:
        raise NoPipelineError("Missing CI config file")
    draft = _draft(site, request)
    variables = {**pipeline_variables(site, draft), **request.variables}
    chosen = [(job, inclusion) for job in ci_file.jobs if (inclusion := included(job, {**job.variables, **variables}))]
    if not chosen:
        raise NoPipelineError(NO_JOBS)
    pipeline = site.tables.pipelines.insert(lambda row_id: replace(draft, id=row_id))
    # Ids ascend by stage, and within a stage in the order written.
    for job, inclusion in sorted(chosen, key=lambda pair: ci_file.stages.index(pair[0].stage)):
        _create_job(site, pipeline, job, inclusion, ci_file.stages.index(job.stage), variables)
    refresh_pipeline(site, pipeline)
    site.changed(pipeline.id)
    return site.tables.pipelines[pipeline.id]


def create_without_jobs(site: Site, request: Request, status: Status, yaml_errors: str | None = None) -> Pipeline:
    """Keep the pipeline of a push that cannot run (bad file) or shall not run (`[skip ci]`)."""
    draft = replace(_draft(site, request), status=status, yaml_errors=yaml_errors)
    pipeline = site.tables.pipelines.insert(lambda row_id: replace(draft, id=row_id))
    site.changed()
    return pipeline


def delete_pipeline(site: Site, pipeline: Pipeline) -> None:
    """Take a pipeline and its jobs away, also those that run. Their deployments stay, without a job."""
    for job_id in site.tables.jobs_of_pipeline.pop(pipeline.id, ()):
        del site.tables.jobs.rows[job_id]
        site.kill(job_id)
    del site.tables.pipelines.rows[pipeline.id]
    site.touched.discard(pipeline.id)
    site.changed()


def _draft(site: Site, request: Request) -> Pipeline:
    moment = now()
    return Pipeline(
        id=0,
        iid=len(site.tables.pipelines.rows) + 1,
        sha=request.sha,
        ref=request.ref,
        tag=request.tag,
        source=request.source,
        status=Status.CREATED,
        before_sha=request.before_sha,
        user_id=request.user_id,
        created_at=moment,
        updated_at=moment,
        variables=request.variables,
    )


def _create_job(
    site: Site, pipeline: Pipeline, spec: JobSpec, inclusion: Inclusion, stage_index: int, variables: dict[str, str]
) -> None:
    name = environment_name(spec, inclusion, variables)
    if name and spec.environment:
        own = {name: f"${name}" for name in ("CI_ENVIRONMENT_NAME", "CI_ENVIRONMENT_SLUG")}
        url = expand(spec.environment.url or "", {**variables, **own})
        environment_named(site, name, spec.environment.tier, url)
    if spec.resource_group:
        spec = replace(spec, resource_group=expand(spec.resource_group, variables))
        _ensure_group(site, spec.resource_group or "")
    job = site.tables.insert_job(
        lambda row_id: Job(
            id=row_id,
            pipeline_id=pipeline.id,
            spec=spec,
            stage_index=stage_index,
            status=Status.CREATED,
            when=inclusion.when,
            allow_failure=inclusion.allow_failure,
            user_id=pipeline.user_id,
            created_at=now(),
            environment=name,
            rule_variables=inclusion.variables,
        )
    )
    create_deployment(site, job, pipeline)


def _ensure_group(site: Site, key: str) -> None:
    if all(group.key != key for group in site.tables.resource_groups):
        moment = now()
        site.tables.resource_groups.insert(lambda row_id: ResourceGroup(row_id, key, moment, moment))
