"""Environments and deployments as GitLab shows them."""

from relflow.sandbox.api.people_shapes import user_basic
from relflow.sandbox.api.pipeline_shapes import job_shape
from relflow.sandbox.api.project_shapes import project_identity
from relflow.sandbox.clock import iso
from relflow.sandbox.engine.deployments import last_deployment
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Deployment, Environment


def environment_basic(environment: Environment) -> dict[str, object]:
    """Show an environment as inside a deployment."""
    return {
        "id": environment.id,
        "name": environment.name,
        "slug": environment.slug,
        "external_url": environment.external_url,
        "created_at": iso(environment.created_at),
        "updated_at": iso(environment.updated_at),
    }


def environment_shape(site: Site, environment: Environment) -> dict[str, object]:
    """Show an environment as in the list."""
    return {
        **environment_basic(environment),
        "tier": environment.tier,
        "state": environment.state,
        "auto_stop_at": None,
        "auto_stop_setting": "always",
        "description": None,
        "project": project_identity(site),
    }


def environment_detail(site: Site, environment: Environment) -> dict[str, object]:
    """Show one environment with what is live there: the last success by deployment id."""
    last = last_deployment(site, environment.id)
    shown = None if last is None else deployment_shape(site, last)
    return {**environment_shape(site, environment), "last_deployment": shown}


def deployment_shape(site: Site, deployment: Deployment) -> dict[str, object]:
    """Show a deployment. `user` made the pipeline; who played it is `deployable.user`."""
    job = site.tables.jobs.get(deployment.job_id)
    return {
        "id": deployment.id,
        "iid": deployment.iid,
        "ref": deployment.ref,
        "sha": deployment.sha,
        "created_at": iso(deployment.created_at),
        "updated_at": iso(deployment.updated_at),
        "status": deployment.status,
        "user": user_basic(site, deployment.user_id),
        "environment": environment_basic(site.tables.environments[deployment.environment_id]),
        "deployable": None if job is None else job_shape(site, job),
    }
