"""The thread that moves things on. It sleeps until somebody says that something changed."""

import threading
from collections.abc import Callable

from relflow.sandbox.engine.advance import advance
from relflow.sandbox.engine.deployments import job_is_outdated
from relflow.sandbox.engine.jobs import fire
from relflow.sandbox.engine.resources import assign_resources
from relflow.sandbox.engine.runner import Runner
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.model.transitions import Event


class Scheduler:
    """Advances pipelines, hands out resources and starts pending jobs."""

    def __init__(self, site: Site, runner: Runner, save: Callable[[], None]) -> None:
        """Call `save` under the lock after every round that may have changed a row."""
        self.site = site
        self.runner = runner
        self.save = save
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; jobs that run are the runner's."""
        with self.site.lock:
            self._stopping = True
            self.site.lock.notify_all()
        self._thread.join()

    def _loop(self) -> None:
        with self.site.lock:
            while not self._stopping:
                version = self.site.version
                self._round()
                self.save()
                if self.site.version == version:
                    self.site.lock.wait()

    def _round(self) -> None:
        touched, self.site.touched = self.site.touched, set()
        for pipeline_id in sorted(touched):
            advance(self.site, pipeline_id)
        assign_resources(self.site)
        for job in self.site.tables.jobs:
            if job.status is Status.PENDING and self.runner.has_room:
                if job_is_outdated(self.site, job):
                    fire(self.site, job, Event.DROP, failure_reason="failed_outdated_deployment_job")
                else:
                    self.runner.start(job)
