"""What the suite of the GitLab port runs on: something with people, a project, and releases to deploy."""

import subprocess
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import requests

from relflow.adapters.gitlab import connect
from relflow.core.facts import Job, Published, ReportSummary
from relflow.core.freeze import RemoteFreeze
from relflow.sandbox.clock import now as sandbox_now
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.server import Sandbox
from relflow.service.ports import GitLab, GitLabSetup
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab


class Site(Protocol):
    """A GitLab with one project: anna and ben maintain it, chris develops, rita reports, otto is a stranger."""

    path: str

    def connect(self, username: str) -> GitLabSetup:
        """The port with that person's token."""

    def connect_with(self, token: str) -> GitLabSetup:
        """The port with that token, which may be nobody's."""

    def tag(self, name: str) -> str:
        """A new commit of that tag, its pipeline run so far that deploy-dev and deploy-prod wait; its id."""

    def until_ended(self, gitlab: GitLab, job: Job) -> Job:
        """The job once it has ended."""

    def freeze(self) -> datetime:
        """GitLab's own freeze, an hour long; the time in its middle."""

    def publish(self, tag: str, name: str) -> None:
        """Anna makes GitLab's own release of the tag."""


class DoubleSite:
    """The double of the use cases' tests."""

    def __init__(self) -> None:
        self.world = FakeGitLab(SteppingClock())
        self.path = self.world.project.path

    def connect(self, username: str) -> GitLabSetup:
        """The port with that person's token."""
        return self.world.connect(username)

    def connect_with(self, token: str) -> GitLabSetup:
        """The port with that token."""
        return self.world.connect_with(token)

    def tag(self, name: str) -> str:
        """A pipeline of the usual plan, whose test job tells a coverage, and reports two tests."""
        made = self.world.push(name)
        self.world.measures(made, "85.30", ReportSummary(2))
        return made.commit

    def until_ended(self, gitlab: GitLab, job: Job) -> Job:
        """It ends at once."""
        self.world.change(job.id, "running")
        return self.world.finish(job.id)

    def freeze(self) -> datetime:
        """One occurrence."""
        now, half = self.world.clock.now(), timedelta(minutes=30)
        self.world.freezes.append(RemoteFreeze(id=1, begins_at=now - half, ends_at=now + half, lines="as it returns"))
        return now

    def publish(self, tag: str, name: str) -> None:
        """One more."""
        self.world.published.append(Published(tag, name, self.world.clock.now(), "anna"))


CI_FILE = """\
stages: [test, deploy]
test:
  stage: test
  script: ["echo 'coverage: 85.30%'", "echo '<testsuite><testcase/><testcase/></testsuite>' > report.xml"]
  coverage: '/coverage: \\d+\\.\\d+%/'
  artifacts: {reports: {junit: report.xml}}
deploy-dev: {stage: deploy, when: manual, environment: dev, script: ["true"]}
deploy-prod: {stage: deploy, when: manual, environment: prod, script: ["true"]}
"""


class SandboxSite:
    """The real adapter on the sandbox: HTTP over a socket, a git repository, and jobs that run as processes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.path = sandbox, sandbox.project
        self._open = ExitStack()

    def connect(self, username: str) -> GitLabSetup:
        """The port with that person's token."""
        return self.connect_with(self.sandbox.token(username))

    def connect_with(self, token: str) -> GitLabSetup:
        """The port with that token; closed with the site."""
        return self._open.enter_context(connect(self.sandbox.url, token))

    def close(self) -> None:
        """Close every connection."""
        self._open.close()

    def tag(self, name: str) -> str:
        """The tag is there since the beginning; no pipeline changes any more, neither its own nor the branch's."""

        def waiting(tables: Tables) -> str | None:
            found = next((each for each in tables.pipelines if each.ref == name), None)
            is_ready = {job.status for job in tables.jobs if job.name.startswith("deploy")} == {"manual"}
            return found.sha if found and is_ready else None

        return self.sandbox.wait_for(waiting)

    def until_ended(self, gitlab: GitLab, job: Job) -> Job:
        """Its process ends soon."""
        self.sandbox.wait_for(lambda tables: any(it.id == job.id and it.finished_at for it in tables.jobs))
        found = gitlab.job(gitlab.project(self.path).id, job.id)
        assert found is not None
        return found

    def freeze(self) -> datetime:
        """A period that returns each day, by cron lines."""
        now, half = sandbox_now(), timedelta(minutes=30)
        times = {"freeze_start": now - half, "freeze_end": now + half}
        self._post("freeze_periods", {name: f"{at:%-M} {at:%-H} * * *" for name, at in times.items()})
        return now

    def publish(self, tag: str, name: str) -> None:
        """Over the API."""
        self._post("releases", {"tag_name": tag, "name": name})

    def _post(self, path: str, body: dict[str, str]) -> None:
        headers = {"PRIVATE-TOKEN": self.sandbox.token("anna")}
        address = f"{self.sandbox.url}/api/v4/projects/{quote(self.path, safe='')}/{path}"
        requests.post(address, json=body, headers=headers, timeout=10).raise_for_status()


def repository(folder: Path, tag: str) -> Path:
    """A repository with that tag, which is not the head of its branch: each has a pipeline of its own."""
    folder.mkdir()
    (folder / ".gitlab-ci.yml").write_text(CI_FILE)
    who = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
    for words in (
        ["init", "--quiet", "--initial-branch=main", "--template="],
        ["add", "."],
        [*who, "commit", "--quiet", "-m", "A release"],
        ["tag", tag],
        [*who, "commit", "--quiet", "--allow-empty", "-m", "Later"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder
