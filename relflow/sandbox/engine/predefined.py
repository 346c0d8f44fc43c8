"""The variables GitLab predefines for a pipeline and for a job."""

from relflow.sandbox.ci.rules import Inclusion
from relflow.sandbox.ci.spec import JobSpec
from relflow.sandbox.ci.variables import expand, layered
from relflow.sandbox.clock import iso
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import BY_ID
from relflow.sandbox.model.permissions import matching
from relflow.sandbox.model.records import Job, Pipeline


def pipeline_variables(site: Site, pipeline: Pipeline) -> dict[str, str]:
    """Return what is known when the rules are judged."""
    commit = site.repository.commit(pipeline.sha)
    protections = site.tables.protected_tags if pipeline.tag else site.tables.protected_branches
    variables = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER_URL": site.url,
        "CI_API_V4_URL": f"{site.url}/api/v4",
        "CI_PROJECT_ID": str(site.project.id),
        "CI_PROJECT_NAME": site.project.name,
        "CI_PROJECT_NAMESPACE": site.project.group,
        "CI_PROJECT_PATH": site.project.path,
        "CI_PROJECT_URL": site.web_url,
        "CI_DEFAULT_BRANCH": site.repository.default_branch,
        "CI_PIPELINE_SOURCE": pipeline.source,
        "CI_PIPELINE_IID": str(pipeline.iid),
        "CI_COMMIT_SHA": pipeline.sha,
        "CI_COMMIT_SHORT_SHA": pipeline.sha[:8],
        "CI_COMMIT_BEFORE_SHA": pipeline.before_sha,
        "CI_COMMIT_REF_NAME": pipeline.ref,
        "CI_COMMIT_REF_SLUG": slug(pipeline.ref),
        "CI_COMMIT_REF_PROTECTED": str(bool(matching(pipeline.ref, protections))).lower(),
        "CI_COMMIT_TITLE": commit.title,
        "CI_COMMIT_MESSAGE": commit.message,
        "CI_COMMIT_AUTHOR": f"{commit.author_name} <{commit.author_email}>",
        "CI_COMMIT_TIMESTAMP": commit.committed_at.isoformat(),
        "CI_COMMIT_TAG" if pipeline.tag else "CI_COMMIT_BRANCH": pipeline.ref,
    }
    tag = site.repository.refs().tags.get(pipeline.ref) if pipeline.tag else None
    if tag is not None:  # the tag may have been deleted since
        variables["CI_COMMIT_TAG_MESSAGE"] = tag.message
    return variables


def slug(text: str) -> str:
    """Write a ref so that it can stand in a host name."""
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower())[:63].strip("-")


def environment_name(job: JobSpec, inclusion: Inclusion, variables: dict[str, str]) -> str | None:
    """Return the name of the environment with its variables expanded."""
    if job.environment is None:
        return None
    return expand(job.environment.name, layered(variables, job.variables, inclusion.variables))


def job_variables(site: Site, job: Job, pipeline: Pipeline) -> dict[str, str]:
    """Return the whole environment of a job, in GitLab's order of precedence."""
    player = BY_ID[job.user_id]
    own = {
        "CI_PIPELINE_ID": str(pipeline.id),
        "CI_PIPELINE_URL": f"{site.web_url}/-/pipelines/{pipeline.id}",
        "CI_PIPELINE_CREATED_AT": iso(pipeline.created_at) or "",
        "CI_JOB_ID": str(job.id),
        "CI_JOB_NAME": job.name,
        "CI_JOB_STAGE": job.spec.stage,
        "CI_JOB_URL": f"{site.web_url}/-/jobs/{job.id}",
        "CI_JOB_STARTED_AT": iso(job.started_at) or "",
        "GITLAB_USER_ID": str(player.id),
        "GITLAB_USER_LOGIN": player.username,
        "GITLAB_USER_NAME": player.name,
        "GITLAB_USER_EMAIL": player.email,
        "SANDBOX_DEPLOY_DIR": str(site.deploy_folder),
    }
    if job.is_action:
        own["CI_JOB_MANUAL"] = "true"
    return layered(
        pipeline_variables(site, pipeline),
        own,
        _environment_variables(site, job),
        job.spec.variables,
        job.rule_variables,
        pipeline.variables,
        job.job_variables,
    )


def _environment_variables(site: Site, job: Job) -> dict[str, str]:
    environment = next((row for row in site.tables.environments if row.name == job.environment), None)
    if environment is None or job.spec.environment is None:
        return {}
    return {
        "CI_ENVIRONMENT_NAME": environment.name,
        "CI_ENVIRONMENT_SLUG": environment.slug,
        "CI_ENVIRONMENT_TIER": environment.tier,
        "CI_ENVIRONMENT_ACTION": job.spec.environment.action,
        "CI_ENVIRONMENT_URL": environment.external_url or "",
    }
