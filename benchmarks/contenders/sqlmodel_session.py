"""SQLModel's session over relflow's own tables, `transitions` for the states: what one would write by hand.

Nothing is hashed, folded or judged by a gate; the records' texts are given.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, create_engine, select
from transitions import Machine

from benchmarks.contenders.walk import PRAGMAS, STATES, WAYS, Move, Walk, Walker, changed
from benchmarks.keeping import PROJECT_KEY
from benchmarks.life import PROJECT
from relflow.store.rows import project_row
from relflow.store.schema import upgrade
from relflow.store.sqlite import SqliteHome
from relflow.store.tables import ApprovalRow, AuditRow, ProjectRow, ReleaseRow


class Flow:
    """What the machine moves; it cannot move a row of SQLModel."""

    state: str


def opened(folder: Path) -> Walker:
    """Relflow's schema, an engine that sets its connections as relflow does, and one machine for all."""
    file = folder / "releases.db"
    upgrade(SqliteHome(file))
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _set)
    with Session(engine) as session:
        session.add(ProjectRow(id=1, **project_row(PROJECT)))
        session.commit()
    ways = [{"trigger": trigger, "source": source, "dest": target} for trigger, (source, target) in WAYS.items()]
    machine: Any = Machine(model=None, states=list(STATES), transitions=ways, initial=STATES[0], auto_transitions=False)

    def move(one: Move, row: dict[str, Any], words: list[dict[str, Any]]) -> None:
        with Session(engine) as session:
            if one.before is None:
                session.add(ReleaseRow(**{**PROJECT_KEY, **row, "state": STATES[0]}))
            else:
                asked = select(ReleaseRow).where(ReleaseRow.project_id == 1, ReleaseRow.version == one.after.version)
                release = session.exec(asked).one()
                release.state = _moved(machine, release.state, one.trigger)
                for name, value in row.items():
                    setattr(release, name, value)
            session.add_all(AuditRow(**each) for each in one.audit)
            session.flush()
            session.add_all(ApprovalRow(**{**PROJECT_KEY, **word}) for word in words)
            session.commit()

    def ready(walk: Walk) -> Callable[[], None]:
        moves = [(each, changed(each), each.approvals) for each in walk.moves]

        def make() -> None:
            for each in moves:
                move(*each)

        return make

    return ready


def _set(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode = WAL", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")


def _moved(machine: Any, state: str, trigger: str) -> str:
    flow = Flow()
    machine.add_model(flow, initial=state)
    getattr(flow, trigger)()
    machine.remove_model(flow)
    return flow.state
