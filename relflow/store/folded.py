"""A book over a folded log instead of rows: for what stood at a time of the past, and for stores without a file."""

from relflow.core.evolve import History
from relflow.core.facts import EnvironmentFacts, Live
from relflow.core.project import Project
from relflow.core.release import Deployment, Release
from relflow.store.book import live_of


class FoldedBook:
    """The reading half over one history, which nobody changes while the book is in use."""

    def __init__(self, history: History) -> None:
        self._history = history

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
        """What is live in the environment, and whose deployment to it is open."""
        there = [(version, each) for version, each in self._deployments() if each.environment == name]
        live = next(iter(self.brought_to(name, 1)), None)
        version, deployment = next((found for found in there if found[1].is_open), (None, None))
        return EnvironmentFacts(live=live_of(*live) if live else None, open_deployment=deployment, open_version=version)

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

    def _newest_first(self) -> list[Release]:
        by_text = sorted(self._history.releases.values(), key=lambda each: each.version)
        return sorted(by_text, key=lambda each: each.created_at, reverse=True)

    def _deployments(self) -> list[tuple[str, Deployment]]:
        found = [(each.version, one) for each in self._history.releases.values() for one in each.deployments]
        return sorted(found, key=lambda pair: pair[1].id)
