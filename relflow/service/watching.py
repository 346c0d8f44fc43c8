"""Following what is open until nothing is: each deployment when it is first seen, and whenever it moved on."""

from collections.abc import Iterator
from dataclasses import replace

from relflow.core.people import itself
from relflow.core.release import Deployment
from relflow.service.app import App, Done, Seen, identify, look_up
from relflow.service.settling import Course, advance, course, ended_badly, still_open

PART = itself("watch")


def watch(app: App, version: str | None = None, timeout_s: float = 3600) -> Iterator[Done]:
    """The open deployments of one release, or of all, again with each change; one that begins meanwhile joins them.

    Whoever else is at them goes on: an end is recorded by the first who sees it. The last word on each has `trouble`
    unless its job succeeded as asked. 2 requests, then as `reconcile`; none where nothing is open.
    """
    if version is not None:
        look_up(app, version)
    known: dict[int, Done] = {}
    courses: dict[int, Course] = {}
    slept = 0.0
    while open_ := still_open(app, version):
        if not known:
            identify(app)
        for number, (seen, deployment) in open_.items():
            if number not in known or known[number].deployment != deployment:
                known[number] = Done(seen.release, (), deployment)
                courses[number] = course(app, seen, known[number], PART, timeout_s=timeout_s)
                yield known[number]
        yield from _settled(app, [known[number] for number in _closed(courses, open_)])
        ended, slept = advance(courses, slept)
        known |= ended  # what is odd stays open: it is looked at anew only when somebody did something about it
        yield from ended.values()
        if not courses:
            return
        app.clock.sleep(slept)
    yield from _settled(app, [known[number] for number in _closed(courses, {})])


def _closed(courses: dict[int, Course], open_: dict[int, tuple[Seen, Deployment]]) -> list[int]:
    """Those that somebody else settled meanwhile; nobody needs to look at them any more."""
    gone = [number for number in courses if number not in open_]
    for number in gone:
        del courses[number]
    return gone


def _settled(app: App, last: list[Done]) -> Iterator[Done]:
    for done in last:
        with app.store.read() as book:
            release = book.release(done.release.version) or done.release
        now = Done(release, (), release.deployment(done.deployment.id if done.deployment else 0))
        yield replace(now, trouble=ended_badly(now))
