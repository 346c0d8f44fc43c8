"""Routes of the repository: commits, their statuses and refs, tags, branches, comparisons."""

from typing import Final

from relflow.sandbox.api.access import project_route
from relflow.sandbox.api.pipeline_shapes import pipeline_basic, status_shape
from relflow.sandbox.api.repository_shapes import (
    branch_shape,
    commit_shape,
    difference_shape,
    stats_shape,
    tag_shape,
)
from relflow.sandbox.clock import parse_time
from relflow.sandbox.model.records import Job
from relflow.sandbox.repo.differences import read_differences
from relflow.sandbox.repo.refs import Tag
from relflow.sandbox.wire.answers import Answer, invalid, not_found
from relflow.sandbox.wire.pages import paged
from relflow.sandbox.wire.routes import Call, Route


def _sha(call: Call) -> str:
    """Return the commit named in the path: by sha, short sha, branch or tag."""
    sha = call.site.repository.resolve(call.params["sha"])
    if sha is None:
        raise not_found("Commit Not Found")
    return sha


def commits(call: Call) -> Answer:
    """List commits of a ref, newest first."""
    arguments = [f"--{name}={value}" for name in ("since", "until") if (value := _moment(call, name))]
    if author := call.given.text("author"):
        arguments.append(f"--author={author}")
    if call.given.flag("first_parent"):
        arguments.append("--first-parent")
    arguments += _where(call)
    if path := call.given.text("path"):
        arguments += ["--", path]
    return paged(call, call.site.repository.log(*arguments), lambda commit: commit_shape(call.site, commit))


def _where(call: Call) -> list[str]:
    if call.given.flag("all"):
        return ["--all"]
    name = call.given.text("ref_name") or call.site.repository.default_branch
    older, dots, newer = name.partition("..")
    shas = [call.site.repository.resolve(part) for part in ((older, newer) if dots else (name,))]
    found = [sha for sha in shas if sha is not None]
    if len(found) < len(shas):
        raise not_found("Commit Not Found") if dots else not_found("Project Not Found Tree Not Found")
    return [dots.join(found)]


def _moment(call: Call, name: str) -> str | None:
    text = call.given.text(name)
    try:
        return None if text is None else parse_time(text).isoformat()
    except ValueError as exc:
        raise invalid(f"{name} is invalid") from exc


def commit(call: Call) -> Answer:
    """Show one commit with its last pipeline, whichever ref that ran for."""
    sha = _sha(call)
    site = call.site
    pipelines = [pipeline for pipeline in site.tables.pipelines if pipeline.sha == sha]
    last = pipelines[-1] if pipelines else None
    return Answer(
        200,
        {
            **commit_shape(site, site.repository.commit(sha)),
            "stats": stats_shape(site.repository.stats(sha)),
            "status": None if last is None else last.status,
            "project_id": site.project.id,
            "last_pipeline": None if last is None else pipeline_basic(site, last),
        },
    )


def statuses(call: Call) -> Answer:
    """List the jobs of all pipelines of a commit; retried ones only when all are asked for."""
    sha = _sha(call)
    tables = call.site.tables
    pipelines = [
        pipeline for pipeline in tables.pipelines if pipeline.sha == sha and _wanted(call, pipeline.id, pipeline.ref)
    ]
    retried = bool(call.given.flag("all"))
    jobs = [job for pipeline in pipelines for job in tables.jobs_of(pipeline.id, retried=retried) if _named(call, job)]
    jobs.sort(key=lambda job: job.id, reverse=call.given.choice("sort", ("asc", "desc")) == "desc")
    return paged(call, jobs, lambda job: status_shape(call.site, job))


def _wanted(call: Call, pipeline_id: int, ref: str) -> bool:
    return call.given.number("pipeline_id") in (None, pipeline_id) and call.given.text("ref") in (None, ref)


def _named(call: Call, job: Job) -> bool:
    return call.given.text("stage") in (None, job.spec.stage) and call.given.text("name") in (None, job.name)


def commit_refs(call: Call) -> Answer:
    """List the branches and tags that contain a commit."""
    kind = call.given.choice("type", ("branch", "tag", "all"), "all")
    found = [(type_, name) for type_, name in call.site.repository.containing(_sha(call)) if kind in ("all", type_)]
    return paged(call, found, lambda ref: {"type": ref[0], "name": ref[1]})


def tags(call: Call) -> Answer:
    """List the tags, last updated first."""
    order = call.given.choice("order_by", ("name", "updated", "version"), "updated")
    found = [tag for tag in call.site.repository.refs().tags.values() if _searched(call, tag.name)]
    call.site.repository.learn([tag.sha for tag in found])

    def key(tag: Tag) -> tuple[object, ...]:
        if order == "version":
            return tuple(
                (part.isdecimal(), int(part) if part.isdecimal() else part) for part in tag.name.lstrip("v").split(".")
            )
        updated = tag.created_at or call.site.repository.commit(tag.sha).committed_at
        return (tag.name,) if order == "name" else (updated, tag.name)

    found.sort(key=key, reverse=call.given.choice("sort", ("asc", "desc"), "desc") == "desc")
    return paged(call, found, lambda tag: tag_shape(call.site, tag))


def _searched(call: Call, name: str) -> bool:
    """Judge `search` as GitLab does: `^` at the begin and `$` at the end mean just that."""
    search = call.given.text("search") or ""
    if search.startswith("^"):
        return name.startswith(search[1:])
    return name.endswith(search[:-1]) if search.endswith("$") else search in name


def tag(call: Call) -> Answer:
    """Show one tag."""
    found = call.site.repository.refs().tags.get(call.params["name"])
    if found is None:
        raise not_found("Tag Not Found")
    return Answer(200, tag_shape(call.site, found))


def branches(call: Call) -> Answer:
    """List the branches by name."""
    found = [pair for pair in sorted(call.site.repository.refs().branches.items()) if _searched(call, pair[0])]
    return paged(call, found, lambda pair: branch_shape(call.site, *pair, call.user.id))


def branch(call: Call) -> Answer:
    """Show one branch."""
    name = call.params["name"]
    sha = call.site.repository.refs().branches.get(name)
    if sha is None:
        raise not_found("Branch Not Found")
    return Answer(200, branch_shape(call.site, name, sha, call.user.id))


def compare(call: Call) -> Answer:
    """Show what `to` has and `from` has not: since they parted, or straight from one to the other."""
    repository = call.site.repository
    older, newer = (repository.resolve(call.given.needed(name)) for name in ("from", "to"))
    if older is None or newer is None:
        raise not_found("Ref Not Found")
    straight = bool(call.given.flag("straight"))
    found = repository.log("--reverse", f"{older}..{newer}")
    base = older if straight else repository.merge_base(older, newer) or older
    differences = read_differences(repository.folder, base, newer)
    shown = [commit_shape(call.site, one) for one in found]
    dots = ".." if straight else "..."
    return Answer(
        200,
        {
            "commit": shown[-1] if shown else None,
            "commits": shown,
            "diffs": [difference_shape(file) for file in differences],
            "compare_timeout": False,
            "compare_same_ref": older == newer,
            "web_url": f"{call.site.web_url}/-/compare/{older}{dots}{newer}",
        },
    )


_REPOSITORY: Final = "/repository"
ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", f"{_REPOSITORY}/commits", commits),
    project_route("GET", f"{_REPOSITORY}/commits/:sha", commit),
    project_route("GET", f"{_REPOSITORY}/commits/:sha/statuses", statuses),
    project_route("GET", f"{_REPOSITORY}/commits/:sha/refs", commit_refs),
    project_route("GET", f"{_REPOSITORY}/tags", tags),
    project_route("GET", f"{_REPOSITORY}/tags/:name", tag),
    project_route("GET", f"{_REPOSITORY}/branches", branches),
    project_route("GET", f"{_REPOSITORY}/branches/:name", branch),
    project_route("GET", f"{_REPOSITORY}/compare", compare),
)
