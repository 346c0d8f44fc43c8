"""Routes of environments and deployments."""

from dataclasses import replace
from typing import Final

from relflow.sandbox.api.access import number, project_route
from relflow.sandbox.api.deployment_shapes import deployment_shape, environment_detail, environment_shape
from relflow.sandbox.api.filters import SORTS, limit, within
from relflow.sandbox.ci.keys import ENVIRONMENT_TIERS
from relflow.sandbox.clock import now
from relflow.sandbox.engine.deployments import environment_named, last_deployment, record_deployment
from relflow.sandbox.model.people import DEVELOPER
from relflow.sandbox.model.records import Deployment
from relflow.sandbox.wire.answers import Answer, bad_request, forbidden, invalid, not_found, said
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route

_ORDERS: Final = ("id", "iid", "created_at", "updated_at", "finished_at", "ref")
_STATUSES: Final = ("created", "running", "success", "failed", "canceled", "skipped", "blocked")
_RECORDED: Final = ("running", "success", "failed", "canceled")
_STATES: Final = ("available", "stopping", "stopped")
_SEARCH_MIN: Final = 3


def environments(call: Call) -> Answer:
    """List the environments by name."""
    search = call.given.text("search") or ""
    if 0 < len(search) < _SEARCH_MIN:
        raise bad_request(f"Search query is less than {_SEARCH_MIN} characters")
    name = call.given.text("name")
    states = call.given.choice("states", _STATES)
    found = [
        row
        for row in call.site.tables.environments
        if name in (None, row.name) and search in row.name and states in (None, row.state)
    ]
    found.sort(key=lambda row: row.name)
    return paged(call, found, lambda row: environment_shape(call.site, row))


def environment(call: Call) -> Answer:
    """Show one environment with its last deployment."""
    found = call.site.tables.environments.get(number(call, "environment_id"))
    if found is None:
        raise not_found()
    return Answer(200, environment_detail(call.site, found))


def create_environment(call: Call) -> Answer:
    """Make an environment before any job names it."""
    name = call.given.needed("name")
    if any(row.name == name for row in call.site.tables.environments):
        raise said(400, {"name": ["has already been taken"]})
    made = environment_named(call.site, name, call.given.choice("tier", ENVIRONMENT_TIERS))
    made = call.site.tables.environments.put(replace(made, external_url=call.given.text("external_url")))
    call.site.changed()
    return Answer(201, environment_detail(call.site, made))


def deployments(call: Call) -> Answer:
    """List deployments, oldest id first unless told otherwise."""
    order = _order(call)
    found = [row for row in call.site.tables.deployments if _fits(call, row)]
    found.sort(key=lambda row: (getattr(row, order) or row.created_at, row.id))
    if call.given.choice("sort", SORTS, "asc") == "desc":
        found.reverse()
    return paged(call, found, lambda row: deployment_shape(call.site, row))


def _order(call: Call) -> str:
    """Return the column to sort by; filters on a time demand the same order, as in GitLab."""
    given = call.given
    order = given.choice("order_by", _ORDERS)
    finished = any(limit(given, f"finished_{side}") for side in ("after", "before"))
    updated = any(limit(given, f"updated_{side}") for side in ("after", "before"))
    if finished and updated:
        raise bad_request("finished_at and updated_at filters cannot be both specified")
    if finished and (order != "finished_at" or given.text("status") != "success"):
        raise bad_request(
            "`finished_at` filter must be combined with `success` status filter and `finished_at` sorting."
        )
    if updated and order not in (None, "updated_at"):
        raise bad_request("`updated_at` filter requires `updated_at` sort.")
    return order or ("updated_at" if updated else "id")


def _fits(call: Call, row: Deployment) -> bool:
    environment = call.site.tables.environments[row.environment_id]
    return (
        call.given.text("environment") in (None, environment.name)
        and call.given.choice("status", _STATUSES) in (None, row.status)
        and within(call.given, "updated", row.updated_at)
        and within(call.given, "finished", row.finished_at)
    )


def _deployment(call: Call) -> Deployment:
    found = call.site.tables.deployments.get(number(call, "deployment_id"))
    if found is None:
        raise not_found()
    return found


def deployment(call: Call) -> Answer:
    """Show one deployment."""
    return Answer(200, deployment_shape(call.site, _deployment(call)))


def create_deployment(call: Call) -> Answer:
    """Record a deployment. Nothing runs: `deployable` stays null, and that is how such a record is known."""
    site = call.site
    name, ref = call.given.needed("environment"), call.given.needed("ref")
    sha = site.repository.resolve(call.given.needed("sha"))
    tag = call.given.flag("tag")
    status = call.given.choice("status", _RECORDED)
    if status is None or tag is None:
        raise invalid("status is missing" if status is None else "tag is missing")
    if sha is None:
        raise said(400, {"sha": ["The commit does not exist"]})
    made = record_deployment(site, environment_named(site, name), (ref, tag, sha), call.user.id, status)
    site.changed()
    return Answer(201, deployment_shape(site, made))


def update_deployment(call: Call) -> Answer:
    """Change the status of a recorded deployment; one made by a job belongs to the job."""
    found = _deployment(call)
    if found.job_id is not None:
        raise forbidden("Deployments created using GitLab CI can not be updated using the API")
    status = call.given.choice("status", _RECORDED) or call.given.needed("status")
    finished = None if status == "running" else now()
    changed = replace(found, status=status, updated_at=now(), finished_at=finished)
    call.site.tables.deployments.put(changed)
    call.site.changed()
    return Answer(200, deployment_shape(call.site, changed))


def delete_deployment(call: Call) -> Answer:
    """Forget a deployment that is neither running nor live."""
    found = _deployment(call)
    if found.status == "running":
        raise said(400, "Cannot destroy running deployment")
    if found == last_deployment(call.site, found.environment_id):
        raise said(400, "Deployment currently deployed to environment")
    del call.site.tables.deployments.rows[found.id]
    call.site.changed()
    return Answer(204)


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/environments", environments),
    project_route("POST", "/environments", create_environment, level=DEVELOPER),
    project_route("GET", "/environments/:environment_id", environment),
    project_route("GET", "/deployments", deployments),
    project_route("POST", "/deployments", create_deployment, level=DEVELOPER),
    project_route("GET", "/deployments/:deployment_id", deployment),
    project_route("PUT", "/deployments/:deployment_id", update_deployment, level=DEVELOPER),
    project_route("DELETE", "/deployments/:deployment_id", delete_deployment, level=DEVELOPER),
)
