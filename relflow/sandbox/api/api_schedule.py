"""Routes of what decides when jobs run: resource groups and freeze periods."""

import re
from dataclasses import replace
from typing import Final

from relflow.sandbox.api.access import number, project_route
from relflow.sandbox.api.pipeline_shapes import job_shape
from relflow.sandbox.api.project_shapes import freeze_period, resource_group
from relflow.sandbox.clock import now
from relflow.sandbox.engine.resources import current_job, upcoming_jobs
from relflow.sandbox.model.people import DEVELOPER, MAINTAINER
from relflow.sandbox.model.records import FreezePeriod, ResourceGroup
from relflow.sandbox.wire.answers import Answer, not_found, said
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route

_MODES: Final = ("unordered", "oldest_first", "newest_first", "newest_ready_first")
_CRON: Final = re.compile(r"\S+( \S+){4}")


def groups(call: Call) -> Answer:
    """List the resource groups."""
    return paged(call, list(call.site.tables.resource_groups), resource_group)


def _group(call: Call) -> ResourceGroup:
    found = next((row for row in call.site.tables.resource_groups if row.key == call.params["key"]), None)
    if found is None:
        raise not_found()
    return found


def group(call: Call) -> Answer:
    """Show one resource group."""
    return Answer(200, resource_group(_group(call)))


def update_group(call: Call) -> Answer:
    """Change who goes next."""
    found = _group(call)
    mode = call.given.choice("process_mode", _MODES) or found.process_mode
    changed = call.site.tables.resource_groups.put(replace(found, process_mode=mode, updated_at=now()))
    call.site.changed()
    return Answer(200, resource_group(changed))


def upcoming(call: Call) -> Answer:
    """List the jobs that wait for the resource."""
    return paged(call, upcoming_jobs(call.site, _group(call)), lambda job: job_shape(call.site, job))


def current(call: Call) -> Answer:
    """Show the job that holds the resource."""
    found = current_job(call.site, _group(call).key)
    if found is None:
        raise not_found()
    return Answer(200, job_shape(call.site, found))


def freezes(call: Call) -> Answer:
    """List the freeze periods."""
    return paged(call, list(call.site.tables.freeze_periods), freeze_period)


def _freeze(call: Call) -> FreezePeriod:
    found = call.site.tables.freeze_periods.get(number(call, "freeze_period_id"))
    if found is None:
        raise not_found()
    return found


def freeze(call: Call) -> Answer:
    """Show one freeze period."""
    return Answer(200, freeze_period(_freeze(call)))


def create_freeze(call: Call) -> Answer:
    """Make a freeze period."""
    start, end = (_cron(call, name) or call.given.needed(name) for name in ("freeze_start", "freeze_end"))
    zone = call.given.text("cron_timezone") or "UTC"
    moment = now()
    made = call.site.tables.freeze_periods.insert(lambda row_id: FreezePeriod(row_id, start, end, zone, moment, moment))
    call.site.changed()
    return Answer(201, freeze_period(made))


def update_freeze(call: Call) -> Answer:
    """Change a freeze period."""
    found = _freeze(call)
    changed = replace(
        found,
        freeze_start=_cron(call, "freeze_start") or found.freeze_start,
        freeze_end=_cron(call, "freeze_end") or found.freeze_end,
        cron_timezone=call.given.text("cron_timezone") or found.cron_timezone,
        updated_at=now(),
    )
    call.site.tables.freeze_periods.put(changed)
    call.site.changed()
    return Answer(200, freeze_period(changed))


def _cron(call: Call, name: str) -> str | None:
    text = call.given.text(name)
    if text is not None and not _CRON.fullmatch(text):
        raise said(400, {name: ["is invalid syntax"]})
    return text


def delete_freeze(call: Call) -> Answer:
    """Take a freeze period away."""
    del call.site.tables.freeze_periods.rows[_freeze(call).id]
    call.site.changed()
    return Answer(204)


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/resource_groups", groups),
    project_route("GET", "/resource_groups/:key", group),
    project_route("PUT", "/resource_groups/:key", update_group, level=DEVELOPER),
    project_route("GET", "/resource_groups/:key/upcoming_jobs", upcoming),
    project_route("GET", "/resource_groups/:key/current_job", current),
    project_route("GET", "/freeze_periods", freezes),
    project_route("POST", "/freeze_periods", create_freeze, level=MAINTAINER),
    project_route("GET", "/freeze_periods/:freeze_period_id", freeze),
    project_route("PUT", "/freeze_periods/:freeze_period_id", update_freeze, level=MAINTAINER),
    project_route("DELETE", "/freeze_periods/:freeze_period_id", delete_freeze, level=MAINTAINER),
)
