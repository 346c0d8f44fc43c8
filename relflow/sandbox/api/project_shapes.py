"""The project, its protections, resource groups and freeze periods as GitLab shows them."""

from typing import Final

from relflow.sandbox.clock import iso
from relflow.sandbox.engine.pipelines import CI_FILE
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import Person
from relflow.sandbox.model.records import FreezePeriod, ProtectedRef, ResourceGroup

_SINCE: Final = "2024-01-08T09:00:00.000Z"
_LEVEL_WORDS: Final = {0: "No one", 30: "Developers + Maintainers", 40: "Maintainers", 60: "Administrators"}


def project_identity(site: Site) -> dict[str, object]:
    """Show the project as in lists and inside environments."""
    project = site.project
    return {
        "id": project.id,
        "description": "served by the relflow sandbox",
        "name": project.name,
        "name_with_namespace": f"{project.group} / {project.name}",
        "path": project.name,
        "path_with_namespace": project.path,
        "created_at": _SINCE,
        "default_branch": site.repository.default_branch,
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"ssh://git@127.0.0.1/{project.path}.git",
        "http_url_to_repo": f"{site.web_url}.git",
        "web_url": site.web_url,
        "readme_url": None,
        "avatar_url": None,
        "forks_count": 0,
        "star_count": 0,
        "last_activity_at": _SINCE,
        "visibility": "private",
        "namespace": {
            "id": 7,
            "name": project.group,
            "path": project.group,
            "kind": "group",
            "full_path": project.group,
            "parent_id": None,
            "avatar_url": None,
            "web_url": f"{site.url}/groups/{project.group}",
        },
    }


def project_shape(site: Site, person: Person) -> dict[str, object]:
    """Show the project to one person, with the rights of that person."""
    settings = site.tables.settings
    access = {"access_level": person.access_level, "notification_level": 3}
    return {
        **project_identity(site),
        "archived": settings.archived,
        "empty_repo": False,
        "creator_id": 11,
        "import_status": "none",
        "open_issues_count": 0,
        "repository_object_format": "sha1",
        "issues_enabled": False,
        "merge_requests_enabled": False,
        "jobs_enabled": True,
        "builds_access_level": "private",
        "environments_access_level": "private",
        "ci_config_path": CI_FILE,
        "ci_default_git_depth": None,
        "ci_forward_deployment_enabled": settings.ci_forward_deployment_enabled,
        "ci_forward_deployment_rollback_allowed": settings.ci_forward_deployment_rollback_allowed,
        "ci_job_token_scope_enabled": False,
        "ci_pipeline_variables_minimum_override_role": settings.ci_pipeline_variables_minimum_override_role,
        "restrict_user_defined_variables": settings.ci_pipeline_variables_minimum_override_role != "developer",
        "ci_restrict_pipeline_cancellation_role": "developer",
        "keep_latest_artifact": settings.keep_latest_artifact,
        "resource_group_default_process_mode": "unordered",
        "auto_cancel_pending_pipelines": "disabled",
        "build_timeout": 3600,
        "public_jobs": False,
        "shared_runners_enabled": True,
        "merge_method": "merge",
        "permissions": {"project_access": access, "group_access": None},
    }


def level_ids(ref: ProtectedRef, levels: tuple[int, ...]) -> list[int]:
    """Return the ids of the rows that say who may."""
    return [ref.id * 10 + index for index in range(len(levels))]


def _levels(ref: ProtectedRef, levels: tuple[int, ...]) -> list[dict[str, object]]:
    return [
        {
            "id": row_id,
            "access_level": level,
            "access_level_description": _LEVEL_WORDS.get(level, str(level)),
            "deploy_key_id": None,
            "user_id": None,
            "group_id": None,
        }
        for row_id, level in zip(level_ids(ref, levels), levels, strict=True)
    ]


def protected_branch(ref: ProtectedRef) -> dict[str, object]:
    """Show a protected branch."""
    return {
        "id": ref.id,
        "name": ref.name,
        "push_access_levels": _levels(ref, ref.push_levels),
        "merge_access_levels": _levels(ref, ref.merge_levels),
        "allow_force_push": ref.allow_force_push,
        "unprotect_access_levels": [],
        "code_owner_approval_required": False,
        "inherited": False,
    }


def protected_tag(ref: ProtectedRef) -> dict[str, object]:
    """Show a protected tag, which has no id in GitLab either."""
    return {"name": ref.name, "create_access_levels": _levels(ref, ref.create_levels)}


def resource_group(group: ResourceGroup) -> dict[str, object]:
    """Show a resource group."""
    return {
        "id": group.id,
        "key": group.key,
        "process_mode": group.process_mode,
        "created_at": iso(group.created_at),
        "updated_at": iso(group.updated_at),
    }


def freeze_period(period: FreezePeriod) -> dict[str, object]:
    """Show a freeze period."""
    return {
        "id": period.id,
        "freeze_start": period.freeze_start,
        "freeze_end": period.freeze_end,
        "cron_timezone": period.cron_timezone,
        "created_at": iso(period.created_at),
        "updated_at": iso(period.updated_at),
    }
