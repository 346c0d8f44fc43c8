"""relflow: decide, record, chain and rows under the write lock, as every command does after it asked GitLab."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contenders.walk import Walk, Walker, steps
from benchmarks.grow import adopt
from benchmarks.keeping import TOOL
from benchmarks.life import MEMBERS, PROJECT, WORKFLOW, Life, World
from relflow.adapters.clock import SystemClock
from relflow.core.commands import Command
from relflow.core.decide import decide
from relflow.core.facts import Facts
from relflow.core.people import Actor
from relflow.service.app import App, Conflict, Seen, events_of, settle_command
from relflow.service.ports import Transaction
from relflow.store.home import Home
from relflow.store.schema import upgrade
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome


class StoredLife(Life):
    """A life whose every step is a transaction of the store."""

    def __init__(self, number: int, world: World, app: App) -> None:
        super().__init__(number, world)
        self._app = app

    def ask(self, who: Actor, command: Command, **known: Any) -> None:
        """Decide under the lock, and record what was decided."""

        def facts(tx: Transaction) -> Facts:
            return Facts(at=tx.at, actor=who, members=MEMBERS, **known)

        if self.release is None:
            with self._app.store.write() as tx:
                seen = facts(tx)
                decision = decide(WORKFLOW, tx.release(self.version), command, seen)
                tx.record(events_of(decision, command, seen, self.version))
                self.release = tx.release(self.version)
            return
        settled = settle_command(self._app, Seen(PROJECT, WORKFLOW, self.release), command, facts)
        assert not isinstance(settled, Conflict)  # noqa: S101 - nobody else is here
        self.release = settled[1]


def opened(folder: Path) -> Walker:
    """A store in the folder's file."""
    nobody: Any = None  # GitLab was asked before, and nobody listens
    app = App(kept_in(SqliteHome(folder / "releases.db")), nobody, SystemClock(), nobody, None)
    world = World()

    def ready(walk: Walk) -> Callable[[], None]:
        life = StoredLife(walk.number, world, app)
        return lambda: steps(life)

    return ready


def kept_in(home: Home) -> SqlStore:
    """A store in that new database, with the policy in force."""
    upgrade(home)
    store = SqlStore(home, PROJECT.log, SystemClock(), TOOL)
    with store.write() as tx:
        adopt(tx)
    return store
