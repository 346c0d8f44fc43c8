"""Where a rollback leads unless somebody names it: to what the environment ran before."""

from dataclasses import dataclass

from relflow.core.errors import UsageError
from relflow.core.release import Release
from relflow.core.text import nearest
from relflow.service.app import App, standing_project
from relflow.service.ports import Book

#: How many deployments are looked through.
SEARCHED = 100
#: How many of those that were passed over are told.
TOLD = 3


@dataclass(frozen=True, slots=True)
class WayBack:
    """The version to go back to; where there is none, `passed_over` says of what ran there last why it will not do."""

    version: str | None
    passed_over: tuple[str, ...] = ()


def way_back(book: Book, environment: str, ahead_of: str | None = None) -> WayBack:
    """What ran there last before the one that runs now, and may run there again.

    A held release is passed over, and one that was amended since: neither can be what a rollback leads to.
    `ahead_of` is a version that is about to be deployed: the way back from that, which may be what runs now.
    """
    brought = book.brought_to(environment, SEARCHED)
    leaves = ahead_of or (brought[0][0] if brought else None)
    passed_over: list[str] = []
    others = dict.fromkeys(version for version, _ in brought if version != leaves)
    for release in filter(None, map(book.release, others)):
        if not (bar := _bar(release, environment)):
            return WayBack(release.version)
        passed_over.append(f"{release.version} ran there before, and {bar}")
    return WayBack(None, tuple(passed_over[:TOLD]))


def _bar(release: Release, environment: str) -> str:
    """Why it cannot be what a rollback leads to; nothing where it can."""
    if release.held_from is not None:
        return "is closed" if release.closed else "is held"
    return "" if release.brought_to(environment) else "was amended since"


def target(app: App, environment: str, wanted: str | None) -> tuple[str, str]:
    """What the environment runs, and the version to go back to: the one that is wanted, else the one it ran before.

    Raises UsageError where there is no such environment, or nothing to go back to.
    """
    with app.store.read() as book:
        _, workflow = standing_project(book, app)
        if workflow.environment(environment) is None:
            raise UsageError(f"there is no environment {environment}", (), nearest(environment, workflow.names))
        live, back = book.environment(environment).live, way_back(book, environment)
    what, version = f"there is nothing to roll {environment} back to", wanted or back.version
    if live is None:
        raise UsageError(what, (f"nothing ran in {environment} yet",))
    if version is None:
        why = back.passed_over or (f"nothing ran there before {live.label}",)
        again = f"relflow rollback {environment} --to {live.version} -m REASON     runs it again"
        raise UsageError(what, why, (again,) if live.version else ())
    return live.label, version
