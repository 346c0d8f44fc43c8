"""GitLab's JSON as its documentation shows it, cut to what relflow reads and a little more."""

from typing import Any

COMMIT = "a" * 40
COMMIT_ALONE: dict[str, Any] = {
    "id": COMMIT,
    "title": "Round half to even",
    "message": "Round half to even\n\nCo-authored-by: Ben Brandt <ben@example.org>\n",
    "author_name": "Dana Diaz",
    "author_email": "Dana@Example.org",
}
OWNER: dict[str, Any] = {
    "id": 11,
    "username": "anna",
    "email": "anna@example.org",
    "commit_email": "11-anna@users.noreply.gitlab.example.org",
    "public_email": "",
}
EMAIL: dict[str, Any] = {"id": 1, "email": "Anna@home.example.net", "confirmed_at": "2026-03-02T08:00:00.000Z"}
USER: dict[str, Any] = {"id": 11, "username": "anna", "name": "Anna", "state": "active", "web_url": "https://x/anna"}
PIPELINE: dict[str, Any] = {
    "id": 7,
    "iid": 1,
    "project_id": 5,
    "sha": COMMIT,
    "ref": "main",
    "status": "manual",
    "source": "push",
    "created_at": "2026-03-02T08:00:00.000Z",
    "updated_at": "2026-03-02T08:10:00.000Z",
    "web_url": "https://gitlab.example.org/g/p/-/pipelines/7",
}
JOB: dict[str, Any] = {
    "id": 17,
    "name": "deploy-dev",
    "stage": "deploy",
    "status": "pending",
    "ref": "main",
    "allow_failure": True,
    "created_at": "2026-03-02T08:00:00.000Z",
    "started_at": "2026-03-02T10:05:00.123+02:00",
    "finished_at": None,
    "user": USER,
    "commit": {"id": COMMIT, "short_id": COMMIT[:8], "title": "A change"},
    "pipeline": PIPELINE,
    "web_url": "https://gitlab.example.org/g/p/-/jobs/17",
}
DEPLOYMENT: dict[str, Any] = {
    "id": 41,
    "iid": 3,
    "ref": "main",
    "sha": COMMIT,
    "status": "running",
    "created_at": "2026-03-02T08:00:00.000Z",
    "updated_at": "2026-03-02T08:06:00.000Z",
    "user": USER,
    "environment": {"id": 9, "name": "dev"},
    "deployable": JOB,
}
PROJECT: dict[str, Any] = {
    "id": 5,
    "path_with_namespace": "group/data-provider",
    "web_url": "https://gitlab.example.org/group/data-provider",
    "archived": False,
}
FREEZE: dict[str, Any] = {
    "id": 8,
    "freeze_start": "0 23 * * 5",
    "freeze_end": "0 7 * * 1",
    "cron_timezone": "UTC",
    "created_at": "2026-03-02T08:00:00.000Z",
    "updated_at": "2026-03-02T08:00:00.000Z",
}
MEMBER: dict[str, Any] = {**USER, "access_level": 40, "membership_state": "active", "expires_at": None}
TOKEN: dict[str, Any] = {"id": 3, "name": "relflow", "scopes": ["api"], "active": True, "revoked": False, "user_id": 11}
TOKEN["expires_at"] = "2026-12-01"
SETTINGS: dict[str, Any] = {
    **PROJECT,
    "default_branch": "main",
    "ci_forward_deployment_enabled": True,
    "ci_forward_deployment_rollback_allowed": True,
    "keep_latest_artifact": True,
    "ci_pipeline_variables_minimum_override_role": "maintainer",
}
PROTECTED_BRANCH: dict[str, Any] = {
    "id": 1,
    "name": "main",
    "push_access_levels": [
        {"id": 1, "access_level": 40, "access_level_description": "Maintainers", "user_id": None, "group_id": None}
    ],
    "merge_access_levels": [{"id": 2, "access_level": 30, "access_level_description": "Developers + Maintainers"}],
    "allow_force_push": False,
    "inherited": False,
}
PROTECTED_TAG: dict[str, Any] = {"name": "v*", "create_access_levels": [{"id": 3, "access_level": 30}]}
RESOURCE_GROUP: dict[str, Any] = {"id": 4, "key": "prod", "process_mode": "unordered"}
ARTIFACTS: dict[str, Any] = {
    **JOB,
    "artifacts_file": {"filename": "artifacts.zip", "size": 1000},
    "artifacts": [
        {"file_type": "archive", "size": 1000, "filename": "artifacts.zip", "file_format": "zip"},
        {"file_type": "trace", "size": 7, "filename": "job.log", "file_format": "raw"},
    ],
    "artifacts_expire_at": "2026-06-01T09:05:50.355Z",
}

#: Alone a pipeline tells more: its coverage as a text, or as a number where one goes by GitLab's own description.
WHOLE_PIPELINE: dict[str, Any] = {**PIPELINE, "tag": False, "coverage": "85.30", "user": USER}
REPORT: dict[str, Any] = {
    "total": {"time": 1904, "count": 415, "success": 408, "failed": 3, "skipped": 3, "error": 1, "suite_error": None},
    "test_suites": [
        {"name": "unit", "total_time": 1904, "total_count": 415, "build_ids": [17], "suite_error": None},
        {"name": "end to end", "total_count": 0, "build_ids": [18], "suite_error": "JUnit XML parsing failed: 1:1"},
    ],
}
RELEASE: dict[str, Any] = {
    "tag_name": "v2.4.0",
    "name": "Spring",
    "released_at": "2026-03-02T08:00:00.000Z",
    "author": USER,
    "commit": {"id": COMMIT},
}
TAG: dict[str, Any] = {"name": "v2.4.0", "target": "b" * 40, "commit": {"id": COMMIT}, "protected": True}
COMPARISON = {
    "commit": {"id": COMMIT, "title": "Round half to even", "author_name": "Dana Diaz"},
    "commits": [
        {"id": "b" * 40, "title": "Tell the average", "author_name": "Chris Conrad", "author_email": "c@example.org"},
        {"id": COMMIT, "title": "Round half to even", "author_name": "Dana Diaz"},
    ],
    "diffs": [],
    "compare_timeout": False,
    "compare_same_ref": False,
    "web_url": "https://gitlab.example.org/group/data-provider/-/compare/b...a",
}
#: GitLab's documentation spells `valid` both as a truth value and as a text.
LINT: dict[str, Any] = {
    "valid": "true",
    "errors": [],
    "warnings": ["jobs:test may allow multiple pipelines to run for a single action"],
    "merged_yaml": "---\ntest:\n  script: echo\n",
    "includes": [],
}
UNKNOWN_TOKEN = {"message": "401 Unauthorized"}
EXPIRED = {
    "error": "invalid_token",
    "error_description": "Token is expired. You can either do re-authorization or token refresh.",
}
REVOKED = {
    "error": "invalid_token",
    "error_description": "Token was revoked. You have to re-authorize from the user.",
}
NARROW = {
    "error": "insufficient_scope",
    "error_description": "The request requires higher privileges than provided by the access token.",
    "scope": "api read_api",
}
HTML = b"<!DOCTYPE html><html><body><h1>502</h1>Whoops, GitLab is taking too much time to respond.</body></html>"
