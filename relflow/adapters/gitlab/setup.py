"""GitLab's set-up over the wire: what a check of it asks, and the changes that mend it."""

from http import HTTPStatus

from relflow.adapters.gitlab import shapes
from relflow.adapters.gitlab.answer import Silence
from relflow.adapters.gitlab.client import PythonGitLab
from relflow.adapters.gitlab.mending import request_of
from relflow.core.checkup.remedy import Mended, Remedy
from relflow.core.checkup.surroundings import Artifacts, ProjectSettings, Protections, ResourceGroup

_SUCCESS = (HTTPStatus.OK, HTTPStatus.CREATED)
_REFUSALS = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


class PythonGitLabSetup(PythonGitLab):
    """The same connection, for who checks how the project is set up."""

    def settings(self, project: int) -> ProjectSettings:
        """The project's settings. One request."""
        subject = "the project's settings"
        return self._shaped(subject, shapes.settings, self._json(subject, self._wire.get(f"/projects/{project}")))

    def protections(self, project: int) -> Protections:
        """Its protected branches and tags. One request for each hundred of both."""
        found = []
        for kind in ("branches", "tags"):
            subject = f"the protected {kind}"
            raws = self._pages(subject, f"/projects/{project}/protected_{kind}")
            found.append(tuple(self._shaped(subject, shapes.protection, raw) for raw in raws))
        return Protections(*found)

    def resource_groups(self, project: int) -> tuple[ResourceGroup, ...]:
        """Its resource groups. One request for each hundred."""
        subject, path = "the resource groups", f"/projects/{project}/resource_groups"
        return tuple(self._shaped(subject, shapes.resource_group, raw) for raw in self._pages(subject, path))

    def has_environment(self, project: int, name: str) -> bool:
        """Whether there is an environment of that name. One request."""
        subject = f"environment {name}"
        raw = self._json(subject, self._wire.get(f"/projects/{project}/environments", name=name))
        found = [
            self._shaped(subject, shapes.environment_name, each) for each in self._shaped(subject, shapes.rows, raw)
        ]
        return name in found

    def artifacts(self, project: int, pipeline_id: int) -> tuple[Artifacts, ...]:
        """What each job of the pipeline left, oldest first. One request for each hundred."""
        subject = f"the artifacts of pipeline {pipeline_id}"
        raws = self._pages(subject, f"/projects/{project}/pipelines/{pipeline_id}/jobs")
        found = [self._shaped(subject, shapes.artifacts, raw) for raw in raws]
        return tuple(sorted(found, key=lambda each: each.job_id))

    def mend(self, project: int, remedy: Remedy) -> Mended:
        """Make the change with exactly one request, never repeated; whatever comes back is in the answer."""
        asked = request_of(remedy)
        outcome = self._wire.send(asked.verb, f"/projects/{project}{asked.path}", asked.body)
        if isinstance(outcome, Silence):
            return Mended(None if outcome.sent else False, outcome.text)
        if outcome.status in _REFUSALS:
            return Mended(False, f"GitLab answered {outcome.status}: {outcome.words}")
        if outcome.status not in _SUCCESS or not isinstance(outcome.json, dict):
            return Mended(None, f"GitLab answered {outcome.status}: {outcome.words}")
        try:
            is_done = asked.shows(outcome.json)
        except shapes.ShapeError as exc:
            return Mended(None, f"GitLab's answer does not show it: {exc}")
        return Mended(is_done, "done" if is_done else "GitLab answered, and changed nothing")
