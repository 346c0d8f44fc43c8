"""The one GitLab this process plays: its rows, its repository, its folders, and the lock around them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from relflow.sandbox.model.tables import Tables
from relflow.sandbox.repo.repository import Repository

PROJECT_ID: Final = 42
GROUP: Final = "demo"


@dataclass(frozen=True)
class Project:
    """What never changes about the project."""

    id: int
    group: str
    name: str

    @property
    def path(self) -> str:
        """The path with namespace, as in the address of the project."""
        return f"{self.group}/{self.name}"


@dataclass
class Site:
    """Everything a request or a job works on. Whoever reads or writes `tables` holds `lock`."""

    project: Project
    repository: Repository
    tables: Tables
    folder: Path
    log: Callable[[str], None]
    url: str = ""
    lock: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    # Pipelines with something to decide, and a count of changes for whoever waits or saves.
    touched: set[int] = field(default_factory=set)
    version: int = 0
    # Ends the process of a job; the runner puts itself here.
    kill: Callable[[int], None] = lambda job_id: None

    @property
    def web_url(self) -> str:
        """The address a person would open."""
        return f"{self.url}/{self.project.path}"

    @property
    def deploy_folder(self) -> Path:
        """Where the jobs of the sample put what they deploy, one folder for each environment."""
        return self.folder / "deployed"

    def trace(self, job_id: int) -> Path:
        """Return the file with the output of a job."""
        return self.folder / "traces" / f"{job_id}.log"

    def changed(self, pipeline_id: int | None = None) -> None:
        """Say that rows changed: wakes the scheduler and everybody who waits. The lock is held."""
        if pipeline_id is not None:
            self.touched.add(pipeline_id)
        self.version += 1
        self.lock.notify_all()
