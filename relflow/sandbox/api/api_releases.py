"""Routes of releases: a title and a text on a tag. Nothing runs for one."""

from datetime import datetime
from typing import Final

from relflow.sandbox.api.access import project_route
from relflow.sandbox.api.filters import SORTS
from relflow.sandbox.api.repository_shapes import release_shape
from relflow.sandbox.clock import now, parse_time
from relflow.sandbox.model.people import DEVELOPER
from relflow.sandbox.model.records import TagRelease
from relflow.sandbox.repo.git import git
from relflow.sandbox.wire.answers import Answer, invalid, not_found, said
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route


def releases(call: Call) -> Answer:
    """List the releases, the last one first unless told otherwise."""
    order = call.given.choice("order_by", ("released_at", "created_at"), "released_at")
    found = sorted(call.site.tables.releases, key=lambda row: (getattr(row, order or "released_at"), row.id))
    if call.given.choice("sort", SORTS, "desc") == "desc":
        found.reverse()
    return paged(call, found, lambda row: release_shape(call.site, row))


def _release(call: Call) -> TagRelease:
    found = next((row for row in call.site.tables.releases if row.tag_name == call.params["tag_name"]), None)
    if found is None:
        raise not_found()
    return found


def release(call: Call) -> Answer:
    """Show the release of a tag."""
    return Answer(200, release_shape(call.site, _release(call)))


def create_release(call: Call) -> Answer:
    """Make a release of a tag, which is made as well where a ref says of what."""
    site, tag = call.site, call.given.needed("tag_name")
    if any(row.tag_name == tag for row in site.tables.releases):
        raise said(409, "Release already exists")
    if tag not in site.repository.refs().tags:
        ref = call.given.text("ref")
        sha = site.repository.resolve(ref) if ref else None
        if sha is None:
            raise said(422, "Ref is not specified")
        git(site.repository.folder, "tag", tag, sha)
    made = site.tables.releases.insert(
        lambda row_id: TagRelease(
            row_id,
            tag,
            call.given.text("name") or tag,
            call.given.text("description") or "",
            call.user.id,
            now(),
            _released_at(call),
        )
    )
    site.changed()
    return Answer(201, release_shape(site, made))


def _released_at(call: Call) -> datetime:
    text = call.given.text("released_at")
    try:
        return parse_time(text) if text else now()
    except ValueError as exc:
        raise invalid("released_at is invalid") from exc


def delete_release(call: Call) -> Answer:
    """Take a release away; its tag stays."""
    found = _release(call)
    del call.site.tables.releases.rows[found.id]
    call.site.changed()
    return Answer(200, release_shape(call.site, found))


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/releases", releases),
    project_route("POST", "/releases", create_release, level=DEVELOPER),
    project_route("GET", "/releases/:tag_name", release),
    project_route("DELETE", "/releases/:tag_name", delete_release, level=DEVELOPER),
)
