"""Closing an environment for a time: adding and ending freezes, locking and unlocking. None of it touches a release."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relflow.core.decision import Decision, Refused
from relflow.core.errors import UsageError
from relflow.core.events import CommandRefused
from relflow.core.facts import Facts
from relflow.core.freeze import Freeze, Lock
from relflow.core.freezing import decide_end, decide_freeze, decide_lock, decide_unlock
from relflow.core.text import nearest
from relflow.core.workflow import Workflow
from relflow.service.app import App, No, proven, standing_project
from relflow.service.ports import Recorded, Transaction
from relflow.service.releases import needed_reason

#: A freeze that nobody would live to see the end of is a slip of the pen.
LONGEST = timedelta(days=3_660)
#: What was asked for, where the command is no verb.
_IN_WORDS = {"freeze add": "freeze", "freeze end": "end a freeze of"}


@dataclass(frozen=True, slots=True)
class Frozen:
    """The freeze as it is now."""

    freeze: Freeze
    recorded: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Locked:
    """The environment's last lock as it is now."""

    lock: Lock
    recorded: tuple[Recorded, ...]


Decide = Callable[[Workflow, Transaction, Facts], Decision]


def add_freeze(app: App, environment: str, begins_at: datetime, ends_at: datetime, reason: str) -> Frozen | No:
    """Freeze the environment from the one time on and before the other. 3 requests.

    Raises UsageError for a freeze that ends before it begins, is wholly in the past, or too long.
    """
    kept = needed_reason("freeze add", f"{environment} --from TIME --to TIME", reason)
    _must_make_sense(begins_at, ends_at, app.clock.now())
    made: list[int] = []

    def decide(workflow: Workflow, tx: Transaction, facts: Facts) -> Decision:
        made.append(tx.next_freeze_id())
        return decide_freeze(workflow, environment, begins_at, ends_at, kept, made[0], facts)

    result, after = _settled(app, environment, "freeze add", kept, decide, lambda tx: tx.find_freeze(made[0]))
    if isinstance(result, No):
        return result
    assert after is not None  # noqa: S101 - recorded just now
    return Frozen(after, result)


def _must_make_sense(begins_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= begins_at:
        why = ("--from is the first instant that it covers, --to the first that it does not",)
        raise UsageError("this freeze ends before it begins", why)
    if ends_at <= now:
        raise UsageError("this freeze is over already", ("--to is in the past",))
    if ends_at > now + LONGEST:
        raise UsageError("this freeze has no end to speak of", (f"--to is at most {LONGEST.days} days ahead",))


def end_freeze(app: App, freeze_id: int, reason: str) -> Frozen | No:
    """End a freeze before its time, or call one off that is to come. 3 requests."""
    kept = needed_reason("freeze end", str(freeze_id), reason)
    with app.store.read() as book:
        standing_project(book, app)
        known, open_ = book.find_freeze(freeze_id), book.freezes(app.clock.now())
    if known is None:
        steps = tuple(f"relflow freeze end {each.id} -m REASON     {each.environment}: {each.reason}" for each in open_)
        raise UsageError(f"there is no freeze {freeze_id}", (), steps or ("relflow freeze list",))

    def decide(workflow: Workflow, tx: Transaction, facts: Facts) -> Decision:
        return decide_end(workflow, tx.find_freeze(freeze_id) or known, kept, facts)

    result, after = _settled(app, known.environment, "freeze end", kept, decide, lambda tx: tx.find_freeze(freeze_id))
    return result if isinstance(result, No) else Frozen(after or known, result)


def lock(app: App, environment: str, until: datetime | None, reason: str) -> Locked | No:
    """Keep everybody from deploying to the environment and from rolling it back. 3 requests."""
    kept = needed_reason("lock", environment, reason)
    if until is not None and until <= app.clock.now():
        raise UsageError("this lock is over already", ("--until is in the past",))

    def decide(workflow: Workflow, tx: Transaction, facts: Facts) -> Decision:
        return decide_lock(workflow, environment, until, kept, tx.environment(environment).lock, facts)

    return _lock_of(*_settled(app, environment, "lock", kept, decide, lambda tx: tx.last_lock(environment)))


def unlock(app: App, environment: str, reason: str) -> Locked | No:
    """Take the lock away, whoever locked. 3 requests."""
    kept = needed_reason("unlock", environment, reason)

    def decide(workflow: Workflow, tx: Transaction, facts: Facts) -> Decision:
        return decide_unlock(workflow, environment, kept, tx.environment(environment).lock, facts)

    return _lock_of(*_settled(app, environment, "unlock", kept, decide, lambda tx: tx.last_lock(environment)))


def _lock_of(result: tuple[Recorded, ...] | No, after: Lock | None) -> Locked | No:
    if isinstance(result, No):
        return result
    assert after is not None  # noqa: S101 - recorded just now
    return Locked(after, result)


def _settled(
    app: App, environment: str, trigger: str, reason: str, decide: Decide, read: Callable[[Transaction], Any]
) -> tuple[tuple[Recorded, ...] | No, Any]:
    """Decide under the write lock and record what was decided, a refusal too; with what `read` finds then."""
    with app.store.read() as book:
        project, workflow = standing_project(book, app)
    _must_be_known(workflow, environment, trigger)
    identity, members = proven(app, project)
    with app.store.write() as tx:
        who: dict[str, Any] = {"actor": identity.actor, "members": members}
        facts = Facts(at=tx.at, asked_at=tx.now, gitlab_at=identity.gitlab_at, **who)
        decision = decide(workflow, tx, facts)
        if isinstance(decision, Refused):
            said = {"environment": environment, "reason": reason, "trigger": trigger, "gates": decision.refusals}
            recorded = tx.record((CommandRefused(at=facts.at, actor=facts.actor, **said),))  # type: ignore[arg-type]
            return No(f"cannot {_IN_WORDS.get(trigger, trigger)} {environment}", decision.refusals, recorded), None
        return tx.record(decision.events), read(tx)


def _must_be_known(workflow: Workflow, environment: str, trigger: str) -> None:
    """What closes an environment that the policy dropped can still be taken away."""
    if trigger in {"freeze add", "lock"} and workflow.environment(environment) is None:
        raise UsageError(f"there is no environment {environment}", (), nearest(environment, workflow.names))
