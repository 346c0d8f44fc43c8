"""What people do in a life: the commands of relflow, chosen as somebody would who wants a release to get on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from relflow.core.workflow import DRAFT, HELD, approved, before
from relflow.service.app import App
from relflow.service.drifting import accept
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.reconciling import abandon, reconcile
from relflow.service.releases import amend, approve, record_test, reject, resume, unapprove
from relflow.service.replaying import replay
from relflow.service.watching import watch
from tests.doubles.team import WORKFLOW

if TYPE_CHECKING:
    from tests.lives.life import Life

#: A command as it is typed, and what it does.
Asked = tuple[str, Callable[[App], object]]

WEIGHTS = {
    "accept": 6,
    "deploy": 14,
    "onwards": 8,
    "rollback": 4,
    "reconcile": 4,
    "abandon": 4,
    "replay": 3,
    "hold": 3,
    "watch": 2,
    "approve": 1,
    "unapprove": 1,
    "reject": 1,
    "resume": 2,
    "amend": 1,
}
NAMES = {"anna": 4, "ben": 4, "chris": 3, "dana": 3, "emil": 2, "rita": 1}


def choose(life: "Life") -> Asked:
    """What somebody asks for next."""
    what = life.chance.weighed(WEIGHTS)
    version, environment = life.wanted[0] if life.chance.happens(0.6) else life.chance.pick(life.wanted)
    if what == "onwards":
        return _onwards(life, version, environment)
    if what == "accept":
        return _accept(life)
    if what in {"reconcile", "watch", "abandon", "replay"}:
        return _about_open(life, what)
    if what in {"deploy", "rollback"}:
        return _attempt(life, what, version, environment)
    return _word(life, what, version, environment)


def _attempt(life: "Life", what: str, version: str, environment: str) -> Asked:
    wait, timeout_s = life.chance.happens(0.8), life.chance.pick((5.0, 30.0, 120.0, 900.0))
    if what == "deploy":
        line = f"deploy {version} {environment}"
        return line, lambda app: deploy(app, version, environment, wait=wait, timeout_s=timeout_s)
    line = f"rollback {environment} --to {version}"
    return line, lambda app: rollback(app, version, environment, "wrong totals", wait=wait, timeout_s=timeout_s)


def _about_open(life: "Life", what: str) -> Asked:
    timeout_s = life.chance.pick((5.0, 60.0, 600.0))
    open_ = [each.id for each in life.witness.open()]
    if what == "abandon" and open_:
        number = life.chance.pick(open_)
        return f"reconcile --abandon {number}", lambda app: abandon(app, number, "nobody waits for it")
    if what == "replay" and open_:
        number = life.chance.pick(open_)
        return f"reconcile --replay {number}", lambda app: replay(app, number, "it never started", timeout_s)
    if what == "watch":
        return "watch", lambda app: list(watch(app, timeout_s=timeout_s))
    return "reconcile", lambda app: reconcile(app, timeout_s)


def _accept(life: "Life") -> Asked:
    """Take note of a drift, if there is one that nobody took note of."""
    with life.store.read() as book:
        drifts = book.drifts()
    if not drifts:
        return _about_open(life, "reconcile")
    drift = life.chance.pick(drifts)
    line = f"drift accept {drift.environment} {drift.id}"
    return line, lambda app: accept(app, drift.environment, drift.id, "it was me")


def _word(life: "Life", what: str, version: str, environment: str) -> Asked:
    close, cancel = life.chance.happens(0.1), life.chance.happens(0.5)
    line = f"{what} {version} {environment}"
    match what:
        case "hold":
            line = f"hold {version}" + " --close" * close + " --cancel-job" * cancel
            return line, lambda app: hold(app, version, "wrong totals", close=close, cancel_job=cancel)
        case "approve":
            return line, lambda app: approve(app, version, environment)
        case "unapprove":
            return line, lambda app: unapprove(app, version, environment)
        case "reject":
            return line, lambda app: reject(app, version, environment, "wrong totals")
        case "amend":
            return _amend(life, version)
    return f"resume {version}", lambda app: resume(app, version, "it was the export")


def _amend(life: "Life", version: str) -> Asked:
    """Bound to a pipeline that ran again, as after a job that was played by mistake."""
    number = life.site.world.push(f"v{version}").id
    return f"amend {version} --pipeline {number}", lambda app: amend(app, version, "once more", pipeline_id=number)


def _onwards(life: "Life", version: str, environment: str) -> Asked:
    """The next step of the release, whatever it is."""
    with life.store.read() as book:
        release = book.release(version)
    state = release.state if release else DRAFT
    if state == DRAFT:
        return f"test {version}", lambda app: record_test(app, version)
    if state == HELD:
        return _word(life, "resume", version, environment)
    for name in WORKFLOW.names:
        if state == approved(name):
            return _attempt(life, "deploy", version, name)
        if state == before(WORKFLOW, name):
            return _word(life, "approve", version, name)
    return _about_open(life, "reconcile")
