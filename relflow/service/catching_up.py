"""Recording what ended meanwhile, before a command on a release or an environment is decided."""

from dataclasses import replace

from relflow.core.release import Deployment
from relflow.service.app import App, Done, Seen, identified, look_up
from relflow.service.settling import PART, Course, course, follow, still_open


def begun(app: App, version: str, environment: str | None = None) -> Seen:
    """Who asks, and the release, once what ended of it and in the environment is recorded. 3 requests.

    For each deployment that is open there 1 more, and another where it has ended. What cannot be told stays open.
    """
    seen = identified(app, look_up(app, version, environment))
    open_ = still_open(app, version, environment)
    if not open_:
        return seen
    for done in follow(app, [_glance(app, each, deployment) for each, deployment in open_.values()]):
        ended = done.deployment
        if ended is not None and not ended.is_open:
            where = f"deployment {ended.id} of {done.release.version} to {ended.environment}"
            app.listener.note(f"{where} had ended: {ended.outcome}")
    return replace(seen, release=look_up(app, version).release)


def _glance(app: App, seen: Seen, deployment: Deployment) -> Course:
    done = Done(seen.release, (), deployment)
    return course(app, seen, done, PART, timeout_s=0, starts_within_s=0)
