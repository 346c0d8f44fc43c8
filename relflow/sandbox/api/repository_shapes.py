"""Commits, tags, branches and comparisons as GitLab shows them."""

from relflow.sandbox.api.people_shapes import user_basic
from relflow.sandbox.clock import iso, now
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import BY_ID, DEVELOPER
from relflow.sandbox.model.permissions import matching, may_update_branch
from relflow.sandbox.model.records import ProtectedRef, TagRelease
from relflow.sandbox.repo.commits import Commit, Stats
from relflow.sandbox.repo.differences import FileDifference
from relflow.sandbox.repo.refs import Tag

_GONE = "000000"


def commit_basic(site: Site, sha: str) -> dict[str, object]:
    """Show a commit as embedded in jobs, tags and branches."""
    return commit_shape(site, site.repository.commit(sha))


def commit_shape(site: Site, commit: Commit) -> dict[str, object]:
    """Show a commit. Times keep the zone they were written in."""
    return {
        "id": commit.sha,
        "short_id": commit.sha[:8],
        "created_at": commit.committed_at.isoformat(timespec="milliseconds"),
        "parent_ids": list(commit.parents),
        "title": commit.title,
        "message": commit.message,
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "authored_date": commit.authored_at.isoformat(timespec="milliseconds"),
        "committer_name": commit.committer_name,
        "committer_email": commit.committer_email,
        "committed_date": commit.committed_at.isoformat(timespec="milliseconds"),
        "trailers": {name: values[-1] for name, values in commit.trailers.items()},
        "extended_trailers": {name: list(values) for name, values in commit.trailers.items()},
        "web_url": f"{site.web_url}/-/commit/{commit.sha}",
    }


def stats_shape(stats: Stats) -> dict[str, object]:
    """Show how much a commit changes."""
    return {
        "additions": stats.additions,
        "deletions": stats.deletions,
        "total": stats.additions + stats.deletions,
    }


def tag_shape(site: Site, tag: Tag) -> dict[str, object]:
    """Show a tag. `target` differs from the commit for an annotated one, which alone has a message and a time."""
    made = next((row for row in site.tables.releases if row.tag_name == tag.name), None)
    return {
        "name": tag.name,
        "message": tag.message,
        "target": tag.target,
        "commit": commit_basic(site, tag.sha),
        "release": None if made is None else {"tag_name": made.tag_name, "description": made.description},
        "protected": bool(matching(tag.name, site.tables.protected_tags)),
        "created_at": tag.created_at.isoformat(timespec="milliseconds") if tag.created_at else None,
    }


def release_shape(site: Site, release: TagRelease) -> dict[str, object]:
    """Show a release; its commit is null once its tag is gone."""
    tag = site.repository.refs().tags.get(release.tag_name)
    page = f"{site.web_url}/-/releases/{release.tag_name}"
    return {
        "tag_name": release.tag_name,
        "name": release.name,
        "description": release.description,
        "created_at": iso(release.created_at),
        "released_at": iso(release.released_at),
        "upcoming_release": release.released_at > now(),
        "author": user_basic(site, release.author_id),
        "commit": None if tag is None else commit_basic(site, tag.sha),
        "milestones": [],
        **({} if tag is None else {"commit_path": f"/{site.project.path}/-/commit/{tag.sha}"}),
        "tag_path": f"/{site.project.path}/-/tags/{release.tag_name}",
        "assets": {"count": 0, "sources": [], "links": []},
        "evidences": [],
        "_links": {"self": page, "edit_url": f"{page}/edit"},
    }


def branch_shape(site: Site, name: str, sha: str, user_id: int) -> dict[str, object]:
    """Show a branch as this user sees it."""
    rules = matching(name, site.tables.protected_branches)
    default = site.repository.default_branch
    return {
        "name": name,
        "commit": commit_basic(site, sha),
        "merged": name != default and site.repository.contains(default, sha),
        "protected": bool(rules),
        "developers_can_push": any(DEVELOPER in rule.push_levels for rule in rules),
        "developers_can_merge": any(DEVELOPER in rule.merge_levels for rule in rules),
        "can_push": may_update_branch(BY_ID[user_id].access_level, name, _push_only(rules)),
        "default": name == default,
        "web_url": f"{site.web_url}/-/tree/{name}",
    }


def _push_only(rules: list[ProtectedRef]) -> list[ProtectedRef]:
    return [ProtectedRef(rule.id, "*", push_levels=rule.push_levels) for rule in rules]


def difference_shape(file: FileDifference) -> dict[str, object]:
    """Show the change of one file."""
    return {
        "diff": file.hunks,
        "collapsed": False,
        "too_large": False,
        "new_path": file.new_path,
        "old_path": file.old_path,
        "a_mode": file.old_mode,
        "b_mode": file.new_mode,
        "new_file": file.old_mode == _GONE,
        "renamed_file": file.letter == "R",
        "deleted_file": file.new_mode == _GONE,
        "generated_file": None,
    }
