"""Asking before acting: why not, and what a deployment would do. Both ask the same gates, and nothing is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from relflow.core.commands import DeployRelease, Request
from relflow.core.errors import UsageError
from relflow.core.facts import Facts, Job, Live
from relflow.core.judging import next_environment, next_requests, request_of, triggers, verdict
from relflow.core.people import ASKED, Member, user
from relflow.core.release import Release
from relflow.core.text import nearest
from relflow.core.verdict import Verdict
from relflow.service.app import App, Seen, identified, look_up
from relflow.service.facts import ask
from relflow.service.ports import Changes
from relflow.service.way_back import WayBack, way_back


@dataclass(frozen=True, slots=True)
class Why:
    """What the gates say of each trigger that was asked about, as if `person` had asked for it."""

    version: str
    person: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `deploy` would do now: `job` is None where it cannot tell which one it would start."""

    release: Release
    project: str
    person: str
    verdict: Verdict
    job: Job | None
    live: Live | None
    #: What the release has and what runs now has not; None where nothing runs, and where GitLab cannot tell any more.
    changes: Changes | None
    #: Where a rollback would lead afterwards.
    back: WayBack


def why(
    app: App, version: str, trigger: str | None = None, environment: str | None = None, person: str | None = None
) -> Why:
    """Judge one trigger, or each that is on the release's way. 3 requests, up to 4 more for a test or a deployment.

    Without an environment the next one on the way is meant. `person` is another member than the token's owner.
    """
    seen = look_up(app, version, environment)
    requests = _requests(seen, trigger, environment)
    seen = _as(identified(app, seen), person)
    return Why(version, seen.actor.name, tuple(_judged(app, seen, requests)))


def plan(app: App, version: str, environment: str) -> Plan:
    """Judge a deployment, and look at what it would start and change. 7 requests, 1 more where something is live."""
    seen = identified(app, look_up(app, version, environment))
    request = DeployRelease(environment)
    facts = ask(app, seen, request)
    with app.store.read() as book:
        known = facts(book, app.clock.now())
        back = way_back(book, environment, ahead_of=version)
    release, live = seen.release, known.environment.live if known.environment else None
    return Plan(
        release=release,
        project=seen.project.path,
        person=seen.actor.name,
        verdict=verdict(seen.workflow, release, request, known),
        job=_job(seen, environment, known),
        live=live,
        changes=app.gitlab.changes(seen.project.project_id, live.commit, release.commit) if live else None,
        back=back,
    )


def _job(seen: Seen, environment: str, known: Facts) -> Job | None:
    place = seen.workflow.environment(environment)
    current = known.pipeline.current(place.job) if known.pipeline and place else ()
    return current[0] if len(current) == 1 else None


def _requests(seen: Seen, trigger: str | None, environment: str | None) -> tuple[Request, ...]:
    if trigger is None:
        return next_requests(seen.workflow, seen.release)
    known = triggers(seen.workflow)
    if trigger == "tick":
        step = f"relflow why {seen.release.version} test     names the points, and who may tick them"
        raise UsageError("a tick is asked of a point, not of a release", (), (step,))
    if trigger == "waive":
        step = f"relflow why {seen.release.version} deploy     names the gates that can be waived, and by whom"
        raise UsageError("a waiver is asked of a gate, not of a release", (), (step,))
    if trigger not in known:
        raise UsageError(f"there is no trigger {trigger}", (), nearest(trigger, tuple(known)))
    if environment is not None and not known[trigger]:
        raise UsageError(
            f"{trigger} is asked of a release, not of an environment",
            (),
            (f"relflow why {seen.release.version} {trigger}",),
        )
    place = environment or next_environment(seen.workflow, seen.release) if known[trigger] else ""
    return (request_of(trigger, place or ""),)


def _as(seen: Seen, person: str | None) -> Seen:
    """The same asked by another member. Raises UsageError where there is none of that name."""
    if person is None:
        return seen
    members = {each.username: each for each in seen.members or ()}
    member: Member | None = members.get(person)
    if member is None or seen.identity is None:
        what = f"{person} is no member of {seen.project.path}"
        raise UsageError(what, (), nearest(person, tuple(members)))
    return replace(seen, identity=replace(seen.identity, actor=user(member.username, member.user_id, ASKED)))


def _judged(app: App, seen: Seen, requests: tuple[Request, ...]) -> Iterable[Verdict]:
    asked = [(request, ask(app, seen, request)) for request in requests]
    with app.store.read() as book:
        at = app.clock.now()
        return [verdict(seen.workflow, seen.release, request, facts(book, at)) for request, facts in asked]
