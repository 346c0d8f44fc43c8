"""Beginning with the past: what GitLab tells of the time before relflow becomes releases and deployments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from relflow.core.decision import Decision, Refused
from relflow.core.drift import Drift
from relflow.core.events import CommandRefused, Event
from relflow.core.evolve import fold
from relflow.core.facts import Facts, Live, Look
from relflow.core.importing import Known, decide_import
from relflow.core.past import Past, Ran, arranged, happened
from relflow.core.people import Member
from relflow.core.project import Project
from relflow.core.release import Release
from relflow.core.workflow import Workflow
from relflow.service.app import App, No, proven, standing_project
from relflow.service.drifting import by_gitlab
from relflow.service.ports import Book, Identity, Recorded

#: Earlier than any deployment in GitLab.
EVER = datetime(2011, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What GitLab told of the past, who asked, and the environments of which there may be more than was read."""

    project: Project
    workflow: Workflow
    identity: Identity
    members: tuple[Member, ...]
    past: Past
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What the past became, or would become: nothing is recorded then."""

    told: Told
    releases: tuple[Release, ...]
    #: What ran last somewhere and is no release.
    noted: tuple[Drift, ...]
    #: Versions of the past that relflow has already, and left as they are.
    left_alone: tuple[str, ...]
    recorded: tuple[Recorded, ...] = ()


def read_past(app: App, since: datetime | None, most: int) -> Told:
    """Read the tags, GitLab's own releases of them, and of each environment the successful deployments.

    At most so many of each, the last ones. 5 requests, and 1 for each environment; more beyond a hundred of a kind.
    """
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
        looks = {name: book.last_look(name) for name in workflow.names}
    identity, members = proven(app, project)
    now, cut = by_gitlab(app.clock.now(), identity), list[str]()
    tags, published = app.gitlab.tags(project.project_id), app.gitlab.releases(project.project_id)

    def runs() -> Iterator[Ran]:
        for place in workflow.environments:
            before = (looks[place.name] or Look(begins_at=now, read_until=now)).begins_at
            name = place.gitlab_environment
            listed = app.gitlab.deployments(project.project_id, since or EVER, "success", environment=name, most=most)
            if len(listed) >= most:
                cut.append(place.name)
            yield from (Ran(place.name, each) for each in listed if happened(each, before))

    return Told(project, workflow, identity, members, arranged(runs(), tags, published), tuple(cut))


def foresee(app: App, told: Told) -> Imported | No:
    """What importing it would make of it now; nothing is recorded. No request."""
    with app.store.read() as book:
        known, decision = _decided(book, told, app.clock.now())
    if isinstance(decision, Refused):
        return No(_asked(told), decision.refusals)
    return _imported(told, known, decision.events)


def import_past(app: App, told: Told) -> Imported | No:
    """Record it, in one transaction. What relflow has already is left as it is. No request."""
    with app.store.write() as tx:
        known, decision = _decided(tx, told, tx.at)
        if isinstance(decision, Refused):
            actor = told.identity.actor
            refused = CommandRefused(at=tx.at, actor=actor, trigger="import", gates=decision.refusals)
            return No(_asked(told), decision.refusals, tx.record((refused,)))
        recorded = tx.record(decision.events)
    return _imported(told, known, decision.events, recorded)


def _asked(told: Told) -> str:
    return f"cannot import the past of {told.project.path}"


def _decided(book: Book, told: Told, at: datetime) -> tuple[Known, Decision]:
    project = book.project()
    workflow = (project and project.workflow) or told.workflow
    known = known_of(book, workflow, told.past)
    facts = Facts(
        at=at,
        actor=told.identity.actor,
        members=told.members,
        next_deployment_id=book.next_deployment_id(),
        next_drift_id=book.next_drift_id(),
    )
    return known, decide_import(workflow, told.project.url, told.past, known, facts)


def known_of(book: Book, workflow: Workflow, past: Past) -> Known:
    """What the store has already of the past, and of what runs now."""
    live: dict[str, Live | None] = {name: book.environment(name).live for name in workflow.names}
    return Known(frozenset(_taken(book, past)), live)


def _taken(book: Book, past: Past) -> Iterator[str]:
    """The versions that are releases already, and those of whose pipelines one belongs to another release."""
    versions = frozenset(book.versions())
    for each in past.versions:
        if each.version in versions or any(map(book.release_of_pipeline, each.pipelines)):
            yield each.version


def _imported(told: Told, known: Known, events: tuple[Event, ...], recorded: tuple[Recorded, ...] = ()) -> Imported:
    history = fold(told.project.log, events)
    left_alone = tuple(each.version for each in told.past.versions if each.version in known.versions)
    return Imported(told, tuple(history.releases.values()), tuple(history.drifts.values()), left_alone, recorded)
