"""What runs where, what is in flight, and what waits for whom: the page for the engineer on call."""

from datetime import datetime
from typing import TYPE_CHECKING

from relflow.core.drift import Drift
from relflow.core.facts import EnvironmentFacts, Facts, Live
from relflow.core.people import Actor, Level, Member
from relflow.core.release import Release
from relflow.core.versions import is_newer
from relflow.core.workflow import place_before
from relflow.views.reading import View
from relflow.views.shapes import deployment_shape, drift_shape, freeze_shape, live_shape, lock_shape, release_shape

if TYPE_CHECKING:
    from relflow.views import contract


def read_status(view: View, at: datetime, me: Member | None) -> "contract.Status":
    """The status; `me` is the person last proven on this machine, for whom `needs_you` is filled."""
    places = {name: view.book.environment(name) for name in view.workflow.names}
    releases, drifts = _on_their_way(view, places), view.book.drifts()
    return {
        "project": view.project.path,
        "environments": [_environment(name, facts, drifts, at) for name, facts in places.items()],
        "releases": [release_shape(release, view.project.path) for release in releases],
        "needs_you": [each for release in releases for each in _needs(view, release, places, at, me)] if me else [],
    }


def _environment(name: str, facts: EnvironmentFacts, drifts: tuple[Drift, ...], at: datetime) -> "contract.Place":
    flying, lock = facts.open_deployment, facts.lock
    freeze = max((each for each in facts.freezes if each.covers(at)), key=lambda each: each.ends_at, default=None)
    return {
        "name": name,
        "live": live_shape(facts.live) if facts.live else None,
        "in_flight": deployment_shape(facts.open_version or "", flying) if flying else None,
        "drift": [drift_shape(each) for each in drifts if each.environment == name],
        "freeze": freeze_shape(freeze) if freeze else None,
        "lock": lock_shape(lock) if lock and lock.stands(at) else None,
        "debt": deployment_shape(facts.debt_version or "", facts.debt) if facts.debt else None,
    }


def _on_their_way(view: View, places: dict[str, EnvironmentFacts]) -> list[Release]:
    """The unclosed releases that are newer than what the last environment runs, or in flight."""
    goal = places[view.workflow.names[-1]].brought
    flying = {facts.open_version for facts in places.values()}
    found = view.book.unclosed(goal)
    return [each for each in found if each.version in flying or goal is None or is_ahead(each, goal)]


def is_ahead(release: Release, live: Live) -> bool:
    """Whether the release is newer than what is live: by version, else by when it was created."""
    newer = is_newer(release.version, than=live.version) if live.version else None
    return release.created_at > live.since if newer is None else newer


def _needs(
    view: View, release: Release, places: dict[str, EnvironmentFacts], at: datetime, me: Member
) -> "list[contract.Need]":
    from relflow.core.commands import ApproveRelease, DeployRelease
    from relflow.core.judging import awaited, next_requests, verdict

    whole = view.book.release(release.version) or release
    actor = Actor(f"user:{me.username}", me.user_id)
    found: list[contract.Need] = []
    for request in next_requests(view.workflow, whole):
        if not isinstance(request, ApproveRelease | DeployRelease):
            continue
        if isinstance(request, ApproveRelease) and awaited(view.workflow, whole) != request.environment:
            continue  # the quorum stands; nobody has to do more
        # A deployment is judged without the members, so that the approvals of others are not taken for strangers'.
        members = (me,) if isinstance(request, ApproveRelease) else None
        place, drifts = places[request.environment], view.book.drifts()
        before = places.get(place_before(view.workflow, request.environment) or "")
        known = {"environment": place, "environment_before": before, "drifts": drifts}
        facts = Facts(at=at, actor=actor, members=members, **known)  # type: ignore[arg-type]
        allowed = verdict(view.workflow, whole, request, facts).allowed
        # Whether they wrote what they are asked to approve only their token tells.
        if allowed is not False and (members is not None or me.access_level >= Level.DEVELOPER):
            found.append({"version": release.version, "environment": request.environment, "trigger": request.trigger})
    return found
