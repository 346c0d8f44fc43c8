"""GitLab's JSON to relflow's values. What a decision needs must be there and of its kind; the rest may be absent."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

from relflow.adapters.gitlab.cron_freezes import Period
from relflow.core.authors import address, addresses_of, no_reply
from relflow.core.checkup.surroundings import Access, Artifacts, ProjectSettings, Protection, ResourceGroup
from relflow.core.facts import Job, Pipeline, Published, RemoteDeployment, ReportSummary, Tag
from relflow.core.people import Member
from relflow.core.requirements import percent
from relflow.service.ports import Change, Changes, MergedCi, RemoteProject

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LARGEST_ID = 2**63 - 1
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")

T = TypeVar("T")


class ShapeError(ValueError):
    """The JSON is not what this version understands; the text names the field, never its value."""


def job(raw: Any) -> Job:
    """A job, alone or as a deployment's `deployable`."""
    pipeline, person = _optional(raw, "pipeline", dict) or {}, _optional(raw, "user", dict) or {}
    return Job(
        id=number(raw, "id"),
        name=text(raw, "name"),
        stage=text(raw, "stage"),
        status=text(raw, "status"),
        # GitLab shows no commit where a forced push removed it; the pipeline still names it.
        commit=commit(_optional(raw, "commit", dict) or {"id": pipeline.get("sha")}),
        url=_optional(raw, "web_url", str) or "",
        allow_failure=_optional(raw, "allow_failure", bool) or False,
        user_id=_optional(person, "id", int),
        username=_optional(person, "username", str),
        pipeline_id=_optional(pipeline, "id", int) or 0,
        started_at=_moment(raw, "started_at"),
        finished_at=_moment(raw, "finished_at"),
        failure_reason=_optional(raw, "failure_reason", str),
    )


def as_retried(found: Job) -> Job:
    """The job, marked as replaced by a younger one."""
    return replace(found, retried=True)


def pipeline(raw: Any) -> Pipeline:
    """A pipeline, from a list or alone."""
    return Pipeline(
        id=number(raw, "id"),
        ref=text(raw, "ref"),
        commit=_sha(raw),
        status=text(raw, "status"),
        url=_optional(raw, "web_url", str) or "",
        source=_optional(raw, "source", str) or "",
    )


def whole_pipeline(raw: Any) -> Pipeline:
    """A pipeline that was asked for alone, which tells its coverage: a text, in GitLab's own description a number."""
    found = pipeline(raw)
    told = "" if raw.get("coverage") is None else str(raw["coverage"])
    if told and percent(told) is None:
        raise ShapeError("coverage is no percentage")
    return replace(found, coverage=told)


def report(raw: Any) -> ReportSummary:
    """The test reports of a pipeline, added up."""
    total = _required(raw, "total", dict)
    count, skipped = number(total, "count"), _optional(total, "skipped", int) or 0
    failed = (_optional(total, "failed", int) or 0) + (_optional(total, "error", int) or 0)
    return ReportSummary(max(0, count - skipped), failed, skipped, _unreadable(raw))


def _unreadable(raw: Any) -> str | None:
    suites = rows(raw["test_suites"]) if raw.get("test_suites") is not None else []
    broken = [_optional(each, "name", str) or "a job" for each in suites if _optional(each, "suite_error", str)]
    return next(iter(broken), None)


def protected(raw: Any) -> bool:
    """Whether a tag or branch is protected."""
    return _required(raw, "protected", bool)


def deployment(raw: Any) -> RemoteDeployment:
    """A deployment; its job is None where somebody only recorded it through the API."""
    deployable = _optional(raw, "deployable", dict)
    updated_at = _moment(raw, "updated_at")
    if updated_at is None:
        raise ShapeError("updated_at is missing")
    return RemoteDeployment(
        id=number(raw, "id"),
        environment=text(_required(raw, "environment", dict), "name"),
        status=text(raw, "status"),
        commit=_sha(raw),
        job=job(deployable) if deployable else None,
        updated_at=updated_at,
        username=_optional(_optional(raw, "user", dict) or {}, "username", str),
        ref=_optional(raw, "ref", str) or "",
    )


def changes(raw: Any) -> Changes:
    """A comparison of two commits. Its `diffs` are left alone: they may be cut off, and nobody asked for them."""
    commits = rows(raw.get("commits") if isinstance(raw, Mapping) else None)
    return Changes(tuple(change(each) for each in commits), _optional(raw, "web_url", str) or "")


def change(raw: Any) -> Change:
    """One commit, from a comparison or alone."""
    author, message = _optional(raw, "author_email", str), _optional(raw, "message", str)
    # Without the message nobody can tell the co-authors.
    told = addresses_of(author, message) if author and message is not None else frozenset()
    name, title = _optional(raw, "author_name", str) or "", _optional(raw, "title", str) or ""
    return Change(_hash(text(raw, "id"), "id"), title, name, told)


def shown_addresses(raw: Any) -> frozenset[str] | None:
    """What users see of themselves, and the address that GitLab gives them; None where the first one is hidden."""
    known = [_optional(raw, key, str) for key in ("email", "commit_email", "public_email")]
    if not known[0]:
        return None
    return frozenset({no_reply(number(raw, "id")), *(address(each) for each in known if each)})


def listed_address(raw: Any) -> str:
    """An address that somebody added; whether it is confirmed makes no difference to whose it is."""
    return address(text(raw, "email"))


def merged_ci(raw: Any) -> MergedCi:
    """What the CI lint says. Its `valid` is left alone: GitLab has spelt it in two ways, and the errors tell it."""
    errors = _sentences(_required(raw, "errors", list), "errors")
    warnings = _sentences(_optional(raw, "warnings", list) or [], "warnings")
    return MergedCi(_optional(raw, "merged_yaml", str), errors, warnings)


def _sentences(said: list[Any], key: str) -> tuple[str, ...]:
    return tuple(_storable(str(each), key) for each in said)


def freeze_period(raw: Any) -> Period:
    """A freeze period."""
    return Period(
        id=number(raw, "id"),
        begin=text(raw, "freeze_start"),
        end=text(raw, "freeze_end"),
        zone_name=_optional(raw, "cron_timezone", str) or "UTC",
    )


def project(raw: Any) -> RemoteProject:
    """A project."""
    archived = _optional(raw, "archived", bool) or False
    return RemoteProject(number(raw, "id"), text(raw, "path_with_namespace"), text(raw, "web_url"), archived)


def member(raw: Any) -> Member | None:
    """A member; None for one who may not act: blocked, or awaiting a decision."""
    found = Member(text(raw, "username"), number(raw, "id"), number(raw, "access_level"))
    standing = text(raw, "state"), _optional(raw, "membership_state", str) or "active"
    return found if standing == ("active", "active") else None


def commit(raw: Any) -> str:
    """The id of a commit."""
    return _hash(text(raw, "id"), "id")


def tagged_commit(raw: Any) -> str:
    """The id of the commit that a tag leads to: an annotated tag's own `target` is not a commit."""
    return commit(_required(raw, "commit", dict))


def tag(raw: Any) -> Tag | None:
    """A tag, and the commit that it leads to; None for one that leads to something else."""
    name, named = text(raw, "name"), _optional(raw, "commit", dict)
    return Tag(name, commit(named)) if named else None


def published(raw: Any) -> Published:
    """GitLab's own release of a tag; its author may be gone."""
    at, author = _moment(raw, "released_at"), _optional(raw, "author", dict) or {}
    if at is None:
        raise ShapeError("released_at is missing")
    tag_name = text(raw, "tag_name")
    return Published(tag_name, _optional(raw, "name", str) or tag_name, at, _optional(author, "username", str))


def scopes(raw: Any) -> tuple[str, ...]:
    """What an access token may do."""
    found = raw.get("scopes") if isinstance(raw, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ShapeError("scopes is no list of texts")
    return tuple(_storable(each, "scopes") for each in found)


def expires_on(raw: Any) -> date | None:
    """The day with whose beginning an access token ends; None where it never does."""
    found = _optional(raw, "expires_at", str)
    try:
        return date.fromisoformat(found) if found else None
    except ValueError as exc:
        raise ShapeError("expires_at is no day") from exc


def settings(raw: Any) -> ProjectSettings:
    """A project's settings; an older GitLab, or one that does not let everybody see them, leaves some out."""
    number(raw, "id")  # what has none is no project, whatever else it is
    return ProjectSettings(
        default_branch=_optional(raw, "default_branch", str),
        is_archived=_optional(raw, "archived", bool) or False,
        refuses_outdated=_optional(raw, "ci_forward_deployment_enabled", bool),
        lets_roll_back=_optional(raw, "ci_forward_deployment_rollback_allowed", bool),
        keeps_latest_artifacts=_optional(raw, "keep_latest_artifact", bool),
        variables_from=_optional(raw, "ci_pipeline_variables_minimum_override_role", str),
    )


def protection(raw: Any) -> Protection:
    """A protected branch, or a protected tag, which has no rows of who may push."""
    push = tuple(_access(each) for each in rows(_optional(raw, "push_access_levels", list) or []))
    force, inherited = _optional(raw, "allow_force_push", bool), _optional(raw, "inherited", bool)
    return Protection(name=text(raw, "name"), push=push, lets_force_push=bool(force), is_inherited=bool(inherited))


def _access(raw: Any) -> Access:
    named = any(_optional(raw, key, int) for key in ("user_id", "group_id", "deploy_key_id"))
    return Access(_optional(raw, "id", int) or 0, None if named else _optional(raw, "access_level", int))


def resource_group(raw: Any) -> ResourceGroup:
    """A resource group."""
    return ResourceGroup(text(raw, "key"), text(raw, "process_mode"))


def artifacts(raw: Any) -> Artifacts:
    """What a job left for later jobs: its archive; its log and its reports are something else."""
    kinds = {_optional(each, "file_type", str) for each in _optional(raw, "artifacts", list) or []}
    is_there = "archive" in kinds or _optional(raw, "artifacts_file", dict) is not None
    return Artifacts(number(raw, "id"), text(raw, "name"), _moment(raw, "artifacts_expire_at"), is_there)


def environment_name(raw: Any) -> str:
    """The name of an environment."""
    return text(raw, "name")


def rows(raw: Any) -> list[Any]:
    """One page of a list."""
    if not isinstance(raw, list):
        raise ShapeError("a list was expected")
    return raw


def text(raw: Any, key: str) -> str:
    """The text of that name."""
    return _required(raw, key, str)


def number(raw: Any, key: str) -> int:
    """The number of that name."""
    return _required(raw, key, int)


def _required(raw: Any, key: str, kind: type[T]) -> T:
    found = _optional(raw, key, kind)
    if found is None:
        raise ShapeError(f"{key} is missing")
    return found


def _optional(raw: Any, key: str, kind: type[T]) -> T | None:
    if not isinstance(raw, Mapping):
        raise ShapeError("an object was expected")
    found = raw.get(key)
    # For Python True is a number; for GitLab it is not.
    if found is None or type(found) is kind:
        return cast("T | None", _storable(found, key))
    raise ShapeError(f"{key} is not of the expected kind")


def _storable(found: Any, key: str) -> Any:
    """The value as a record keeps it: text in NFC, and what is no character becomes a question mark."""
    if isinstance(found, int) and not 0 <= found <= _LARGEST_ID:
        raise ShapeError(f"{key} is out of range")
    return unicodedata.normalize("NFC", _NOT_TEXT.sub("?", found)) if isinstance(found, str) else found


def _moment(raw: Any, key: str) -> datetime | None:
    found = _optional(raw, key, str)
    try:
        moment = datetime.fromisoformat(found) if found else None
        if moment is None or moment.tzinfo is not None:
            return moment and moment.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ShapeError(f"{key} is no time") from exc
    raise ShapeError(f"{key} has no time zone")


def _sha(raw: Any) -> str:
    return _hash(text(raw, "sha"), "sha")


def _hash(found: str, key: str) -> str:
    if not _COMMIT.fullmatch(found):
        raise ShapeError(f"{key} is no commit")
    return found
