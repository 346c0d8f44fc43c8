"""What leaves the machine when a set-up is mended, and what each answer to it proves."""

import json
from typing import Any

import pytest

from relflow.adapters.gitlab import PythonGitLabSetup
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
from relflow.core.checkup.surroundings import Access, Artifacts, ProjectSettings
from tests.contract import samples
from tests.contract.stub import Reply, Stub, reply, truncated

KEY = "ci_forward_deployment_enabled"
#: Each remedy, its request, and an answer that shows it done and one that does not.
REQUESTS: list[tuple[Remedy, str, str, Any, Any, Any]] = [
    (ChangeSetting(KEY, True), "PUT", "", {KEY: True}, samples.SETTINGS, samples.SETTINGS | {KEY: False}),
    (
        ProtectBranch("feature/x"),
        "POST",
        "/protected_branches",
        {"name": "feature/x", "push_access_level": 40, "merge_access_level": 30, "allow_force_push": False},
        samples.PROTECTED_BRANCH | {"name": "feature/x"},
        samples.PROTECTED_BRANCH,
    ),
    (
        CloseBranch("release/*", (7, 8)),
        "PATCH",
        "/protected_branches/release%2F%2A",
        {"allowed_to_push": [{"id": 7, "access_level": 40}, {"id": 8, "access_level": 40}]},
        samples.PROTECTED_BRANCH,
        samples.PROTECTED_BRANCH | {"push_access_levels": [{"id": 7, "access_level": 30}]},
    ),
    (
        ForbidForcePush("main"),
        "PATCH",
        "/protected_branches/main",
        {"allow_force_push": False},
        samples.PROTECTED_BRANCH,
        samples.PROTECTED_BRANCH | {"allow_force_push": True},
    ),
    (
        ProtectTags("v*"),
        "POST",
        "/protected_tags",
        {"name": "v*", "create_access_level": 30},
        samples.PROTECTED_TAG,
        samples.PROTECTED_TAG | {"name": "x"},
    ),
    (
        LetGroupPass("a/b"),
        "PUT",
        "/resource_groups/a%2Fb",
        {"process_mode": "unordered"},
        samples.RESOURCE_GROUP,
        samples.RESOURCE_GROUP | {"process_mode": "oldest_first"},
    ),
    (
        KeepArtifacts(17, "build"),
        "POST",
        "/jobs/17/artifacts/keep",
        {},
        samples.ARTIFACTS | {"artifacts_expire_at": None},
        samples.ARTIFACTS,
    ),
]


@pytest.mark.parametrize(("remedy", "verb", "path", "body", "done", "undone"), REQUESTS)
def test_one_change_is_one_request(
    stub: Stub,
    gitlab: PythonGitLabSetup,
    remedy: Remedy,
    verb: str,
    path: str,
    body: dict[str, Any],
    done: dict[str, Any],
    undone: dict[str, Any],
) -> None:
    """It is done where the answer shows it; a GitLab that takes the request and ignores it is found out."""
    stub.says(reply(200, done), reply(200, undone))
    assert gitlab.mend(5, remedy).is_done is True
    assert gitlab.mend(5, remedy).is_done is False
    first, _ = stub.received
    assert (first.method, first.target, json.loads(first.body)) == (verb, f"/api/v4/projects/5{path}", body)


#: What comes back, and whether the change was made: None where nobody knows.
OUTCOMES: dict[str, tuple[Reply, bool | None]] = {
    "no right": (reply(403, {"message": "403 Forbidden"}), False),
    "already there": (reply(409, {"message": "Protected branch 'main' already exists"}), False),
    "moved project": (reply(405, {"message": "Non GET methods are not allowed for moved projects"}), False),
    "too many": (reply(429, b"Retry later", kind="text/plain", Retry_After="1"), False),
    "broken": (reply(500, {"message": "500 Internal Server Error"}), None),
    "bad gateway": (reply(502, samples.HTML, kind="text/html"), None),
    "a page": (reply(200, samples.HTML, kind="text/html"), None),
    "a list": (reply(200, [samples.PROTECTED_BRANCH]), None),
    "no shape": (reply(200, {"id": 1}), None),
    "elsewhere": (reply(307, b"", Location="/api/v4/x"), None),
    "half of it": (truncated(200, samples.PROTECTED_BRANCH), None),
    "reset": (Reply(end="reset"), None),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_change_is_sent_once_whatever_comes_back(stub: Stub, gitlab: PythonGitLabSetup, name: str) -> None:
    """One request, and as much is said as the answer proves."""
    said, is_done = OUTCOMES[name]
    stub.says(said)
    mended = gitlab.mend(5, ProtectBranch("main"))
    assert [each.method for each in stub.received] == ["POST"]
    assert mended.is_done is is_done
    assert mended.words.isprintable()


def test_what_gitlab_does_not_tell_is_unknown(stub: Stub, gitlab: PythonGitLabSetup) -> None:
    """An older GitLab, or one that hides settings from who asks, leaves them out: None, and never a guess."""
    stub.says(reply(200, samples.PROJECT))
    assert gitlab.settings(5) == ProjectSettings()


def test_rows_for_somebody_named_have_no_level(stub: Stub, gitlab: PythonGitLabSetup) -> None:
    """GitLab gives them a number all the same."""
    named = {"id": 9, "access_level": 40, "user_id": 13}
    rows = [*samples.PROTECTED_BRANCH["push_access_levels"], named]
    stub.says(reply(200, [samples.PROTECTED_BRANCH | {"push_access_levels": rows}]), reply(200, []))
    [branch] = gitlab.protections(5).branches
    assert branch.push == (Access(1, 40), Access(9, None))


def test_only_the_archive_is_what_later_jobs_fetch(stub: Stub, gitlab: PythonGitLabSetup) -> None:
    """A job's log and reports are left where its archive has expired."""
    trace = [each for each in samples.ARTIFACTS["artifacts"] if each["file_type"] == "trace"]
    expired = {key: value for key, value in samples.ARTIFACTS.items() if key != "artifacts_file"} | {"artifacts": trace}
    stub.says(reply(200, [samples.ARTIFACTS, expired | {"id": 16}, samples.JOB | {"id": 15}]))
    found = gitlab.artifacts(5, 7)
    assert [(each.job_id, each.is_there, each.expires_at is None) for each in found] == [
        (15, False, True),
        (16, False, False),
        (17, True, False),
    ]
    assert found[0] == Artifacts(15, "deploy-dev", None, False)


def test_another_environment_is_not_the_one(stub: Stub, gitlab: PythonGitLabSetup) -> None:
    """Whatever a GitLab makes of `name`, its answer is compared."""
    stub.says(reply(200, [{"id": 9, "name": "production"}]), reply(200, []))
    assert not gitlab.has_environment(5, "prod")
    assert not gitlab.has_environment(5, "prod")
    assert stub.received[0].target.endswith("/environments?name=prod")
