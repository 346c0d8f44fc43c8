"""Where a rollback leads unless somebody names it: to what the environment ran before."""

from relflow.core.errors import UsageError
from relflow.core.text import nearest
from relflow.service.app import App, standing_project
from relflow.service.ports import Book

#: How many deployments are looked through.
SEARCHED = 100


def way_back(book: Book, environment: str, ahead_of: str | None = None) -> str | None:
    """The version that ran there last before the one that runs now, and may run there again; None where there is none.

    A held release is passed over, and one that was amended since: neither can be what a rollback leads to.
    `ahead_of` is a version that is about to be deployed: the way back from that, which may be what runs now.
    """
    brought = book.brought_to(environment, SEARCHED)
    leaves = ahead_of or (brought[0][0] if brought else None)
    for version, _ in brought:
        release = book.release(version) if version != leaves else None
        if release is not None and release.held_from is None and release.brought_to(environment) is not None:
            return version
    return None


def target(app: App, environment: str, wanted: str | None) -> tuple[str, str]:
    """What the environment runs, and the version to go back to: the one that is wanted, else the one it ran before.

    Raises UsageError where there is no such environment, or nothing to go back to.
    """
    with app.store.read() as book:
        _, workflow = standing_project(book, app)
        if workflow.environment(environment) is None:
            raise UsageError(f"there is no environment {environment}", (), nearest(environment, workflow.names))
        live, back = book.environment(environment).live, wanted or way_back(book, environment)
    if live is None or back is None:
        why = f"nothing ran in {environment} yet" if live is None else f"nothing ran there before {live.label}"
        again = f"relflow rollback {environment} --to {live.version} -m REASON" if live and live.version else None
        step = (f"{again}     runs it again",) if again else ()
        raise UsageError(f"there is nothing to roll {environment} back to", (why,), step)
    return live.label, back
