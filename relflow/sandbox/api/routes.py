"""All routes of the API, in the order in which they are tried."""

from typing import Final

from relflow.sandbox.api import (
    api_deployments,
    api_jobs,
    api_lint,
    api_pipelines,
    api_project,
    api_releases,
    api_repository,
    api_schedule,
    api_user,
)
from relflow.sandbox.wire.routes import Route

ROUTES: Final[tuple[Route, ...]] = (
    *api_jobs.ROUTES,
    *api_pipelines.ROUTES,
    *api_deployments.ROUTES,
    *api_user.ROUTES,
    *api_project.ROUTES,
    *api_repository.ROUTES,
    *api_releases.ROUTES,
    *api_schedule.ROUTES,
    *api_lint.ROUTES,
)
