"""Who may do what to a job. Source: gitlab `app/policies/ci/build_policy.rb`, `deployable_policy.rb`."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from relflow.sandbox.model.people import DEVELOPER, MAINTAINER
from relflow.sandbox.model.records import Deployment, Job, ProjectSettings, ProtectedRef

_ROLES = {"developer": DEVELOPER, "maintainer": MAINTAINER, "owner": 50}


def matching(name: str, protected: Iterable[ProtectedRef]) -> list[ProtectedRef]:
    """Return the protections that cover a branch or a tag of this name."""
    return [ref for ref in protected if fnmatchcase(name, ref.name)]


def may_update_branch(level: int, name: str, protected: Iterable[ProtectedRef]) -> bool:
    """Tell whether this level may push to or merge into the branch."""
    return _allowed(level, [(*ref.push_levels, *ref.merge_levels) for ref in matching(name, protected)])


def may_create_tag(level: int, name: str, protected: Iterable[ProtectedRef]) -> bool:
    """Tell whether this level may create the tag."""
    return _allowed(level, [ref.create_levels for ref in matching(name, protected)])


def _allowed(level: int, rules: list[tuple[int, ...]]) -> bool:
    if level < DEVELOPER:
        return False
    return not rules or any(0 < needed <= level for levels in rules for needed in levels)


def may_set_variables(level: int, settings: ProjectSettings) -> bool:
    """Tell whether this level may give variables to a pipeline or a job."""
    return level >= _ROLES.get(settings.ci_pipeline_variables_minimum_override_role, 100)


def is_outdated(job: Job, mine: Deployment | None, last: Deployment | None, settings: ProjectSettings) -> bool:
    """Tell whether a newer deployment succeeded; then every right to write this job is gone.

    A finished job stays free where rollbacks are allowed, and the same commit is never outdated.
    """
    if mine is None or last is None or not settings.ci_forward_deployment_enabled:
        return False
    if settings.ci_forward_deployment_rollback_allowed and job.is_complete:
        return False
    return mine.sha != last.sha and mine.id < last.id
