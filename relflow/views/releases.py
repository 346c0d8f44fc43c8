"""Lists of releases, and one release in full."""

from datetime import datetime
from typing import TYPE_CHECKING

from relflow.core.codec import timestamp
from relflow.core.facts import Facts
from relflow.core.people import Actor
from relflow.core.release import Release
from relflow.core.workflow import place_before
from relflow.store.book import LISTED
from relflow.store.rows import release_of
from relflow.views.names import no_release
from relflow.views.reading import View
from relflow.views.shapes import (
    approval_shape,
    deployment_shape,
    numbers_shape,
    point_shape,
    release_shape,
    requirement_shape,
    verdict_shape,
    waiver_shape,
)

if TYPE_CHECKING:
    from relflow.views import contract

_LISTED = f"SELECT {LISTED} FROM release WHERE project_id = :project"  # noqa: S608 - a constant
_NEWEST = "ORDER BY created_at DESC, version DESC LIMIT :limit"
_TERMS = {
    "state": "AND state = :state",
    "since": "AND updated_at >= :since",
    "until": "AND updated_at < :until",
}
NOBODY = Actor("user:unknown")


def list_releases(
    view: View, state: str | None, since: datetime | None, until: datetime | None, limit: int
) -> "list[contract.Release]":
    """The releases, newest first; `since` and `until` are about their last change."""
    asked = {
        "state": state,
        "since": timestamp(since) if since else None,
        "until": timestamp(until) if until else None,
    }
    terms = (term for name, term in _TERMS.items() if asked[name] is not None)
    values = {"project": view.key, "limit": limit, **asked}
    rows = view.connection.execute(" ".join((_LISTED, *terms, _NEWEST)), values)
    return [release_shape(release_of(row), view.project.path) for row in rows]


def found(view: View, version: str) -> Release:
    """The release. Raises UsageError, with the nearest name, where there is none."""
    release = view.book.release(version)
    if release is None:
        raise no_release(view.connection, view.key, version)
    return release


def show_release(view: View, version: str, at: datetime) -> "contract.Show":
    """One release in full. It asks no GitLab: what only GitLab knows has `holds` null."""
    from relflow.core.judging import next_requests, verdict

    release = found(view, version)
    verdicts, drifts = [], view.book.drifts()
    for request in next_requests(view.workflow, release):
        names = (request.environment, place_before(view.workflow, request.environment or ""))
        place, before = (view.book.environment(name) if name else None for name in names)
        facts = Facts(at=at, actor=NOBODY, environment=place, environment_before=before, drifts=drifts)
        verdicts.append(verdict_shape(verdict(view.workflow, release, request, facts)))
    return {
        "release": release_shape(release, view.project.path),
        "requirements": [requirement_shape(result) for result in release.evidence],
        "numbers": numbers_shape(release.numbers),
        "checklist": [point_shape(release, point) for point in view.workflow.checklist],
        "approvals": [approval_shape(view.workflow, release, approval) for approval in release.approvals],
        "waivers": [waiver_shape(view.workflow, release, waiver) for waiver in release.waivers],
        "deployments": [deployment_shape(version, each) for each in release.deployments],
        "next": verdicts,
    }
