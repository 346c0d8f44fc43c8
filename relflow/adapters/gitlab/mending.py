"""The request of each remedy, and how GitLab's answer shows that it had its effect. Nothing is sent here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from relflow.adapters.gitlab import shapes
from relflow.core.checkup.remedy import (
    ChangeSetting,
    CloseBranch,
    ForbidForcePush,
    KeepArtifacts,
    LetGroupPass,
    ProtectBranch,
    ProtectTags,
    Remedy,
)
from relflow.core.people import Level

_MAINTAINERS, _DEVELOPERS = int(Level.MAINTAINER), int(Level.DEVELOPER)


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the project, and whether an answer of success shows the change."""

    verb: str
    path: str
    body: Mapping[str, Any]
    #: May raise ShapeError.
    shows: Callable[[Any], bool]


def request_of(remedy: Remedy) -> Request:
    """The one request that makes the change. A GitLab that ignores what it does not know shows in its answer."""
    match remedy:
        case ChangeSetting(key, value):
            return Request("put", "", {key: value}, lambda raw: raw.get(key) == value)
        case ProtectBranch(name):
            levels = {"push_access_level": _MAINTAINERS, "merge_access_level": _DEVELOPERS, "allow_force_push": False}
            return Request("post", "/protected_branches", {"name": name, **levels}, _named(name))
        case CloseBranch(name, rows):
            allowed = [{"id": row, "access_level": _MAINTAINERS} for row in rows]
            return Request("patch", _branch(name), {"allowed_to_push": allowed}, _is_closed)
        case ForbidForcePush(name):
            return Request("patch", _branch(name), {"allow_force_push": False}, _is_not_forced)
        case ProtectTags(pattern):
            body = {"name": pattern, "create_access_level": _DEVELOPERS}
            return Request("post", "/protected_tags", body, _named(pattern))
        case LetGroupPass(key):
            path = f"/resource_groups/{_segment(key)}"
            return Request("put", path, {"process_mode": "unordered"}, _is_unordered)
        case KeepArtifacts(job_id):
            return Request("post", f"/jobs/{job_id}/artifacts/keep", {}, _is_kept)


def _segment(name: str) -> str:
    return quote(name, safe="")


def _branch(name: str) -> str:
    return f"/protected_branches/{_segment(name)}"


def _named(name: str) -> Callable[[Any], bool]:
    return lambda raw: shapes.protection(raw).name == name


def _is_closed(raw: Any) -> bool:
    levels = [row.level for row in shapes.protection(raw).push]
    return all(level is None or level == 0 or level >= Level.MAINTAINER for level in levels)


def _is_not_forced(raw: Any) -> bool:
    return not shapes.protection(raw).lets_force_push


def _is_unordered(raw: Any) -> bool:
    return shapes.resource_group(raw).process_mode == "unordered"


def _is_kept(raw: Any) -> bool:
    return shapes.artifacts(raw).expires_at is None
