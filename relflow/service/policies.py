"""Adopting a policy: the one use case that works before a project is registered."""

from dataclasses import dataclass

from relflow.core.adopting import decide_adoption, effects
from relflow.core.decision import Refused
from relflow.core.events import CommandRefused
from relflow.core.facts import Facts
from relflow.core.project import Project
from relflow.core.workflow import Workflow
from relflow.service.app import App, No, identify
from relflow.service.drifting import begin_looking, by_gitlab
from relflow.service.ports import Book, Recorded, RemoteProject


@dataclass(frozen=True, slots=True)
class Adopted:
    """The policy is in force."""

    project: Project
    recorded: tuple[Recorded, ...]
    #: What changes for releases on their way, a sentence each.
    effects: tuple[str, ...]


def adopt(app: App, remote: RemoteProject, log: str, workflow: Workflow) -> Adopted | No:
    """Put the workflow in force for the project. 3 requests, besides the one that found the project."""
    identity = identify(app)
    members = app.gitlab.members(remote.id)
    project = Project(log, remote.path, remote.url, remote.id)
    with app.store.write() as tx:
        facts = Facts(at=tx.at, actor=identity.actor, members=members)
        known = tx.project()
        decision = decide_adoption(project, known, workflow, facts)
        if isinstance(decision, Refused):
            refused = CommandRefused(at=facts.at, actor=facts.actor, trigger="policy adopt", gates=decision.refusals)
            # Before the project is registered there is no log that could keep the refusal.
            recorded = tx.record((refused,)) if known else ()
            return No("cannot adopt this policy", decision.refusals, recorded)
        changed = effects_on(tx, known.workflow if known else None, workflow)
        recorded = tx.record(decision.events)
        begin_looking(tx, workflow, by_gitlab(tx.now, identity))
        after = tx.project()
    assert after is not None  # noqa: S101 - registered just now
    return Adopted(after, recorded, changed)


def effects_on(book: Book, before: Workflow | None, workflow: Workflow) -> tuple[str, ...]:
    """What putting the workflow in force changes for the book's releases on their way, a sentence each."""
    releases = (release for version in book.versions() if (release := book.release(version)))
    return tuple(effects(before, workflow, releases))
