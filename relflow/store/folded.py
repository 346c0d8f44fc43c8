"""A book over a folded log instead of rows: for what stood at a time of the past, and for stores without a file."""

from collections.abc import Mapping
from datetime import datetime

from relflow.core.drift import Drift
from relflow.core.evolve import History
from relflow.core.facts import EnvironmentFacts, Job, Live, Look
from relflow.core.freeze import Freeze, Lock
from relflow.core.live import brought, foreign
from relflow.core.project import Project
from relflow.core.release import Deployment, Release


class FoldedBook:
    """The reading half over one history, which nobody changes while the book is in use."""

    def __init__(self, history: History, looks: Mapping[str, Look] | None = None) -> None:
        self._history, self._looks = history, dict(looks or {})

    def project(self) -> Project | None:
        """The project, or None before it is registered."""
        return self._history.project

    def release(self, version: str) -> Release | None:
        """The release with its approvals and deployments, or None."""
        return self._history.releases.get(version)

    def versions(self) -> tuple[str, ...]:
        """Every version of the project, newest first; of the same instant, in the order of their text."""
        return tuple(each.version for each in self._newest_first())

    def unclosed(self, live: Live | None) -> tuple[Release, ...]:
        """The releases that are not closed, newest first."""
        return tuple(each for each in self._newest_first() if not each.closed)

    def environment(self, name: str) -> EnvironmentFacts:
        """What is live in the environment, whose deployment to it is open, and what closes it."""
        there = [(version, each) for version, each in self._deployments() if each.environment == name]
        last = next(iter(self.brought_to(name, 1)), None)
        run = self._foreign(name, {each.job_id for _, each in there if each.outcome == "success"})
        clicked = self.drift_of(gitlab_deployment_id=None, job_id=last[1].job_id) if last else None
        owed = next(
            (found for found in sorted(there, key=lambda each: each[1].id) if found[1].owes_review), (None, None)
        )
        version, deployment = next((found for found in there if found[1].is_open), (None, None))
        return EnvironmentFacts(
            brought=brought(*last, clicked) if last else None,
            foreign=foreign(run, last[1] if last else None) if run else None,
            open_deployment=deployment,
            open_version=version,
            freezes=tuple(each for each in self._kept_freezes() if each.environment == name),
            lock=lock if (lock := self.last_lock(name)) and lock.unlocked_at is None else None,
            debt=owed[1],
            debt_version=owed[0],
        )

    def _foreign(self, environment: str, own: set[int | None]) -> Drift | None:
        """The last successful run there that is no deployment's."""
        there = (each for each in self._history.drifts.values() if each.environment == environment)
        vouched = (each for each in there if each.job_id is not None or not each.is_open)
        runs = (
            each for each in vouched if each.status == "success" and (each.job_id is None or each.job_id not in own)
        )
        return max(runs, key=lambda each: (each.finished_at or each.found_at, each.id), default=None)

    def brought_to(self, environment: str, most: int) -> tuple[tuple[str, Deployment], ...]:
        """The last successful deployments to the environment with their versions, newest first."""
        there = (found for found in self._deployments() if found[1].environment == environment)
        brought = [found for found in there if found[1].outcome == "success"]
        return tuple(sorted(brought, key=lambda found: (found[1].settled_at, found[1].id), reverse=True)[:most])

    def open_deployments(self) -> tuple[tuple[str, Deployment], ...]:
        """The open deployments with their versions, oldest first."""
        return tuple(found for found in self._deployments() if found[1].is_open)

    def find_deployment(self, deployment_id: int) -> tuple[str, Deployment] | None:
        """The deployment of that id with its version."""
        return next((found for found in self._deployments() if found[1].id == deployment_id), None)

    def release_of_pipeline(self, pipeline_id: int) -> str | None:
        """The version bound to the pipeline, if any."""
        bound = (each for each in self._history.releases.values() if each.pipeline is not None)
        return next((each.version for each in bound if each.pipeline and each.pipeline.id == pipeline_id), None)

    def next_deployment_id(self) -> int:
        """The id that the next deployment gets: they count from 1."""
        return max((each.id for _, each in self._deployments()), default=0) + 1

    def accounting(self, environment: str, job: Job) -> tuple[Deployment, ...]:
        """The deployments to the environment that may account for the job: its own, and an open one's unseen retry."""
        there = [each for _, each in self._deployments() if each.environment == environment]
        return tuple(
            each for each in there if each.job_id == job.id or each.may_have_made(job.id, job.name, job.pipeline_id)
        )

    def release_of_commit(self, commit: str, pipeline_id: int) -> str | None:
        """The version bound to the commit: best the one of that pipeline, else the newest."""
        bound = [each for each in self._newest_first() if each.commit == commit]
        best = (each for each in bound if each.pipeline is not None and each.pipeline.id == pipeline_id)
        return next((each.version for each in (*best, *bound)), None)

    def drifts(self) -> tuple[Drift, ...]:
        """The drifts that nobody accepted yet, oldest first."""
        return tuple(each for _, each in sorted(self._history.drifts.items()) if each.is_open)

    def find_drift(self, drift_id: int) -> Drift | None:
        """The drift of that id, accepted or not."""
        return self._history.drifts.get(drift_id)

    def drift_of(self, *, gitlab_deployment_id: int | None, job_id: int | None) -> Drift | None:
        """The drift that names the deployment or the job, accepted or not."""

        def names(each: Drift) -> bool:
            known = gitlab_deployment_id is not None and each.gitlab_deployment_id == gitlab_deployment_id
            return known or (job_id is not None and each.job_id == job_id)

        return next((each for _, each in sorted(self._history.drifts.items()) if names(each)), None)

    def next_drift_id(self) -> int:
        """The id that the next drift gets: they count from 1."""
        return max(self._history.drifts, default=0) + 1

    def freezes(self, at: datetime) -> tuple[Freeze, ...]:
        """The freezes that are not over then, and that nobody ended before their time, earliest first."""
        return tuple(each for each in self._kept_freezes() if at < each.ends_at)

    def _kept_freezes(self) -> list[Freeze]:
        kept = (each for each in self._history.freezes.values() if each.ended_at is None)
        return sorted(kept, key=lambda each: (each.begins_at, each.id))

    def find_freeze(self, freeze_id: int) -> Freeze | None:
        """The freeze of that id."""
        return self._history.freezes.get(freeze_id)

    def next_freeze_id(self) -> int:
        """The id that the next freeze gets: they count from 1."""
        return max(self._history.freezes, default=0) + 1

    def last_lock(self, environment: str) -> Lock | None:
        """The last lock of the environment, be it taken away or not; None where it never had one."""
        return self._history.locks.get(environment)

    def last_look(self, environment: str) -> Look | None:
        """How far GitLab was read for the environment: no log tells, so a store that has no file keeps it itself."""
        return self._looks.get(environment)

    def _newest_first(self) -> list[Release]:
        by_text = sorted(self._history.releases.values(), key=lambda each: each.version)
        return sorted(by_text, key=lambda each: each.created_at, reverse=True)

    def _deployments(self) -> list[tuple[str, Deployment]]:
        found = [(each.version, one) for each in self._history.releases.values() for one in each.deployments]
        return sorted(found, key=lambda pair: pair[1].id)
