"""Routes of the project itself, its members and its protections."""

from dataclasses import fields, replace
from typing import Final

from relflow.sandbox.api.access import number, project_route
from relflow.sandbox.api.people_shapes import member
from relflow.sandbox.api.project_shapes import (
    level_ids,
    project_identity,
    project_shape,
    protected_branch,
    protected_tag,
)
from relflow.sandbox.model.people import BY_ID, MAINTAINER, PEOPLE
from relflow.sandbox.model.records import ProjectSettings, ProtectedRef
from relflow.sandbox.model.tables import Table
from relflow.sandbox.wire.answers import Answer, invalid, not_found, said
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.parameters import Parameters
from relflow.sandbox.wire.routes import Call, Route

_ROLES: Final = ("no_one_allowed", "developer", "maintainer", "owner")


def projects(call: Call) -> Answer:
    """List the one project, for its members."""
    return paged(call, [call.site] if call.user.access_level else [], project_identity)


def project(call: Call) -> Answer:
    """Show the project with the rights of who asks."""
    return Answer(200, project_shape(call.site, call.user))


def update_project(call: Call) -> Answer:
    """Change the settings the sandbox has; other attributes are ignored, but one known must be there."""
    changes: dict[str, object] = {}
    for field in fields(ProjectSettings):
        value = call.given.text(field.name)
        if value is not None:
            changes[field.name] = value if field.type is str else call.given.flag(field.name)
    if not changes:
        names = ", ".join(field.name for field in fields(ProjectSettings))
        raise invalid(f"{names} are missing, at least one parameter must be provided")
    call.given.choice("ci_pipeline_variables_minimum_override_role", _ROLES)
    tables = call.site.tables
    tables.settings = replace(tables.settings, **changes)  # type: ignore[arg-type]  # each has the type of its field
    call.site.changed()
    return project(call)


def archive(call: Call) -> Answer:
    """Archive the project: everything can be read, nothing can be done."""
    return _archived(call, True)


def unarchive(call: Call) -> Answer:
    """Take the project back from the archive."""
    return _archived(call, False)


def _archived(call: Call, archived: bool) -> Answer:
    call.site.tables.settings = replace(call.site.tables.settings, archived=archived)
    call.site.changed()
    return Answer(201, project_shape(call.site, call.user))


def members(call: Call) -> Answer:
    """List the members; nobody here is inherited."""
    query = (call.given.text("query") or "").lower()
    wanted = call.given.list("user_ids")
    found = [
        person
        for person in PEOPLE
        if person.access_level
        and query in f"{person.username} {person.name}".lower()
        and (not wanted or str(person.id) in wanted)
    ]
    return paged(call, found, lambda person: member(call.site, person))


def one_member(call: Call) -> Answer:
    """Show one member."""
    person = BY_ID.get(number(call, "user_id"))
    if person is None or not person.access_level:
        raise not_found()
    return Answer(200, member(call.site, person))


def protected_branches(call: Call) -> Answer:
    """List the protected branches."""
    return paged(call, list(call.site.tables.protected_branches), protected_branch)


def protected_tags(call: Call) -> Answer:
    """List the protected tags."""
    return paged(call, list(call.site.tables.protected_tags), protected_tag)


def protect_branch(call: Call) -> Answer:
    """Protect a branch or a pattern of branches."""
    push, merge = (call.given.number(name) for name in ("push_access_level", "merge_access_level"))
    ref = _protect(call, call.site.tables.protected_branches)
    ref = call.site.tables.protected_branches.put(
        replace(
            ref,
            push_levels=(MAINTAINER if push is None else push,),
            merge_levels=(MAINTAINER if merge is None else merge,),
            allow_force_push=bool(call.given.flag("allow_force_push")),
        )
    )
    return Answer(201, protected_branch(ref))


def change_branch(call: Call) -> Answer:
    """Change who may push to or merge into a protected branch: rows by their ids, or new ones."""
    table = call.site.tables.protected_branches
    ref = next((ref for ref in table if ref.name == call.params["name"]), None)
    if ref is None:
        raise not_found()
    force = call.given.flag("allow_force_push")
    changed = replace(
        ref,
        push_levels=_changed(ref, ref.push_levels, call.given.raw("allowed_to_push")),
        merge_levels=_changed(ref, ref.merge_levels, call.given.raw("allowed_to_merge")),
        allow_force_push=ref.allow_force_push if force is None else force,
    )
    call.site.changed()
    return Answer(200, protected_branch(table.put(changed)))


def _changed(ref: ProtectedRef, levels: tuple[int, ...], wanted: object) -> tuple[int, ...]:
    known: dict[int, int] = dict(zip(level_ids(ref, levels), levels, strict=True))
    for row in wanted if isinstance(wanted, list) else ():
        given = Parameters(row if isinstance(row, dict) else {})
        place, level = given.number("id"), given.number("access_level")
        if place is not None and place not in known:
            raise not_found()
        if given.flag("_destroy") and place is not None:
            del known[place]
        elif level is not None:
            known[place if place is not None else -len(known)] = level
    return tuple(known.values())


def protect_tag(call: Call) -> Answer:
    """Protect a tag or a pattern of tags."""
    create = call.given.number("create_access_level")
    ref = _protect(call, call.site.tables.protected_tags)
    ref = call.site.tables.protected_tags.put(replace(ref, create_levels=(MAINTAINER if create is None else create,)))
    return Answer(201, protected_tag(ref))


def _protect(call: Call, table: Table[ProtectedRef]) -> ProtectedRef:
    name = call.given.needed("name")
    if any(ref.name == name for ref in table):
        raise said(409, f"Protected ref '{name}' already exists")
    call.site.changed()
    return table.insert(lambda row_id: ProtectedRef(row_id, name))


def unprotect_branch(call: Call) -> Answer:
    """Take a protection away."""
    return _unprotect(call, call.site.tables.protected_branches)


def unprotect_tag(call: Call) -> Answer:
    """Take a protection away."""
    return _unprotect(call, call.site.tables.protected_tags)


def _unprotect(call: Call, table: Table[ProtectedRef]) -> Answer:
    ref = next((ref for ref in table if ref.name == call.params["name"]), None)
    if ref is None:
        raise not_found()
    del table.rows[ref.id]
    call.site.changed()
    return Answer(204)


ROUTES: Final = (
    Route("GET", "/projects", projects),
    project_route("GET", "", project),
    project_route("PUT", "", update_project, level=MAINTAINER, archived=True),
    project_route("POST", "/archive", archive, level=MAINTAINER, archived=True),
    project_route("POST", "/unarchive", unarchive, level=MAINTAINER, archived=True),
    project_route("GET", "/members", members),
    project_route("GET", "/members/all", members),
    project_route("GET", "/members/all/:user_id", one_member),
    project_route("GET", "/members/:user_id", one_member),
    project_route("GET", "/protected_branches", protected_branches),
    project_route("POST", "/protected_branches", protect_branch, level=MAINTAINER),
    project_route("PATCH", "/protected_branches/:name", change_branch, level=MAINTAINER),
    project_route("DELETE", "/protected_branches/:name", unprotect_branch, level=MAINTAINER),
    project_route("GET", "/protected_tags", protected_tags),
    project_route("POST", "/protected_tags", protect_tag, level=MAINTAINER),
    project_route("DELETE", "/protected_tags/:name", unprotect_tag, level=MAINTAINER),
)
