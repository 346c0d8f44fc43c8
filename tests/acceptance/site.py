"""A GitLab on this machine for the stories: one repository, a tag for each release, jobs that wait or fail as told."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import requests

from relflow.sandbox.clock import now
from relflow.sandbox.model.records import Job, Pipeline
from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox
from relflow.sandbox.wire.received import Received

T = TypeVar("T")

ENDED = frozenset({"success", "failed", "canceled", "skipped"})
AT_REST = ENDED | {"manual", "created"}

# A job waits while a file `hold-<tag>-<job>` is there, and fails where there is a file `fail-<tag>-<job>`. The tests
# print a file `prints-<tag>`, and leave a file `report-<tag>` as their report.
_CI_FILE = """\
stages: [test, deploy]
variables:
  SWITCHES: {switches}
.script: &script
  - while [[ -e "$SWITCHES/hold-$CI_COMMIT_TAG-$CI_JOB_NAME" ]]; do sleep 0.01; done
  - if [[ -e "$SWITCHES/fail-$CI_COMMIT_TAG-$CI_JOB_NAME" ]]; then exit 3; fi
unit:
  stage: test
  script:
    - while [[ -e "$SWITCHES/hold-$CI_COMMIT_TAG-$CI_JOB_NAME" ]]; do sleep 0.01; done
    - if [[ -e "$SWITCHES/prints-$CI_COMMIT_TAG" ]]; then cat "$SWITCHES/prints-$CI_COMMIT_TAG"; fi
    - if [[ -e "$SWITCHES/report-$CI_COMMIT_TAG" ]]; then cp "$SWITCHES/report-$CI_COMMIT_TAG" report.xml; fi
    - if [[ -e "$SWITCHES/fail-$CI_COMMIT_TAG-$CI_JOB_NAME" ]]; then exit 3; fi
  coverage: '/coverage: \\d+\\.\\d+%/'
  artifacts:
    when: always
    reports:
      junit: report.xml
"""
_DEPLOY_JOB = """\
deploy-{name}:
  stage: deploy
  when: manual
  environment: {name}
  script: *script
"""
_WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Emil"), ("EMAIL", "emil@example.org"), ("DATE", "2026-01-05T12:00:00Z"))
}


class Site:
    """The running GitLab, its repository, and what a person could do in its web page."""

    def __init__(self, folder: Path) -> None:
        self._switches = folder / "switches"
        self._switches.mkdir()
        self._repository = folder / "data-provider"
        self._repository.mkdir()
        self.logged: list[str] = []
        git(self._repository, "init", "--quiet", "--initial-branch=main", "--template=")
        self._plain = self._tree(())
        self._whole = self._tree(("dev", "staging", "prod"))
        git(self._repository, "update-ref", "refs/heads/main", self._commit(self._whole, "Begin"))
        self.sandbox = Sandbox(self._repository, log=self.logged.append)

    def _tree(self, environments: tuple[str, ...]) -> str:
        text = _CI_FILE.format(switches=self._switches)
        text += "".join(_DEPLOY_JOB.format(name=name) for name in environments)
        (self._repository / ".gitlab-ci.yml").write_text(text)
        git(self._repository, "add", ".gitlab-ci.yml")
        return git(self._repository, "write-tree").strip()

    def _commit(self, tree: str, message: str) -> str:
        return git(self._repository, "commit-tree", tree, "-m", message, environment=_WHO).strip()

    def tag(self, version: str, *, fails: bool = False, hangs: bool = False, deploys: bool = True) -> Pipeline:
        """Push the tag of a version, and return its pipeline once its test job ended, or runs if it hangs."""
        self.switch(f"fail-v{version}-unit", on=fails)
        self.switch(f"hold-v{version}-unit", on=hangs)
        sha = self._commit(self._whole if deploys else self._plain, f"Make {version}")
        git(self._repository, "tag", f"v{version}", sha)
        return self.sandbox.wait_for(lambda tables: self._tested(sha, hangs))

    def skips(self, version: str) -> None:
        """Push the tag of a version whose commit asks for no pipeline: GitLab keeps one without a job."""
        sha = self._commit(self._whole, f"Make {version} [skip ci]")
        git(self._repository, "tag", f"v{version}", sha)
        self.sandbox.wait_for(lambda tables: any(row.sha == sha for row in tables.pipelines))

    def moves_main(self) -> str:
        """Somebody pushes to the default branch; the new commit."""
        sha = self._commit(self._whole, f"Go on from {git(self._repository, 'rev-parse', 'main').strip()}")
        git(self._repository, "update-ref", "refs/heads/main", sha)
        self.sandbox.wait_for(lambda tables: any(row.sha == sha for row in tables.pipelines))
        return sha

    def starts(self) -> int:
        """How many POSTs of relflow's arrived that start a pipeline, with or without effect.

        What `runs_again` sends has the ref in its query.
        """
        return sum(one.path == "/projects/42/pipeline" and not one.query for one in self.requests(method="POST"))

    def pipelines(self, version: str) -> list[int]:
        """The pipelines of that version's tag, oldest first."""
        with self.sandbox.site.lock:
            return [row.id for row in self.sandbox.site.tables.pipelines if row.ref == f"v{version}"]

    def moves_tag(self, version: str) -> None:
        """Somebody pushes the tag of that version anew, to another commit."""
        sha = self._commit(self._whole, f"Make {version} once more")
        git(self._repository, "tag", "--force", f"v{version}", sha)
        self.sandbox.wait_for(lambda tables: self._tested(sha, hangs=False))

    def _tested(self, sha: str, hangs: bool) -> Pipeline | None:
        tables = self.sandbox.site.tables
        found = next((row for row in tables.pipelines if row.sha == sha), None)
        if found is None:
            return None
        statuses = {job.name: job.status for job in tables.jobs_of(found.id)}
        wanted = {"running"} if hangs else ENDED
        return found if statuses["unit"] in wanted and (hangs or "created" not in statuses.values()) else None

    def pushes(self, folder: Path, *names: str) -> None:
        """Somebody pushes these files of their clone to the default branch."""
        for name in names:
            (self._repository / name).parent.mkdir(exist_ok=True)
            (self._repository / name).write_text((folder / name).read_text())
        git(self._repository, "add", *names)
        tree = git(self._repository, "write-tree").strip()
        git(self._repository, "update-ref", "refs/heads/main", self._commit(tree, "Change"))

    def measures(
        self, version: str, coverage: str | None = None, ran: int = 0, failed: int = 0, skipped: int = 0
    ) -> None:
        """Let the tests of that version, which is not pushed yet, tell a coverage, and report so many cases."""
        if coverage is not None:
            (self._switches / f"prints-v{version}").write_text(f"coverage: {coverage}%\n")
        if ran:
            cases = ["<testcase/>"] * (ran - failed) + ["<testcase><failure/></testcase>"] * failed
            cases += ["<testcase><skipped/></testcase>"] * skipped
            (self._switches / f"report-v{version}").write_text(f"<testsuite>{''.join(cases)}</testsuite>")

    def branch(self, name: str) -> None:
        """Push a branch that nobody protects, and wait until its tests ended."""
        sha = self._commit(self._whole, f"Work on {name}")
        git(self._repository, "branch", name, sha)
        self.sandbox.wait_for(lambda tables: self._tested(sha, hangs=False))

    def tags_branch(self, version: str, name: str) -> None:
        """Somebody gives the head of that branch the tag of a version."""
        git(self._repository, "tag", f"v{version}", name)

    def publishes(self, who: str, version: str, name: str) -> None:
        """Somebody makes GitLab's own release of the version's tag."""
        self._post(f"projects/42/releases?tag_name=v{version}&name={name}", self.token(who)).raise_for_status()

    def commit_without_pipeline(self) -> str:
        """Make a commit that no ref names, so that GitLab never made a pipeline for it."""
        return self._commit(self._plain, "Nobody pushed this")

    def switch(self, name: str, *, on: bool = True) -> None:
        """Turn a switch of the jobs on or off."""
        if on:
            (self._switches / name).touch()
        else:
            (self._switches / name).unlink(missing_ok=True)

    def holds(self, version: str, environment: str) -> None:
        """Let the deploy job of that version run on until it is let go."""
        self.switch(f"hold-v{version}-deploy-{environment}")

    def lets_go(self, version: str, environment: str) -> None:
        """Let a held deploy job go on to its end."""
        self.switch(f"hold-v{version}-deploy-{environment}", on=False)

    def mends(self, version: str, environment: str) -> None:
        """Let the deploy job of that version succeed from now on."""
        self.switch(f"fail-v{version}-deploy-{environment}", on=False)

    def breaks(self, version: str, environment: str) -> None:
        """Let the deploy job of that version fail."""
        self.switch(f"fail-v{version}-deploy-{environment}")

    def job(self, version: str, environment: str, *statuses: str) -> Job:
        """The newest deploy job of that version, once it has one of these statuses."""
        return self.sandbox.wait_for(lambda tables: next(iter(self._jobs(version, environment, statuses)), None))

    def _jobs(self, version: str, environment: str, statuses: tuple[str, ...]) -> list[Job]:
        tables = self.sandbox.site.tables
        pipelines = [row.id for row in tables.pipelines if row.ref == f"v{version}"]
        jobs = [job for pipeline in pipelines for job in tables.jobs_of(pipeline)]
        return [job for job in jobs if job.name == f"deploy-{environment}" and (not statuses or job.status in statuses)]

    def runs(self, version: str, environment: str) -> int:
        """How many times the deploy job of that version was started, by anybody."""
        with self.sandbox.site.lock:
            tables = self.sandbox.site.tables
            pipelines = [row.id for row in tables.pipelines if row.ref == f"v{version}"]
            jobs = [job for pipeline in pipelines for job in tables.jobs_of(pipeline, retried=True)]
        return sum(job.name == f"deploy-{environment}" and job.started_at is not None for job in jobs)

    def clicked(self, who: str, version: str, environment: str) -> None:
        """Somebody presses play in GitLab's own page."""
        answer = self._post(f"projects/42/jobs/{self.job(version, environment).id}/play", self.token(who))
        assert answer.status_code == 200, answer.text

    def report_summary(self, version: str) -> bytes:
        """The summary of the test reports of that version's pipeline, as GitLab sends it to whoever asks."""
        address = f"{self.url}/api/v4/projects/42/pipelines/{self.pipelines(version)[-1]}/test_report_summary"
        answer = requests.get(address, headers={"PRIVATE-TOKEN": self.token("rita")}, timeout=10)
        answer.raise_for_status()
        return answer.content

    def deletes_pipeline(self, version: str) -> None:
        """The owner deletes the pipeline of that version, with its jobs."""
        self._deletes(self.job(version, "dev").pipeline_id)

    def deletes_pipelines_of(self, sha: str) -> None:
        """The owner deletes every pipeline of that commit."""
        with self.sandbox.site.lock:
            found = [row.id for row in self.sandbox.site.tables.pipelines if row.sha == sha]
        for number in found:
            self._deletes(number)

    def _deletes(self, number: int) -> None:
        answer = requests.delete(f"{self.url}/sandbox/pipelines", json={"id": number}, timeout=10)
        assert answer.status_code == 204, answer.text

    def is_unarchived(self) -> None:
        """A maintainer takes the project back from the archive."""
        answer = self._post("projects/42/unarchive", self.token("anna"))
        assert answer.status_code == 201, answer.text

    def runs_again(self, version: str) -> str:
        """Somebody runs the version's pipeline once more; the new one's id, once its test job ended."""
        made = self._post(f"projects/42/pipeline?ref=v{version}", self.token("emil")).json()
        self.sandbox.wait_for(
            lambda tables: any(job.name == "unit" and job.status in ENDED for job in tables.jobs_of(made["id"]))
        )
        return str(made["id"])

    def freezes(self) -> int:
        """Anna adds a freeze period to GitLab that began half an hour ago, for an hour each day; its number."""
        times = {"freeze_start": now() - timedelta(minutes=30), "freeze_end": now() + timedelta(minutes=30)}
        lines = "&".join(f"{name}={at:%-M}+{at:%-H}+*+*+*" for name, at in times.items())
        return int(self._post(f"projects/42/freeze_periods?{lines}", self.token("anna")).json()["id"])

    def thaws(self, number: int) -> None:
        """Anna takes the freeze period away."""
        address = f"{self.url}/api/v4/projects/42/freeze_periods/{number}"
        requests.delete(address, headers={"PRIVATE-TOKEN": self.token("anna")}, timeout=10).raise_for_status()

    def extra_token(self, who: str, **wanted: Any) -> str:
        """A new token of that person, with these scopes, expired, or revoked."""
        answer = requests.post(f"{self.url}/sandbox/tokens", json={"username": who, **wanted}, timeout=10)
        return str(answer.json()["token"])

    def _post(self, path: str, token: str) -> requests.Response:
        return requests.post(f"{self.url}/api/v4/{path}", headers={"PRIVATE-TOKEN": token}, timeout=10)

    def token(self, who: str) -> str:
        """The token of that person."""
        return self.sandbox.token(who)

    @property
    def url(self) -> str:
        """GitLab's address."""
        return self.sandbox.url

    def goes_wrong(self, path: str, method: str = "GET", **how: Any) -> None:
        """Plan a fault for requests to a path below the project, like `jobs/*/play`."""
        self.sandbox.fault(path=f"/projects/42/{path}", method=method, **how)

    def is_down(self) -> None:
        """From now on every connection is reset, until `is_up`."""
        self.sandbox.fault(path="/**", method="*", kind="reset", always=True)

    def is_up(self) -> None:
        """Nothing goes wrong any more."""
        self.sandbox.application.faults.clear()

    def received(self) -> list[str]:
        """Every request since this story began, like `GET /user`."""
        return [f"{one.method} {one.path}" for one in self.sandbox.received()]

    def requests(self, *, by: str | None = None, method: str | None = None) -> list[Received]:
        """What arrived since this story began."""
        everything = self.sandbox.received()
        return [one for one in everything if by in (None, one.user) and method in (None, one.method)]

    def plays(self, version: str, environment: str, *, by: str | None = None) -> int:
        """How many POSTs arrived that could start the deploy job of that version, with or without effect."""
        with self.sandbox.site.lock:
            tables = self.sandbox.site.tables
            pipelines = [row.id for row in tables.pipelines if row.ref == f"v{version}"]
            jobs = [job for pipeline in pipelines for job in tables.jobs_of(pipeline, retried=True)]
        doors = [
            f"/projects/42/jobs/{job.id}/{verb}"
            for job in jobs
            if job.name == f"deploy-{environment}"
            for verb in ("play", "retry")
        ]
        return sum(one.path in doors for one in self.requests(by=by, method="POST"))

    def until(self, condition: Callable[[], T | None]) -> T:
        """Wait until something holds that GitLab's tables show."""
        return self.sandbox.wait_for(lambda tables: condition())

    def begins_anew(self) -> None:
        """Nothing goes wrong, nothing runs, and nothing was received."""
        self.is_up()
        for switch in self._switches.iterdir():
            switch.unlink()
        self.sandbox.wait_for(lambda tables: all(job.status in AT_REST for job in tables.jobs))
        self.sandbox.application.received.clear()
