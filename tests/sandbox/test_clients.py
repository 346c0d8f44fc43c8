"""Clients that nobody here wrote work against the sandbox unchanged: python-gitlab, and its command."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gitlab
import pytest
from gitlab.exceptions import GitlabGetError, GitlabHttpError, GitlabJobPlayError

from relflow.sandbox.model.statuses import Status
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.server import Sandbox

Library = Callable[[Sandbox, str], gitlab.Gitlab]


def succeeded(job_id: int, tables: Tables) -> bool:
    """Whether a job ended well."""
    return tables.jobs[job_id].status is Status.SUCCESS


def test_a_release_from_red_to_production(sandbox: Sandbox, library: Library) -> None:
    """python-gitlab: v1.3.0 is red, v1.4.0 goes to dev and prod, and the audit trail of GitLab says who did it."""
    client = library(sandbox, "chris")
    client.auth()
    assert client.user is not None
    assert client.user.username == "chris"
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    project = client.projects.get("demo/data-provider")
    red, green = (project.pipelines.list(ref=ref, get_all=True)[0] for ref in ("v1.3.0", "v1.4.0"))
    assert (red.status, green.status) == ("failed", "success")
    assert red.test_report_summary.get().total["failed"] == 1
    for name in ("deploy-dev", "deploy-prod"):
        waiting = next(job for job in green.jobs.list(scope=["manual"], iterator=True) if job.name == name)
        project.jobs.get(waiting.id, lazy=True).play(post_data={})
        sandbox.wait_for(partial(succeeded, waiting.id))
        assert b"v1.4.0 now runs in" in project.jobs.get(waiting.id).trace()
    deployments = project.deployments.list(environment="prod", order_by="id", sort="desc", get_all=True)
    live = next(one for one in deployments if one.status == "success")
    assert live.deployable["user"]["username"] == "chris"
    assert (sandbox.deployed / "prod" / "VERSION").read_text() == "v1.4.0\n"
    assert (sandbox.deployed / "prod" / "history").read_text() == f"v1.4.0 by chris in job {live.deployable['id']}\n"


def test_reads_of_every_kind(settled: Sandbox, library: Library) -> None:
    """python-gitlab: what relflow asks for, each with the call it would use."""
    client = library(settled, "rita")
    project = client.projects.get(42)
    assert client.version()[0] == "18.5.0"
    assert client.personal_access_tokens.get("self").scopes == ["api"]
    assert client.users.list(username="dana", get_all=True)[0].id == 14
    assert [one.username for one in project.members_all.list(get_all=True)][-1] == "rita"
    assert project.members_all.get(13).access_level == 30
    commit = project.commits.get("v1.4.0")
    assert [one["name"] for one in commit.refs("tag")] == ["v1.4.0"]
    assert len(commit.statuses.list(get_all=True)) == 4
    assert project.tags.get("v1.4.0").commit["id"] == commit.id
    assert project.branches.get("main").protected is True
    compared = project.repository_compare("v1.2.0", "v1.4.0")
    assert isinstance(compared, dict)
    assert len(compared["commits"]) == 2
    assert [one.key for one in project.resource_groups.list(get_all=True)] == ["dev", "prod"]
    assert [one.name for one in project.protectedtags.list(get_all=True)] == ["v*"]
    assert project.protectedbranches.list(get_all=True)[0].push_access_levels[0]["access_level"] == 40
    assert {one.name for one in project.environments.list(get_all=True)} == {"dev", "prod"}
    assert project.pipelines.latest(ref="main").id == 1004
    assert project.pipelines.get(1004).bridges.list(get_all=True) == []
    assert len(list(project.jobs.list(iterator=True, per_page=3))) == 16
    keyset = project.jobs.list(iterator=True, pagination="keyset", order_by="id", per_page=3)
    assert len(list(keyset)) == 16


def test_errors_arrive_as_python_gitlab_sees_them(settled: Sandbox, library: Library) -> None:
    """401, 403, 404 and 400 become the exceptions that real answers become."""
    with pytest.raises(GitlabGetError, match="404 Project Not Found"):
        library(settled, "otto").projects.get(42)
    project = library(settled, "chris").projects.get(42)
    with pytest.raises(GitlabJobPlayError, match="400 Bad request - Unplayable Job"):
        project.jobs.get(5001).play()
    with pytest.raises(GitlabJobPlayError, match="403 Forbidden"):
        project.jobs.get(5016).play()
    with pytest.raises(GitlabHttpError, match="404 Not Found"):
        project.manager.gitlab.http_get("/nothing")


def command(sandbox: Sandbox, *arguments: str) -> Any:
    """Run the `gitlab` command as chris, without anybody's settings, and return its JSON."""
    token = sandbox.token("chris")
    surroundings = {"HOME": str(sandbox.site.folder), "GITLAB_URL": sandbox.url, "GITLAB_PRIVATE_TOKEN": token}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("gitlab")), "--output", "json", *arguments],
        env={"PATH": os.environ["PATH"], **surroundings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_the_gitlab_command(sandbox: Sandbox) -> None:
    """The command of python-gitlab finds the job, plays it and sees it done."""
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    jobs = command(
        sandbox, "project-pipeline-job", "list", "--project-id", "demo/data-provider", "--pipeline-id", "1003"
    )
    waiting = next(job for job in jobs if job["name"] == "deploy-dev")
    command(sandbox, "project-job", "play", "--project-id", "42", "--id", str(waiting["id"]))
    sandbox.wait_for(partial(succeeded, waiting["id"]))
    found = command(sandbox, "project-job", "get", "--project-id", "42", "--id", str(waiting["id"]))
    assert (found["status"], found["user"]["username"]) == ("success", "chris")
