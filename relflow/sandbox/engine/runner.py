"""Running a job: check out, run, read what it left behind, and say how it ended."""

import shutil
import threading
from typing import Final

from relflow.sandbox.engine.jobs import fire
from relflow.sandbox.engine.predefined import job_variables
from relflow.sandbox.engine.processes import Processes
from relflow.sandbox.engine.script import bash_script, find_coverage, left_behind, read_junit
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job
from relflow.sandbox.model.transitions import Event
from relflow.sandbox.repo.checkout import check_out
from relflow.sandbox.repo.git import GitError

CONCURRENT_JOBS: Final = 8


class Runner:
    """Runs a few jobs at once, each in a thread that waits for its process."""

    def __init__(self, site: Site) -> None:
        """Take the place of the site's runner."""
        self.site = site
        self.processes = Processes()
        self._threads: dict[int, threading.Thread] = {}
        self._stopping = False
        site.kill = self.processes.kill

    @property
    def has_room(self) -> bool:
        """Whether another job may start now. The lock is held."""
        return len(self._threads) < CONCURRENT_JOBS and not self._stopping

    def start(self, job: Job) -> None:
        """Run a pending job. The lock is held."""
        running = fire(self.site, job, Event.RUN)
        thread = threading.Thread(target=self._run, args=(running,), name=f"job-{job.id}", daemon=True)
        self._threads[job.id] = thread
        thread.start()

    def stop(self) -> None:
        """End all jobs without writing down an end: whoever starts the sandbox again finds them interrupted."""
        with self.site.lock:
            self._stopping = True
            threads = list(self._threads.values())
        self.processes.kill_all()
        for thread in threads:
            thread.join()

    def _run(self, job: Job) -> None:
        workplace = self.site.folder / "builds" / str(job.id)
        try:
            event, changes = self._execute(job)
        # ValueError: a variable that no process can have. KeyError: its pipeline was deleted in the first moment.
        except (GitError, OSError, ValueError, KeyError) as exc:
            event, changes = Event.DROP, {"failure_reason": "runner_system_failure"}
            self._say(job, f"ERROR: Job failed (system failure): {exc}")
        shutil.rmtree(workplace, ignore_errors=True)
        with self.site.lock:
            del self._threads[job.id]
            current = self.site.tables.jobs.get(job.id)
            if current is not None and not self._stopping and not current.is_complete:
                fire(self.site, current, event, **changes)
            self.site.changed()

    def _execute(self, job: Job) -> tuple[Event, dict[str, object]]:
        site = self.site
        workplace = site.folder / "builds" / str(job.id)
        checkout = workplace / site.project.name
        checkout.mkdir(parents=True)
        site.deploy_folder.mkdir(exist_ok=True)
        with site.lock:
            pipeline = site.tables.pipelines[job.pipeline_id]
            variables = job_variables(site, job, pipeline)
            refs = site.repository.refs()
        check_out(site.repository.git_folder, refs, pipeline.sha, checkout)
        self._say(job, "Running with sandbox-runner on this machine")
        self._say(job, f"Checking out {pipeline.sha[:8]} as detached HEAD (ref is {pipeline.ref})...")
        script = workplace / "script.sh"
        script.write_text(bash_script(job.spec.script))
        variables["CI_PROJECT_DIR"] = str(checkout)
        code = self.processes.run(job.id, script, checkout, variables, site.trace(job.id))
        found: dict[str, object] = {
            "coverage": find_coverage(job.spec.coverage, site.trace(job.id).read_text(errors="replace")),
            "suite": read_junit(checkout, job.spec.artifacts.junit),
            **left_behind(checkout, job.spec.artifacts),
        }
        self._say(job, "Job succeeded" if code == 0 else f"ERROR: Job failed: exit code {code}")
        return (Event.SUCCEED, found) if code == 0 else (Event.DROP, {**found, "failure_reason": "script_failure"})

    def _say(self, job: Job, line: str) -> None:
        with self.site.trace(job.id).open("a") as trace:
            trace.write(f"{line}\n")
