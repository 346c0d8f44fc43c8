"""Lists of releases, and one release in full."""

from datetime import datetime

from relflow.core.codec import timestamp
from relflow.core.errors import UsageError
from relflow.core.facts import Facts
from relflow.core.people import Actor
from relflow.core.release import Release
from relflow.core.text import nearest
from relflow.store.book import named_rows
from relflow.store.rows import release_of
from relflow.views.reading import View
from relflow.views.shapes import (
    Shape,
    approval_shape,
    deployment_shape,
    release_shape,
    requirement_shape,
    verdict_shape,
)

# The evidence is left out: nobody reads a list for it, and it is the largest column.
COLUMNS = """
    version, state, revision, row_version, ref, commit_sha, title, pipeline_id, pipeline_url, held_from, closed,
    created_by, created_by_user_id, created_by_auth, created_at, updated_at, '[]' AS evidence"""
_LIST = f"""
    SELECT {COLUMNS} FROM release
    WHERE project_id = :project AND (:state IS NULL OR state = :state)
    AND (:since IS NULL OR updated_at >= :since) AND (:until IS NULL OR updated_at < :until)
    ORDER BY created_at DESC, version DESC LIMIT :limit"""  # noqa: S608 - a constant
NOBODY = Actor("user:unknown")


def list_releases(
    view: View, state: str | None, since: datetime | None, until: datetime | None, limit: int
) -> list[Shape]:
    """The releases, newest first; `since` and `until` are about their last change."""
    times = {"since": timestamp(since) if since else None, "until": timestamp(until) if until else None}
    rows = named_rows(view.connection, _LIST, {"project": view.key, "state": state, "limit": limit, **times})
    return [release_shape(release_of(row, (), ()), view.project.path) for row in rows]


def found(view: View, version: str) -> Release:
    """The release. Raises UsageError, with the nearest name, where there is none."""
    release = view.book.release(version)
    if release is None:
        raise UsageError(f"there is no release {version}", (), nearest(version, view.book.versions()))
    return release


def show_release(view: View, version: str, at: datetime) -> Shape:
    """One release in full. It asks no GitLab: what only GitLab knows has `holds` null."""
    from relflow.core.judging import next_requests, verdict

    release = found(view, version)
    verdicts = []
    for request in next_requests(view.workflow, release):
        environment = view.book.environment(request.environment) if request.environment else None
        facts = Facts(at=at, actor=NOBODY, environment=environment)
        verdicts.append(verdict_shape(verdict(view.workflow, release, request, facts)))
    return {
        "release": release_shape(release, view.project.path),
        "requirements": [requirement_shape(result) for result in release.evidence],
        "approvals": [approval_shape(release, approval) for approval in release.approvals],
        "deployments": [deployment_shape(version, each) for each in release.deployments],
        "next": verdicts,
    }
