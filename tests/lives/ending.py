"""How lives end: faults stop, jobs finish, the quiet period passes; one reconcile, and what it leaves is closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from relflow.core.people import Level
from relflow.core.starting import QUIET
from relflow.service.app import App, Done, Later
from relflow.service.reconciling import Reconciled, abandon, reconcile
from tests.lives.broken import Broken
from tests.lives.keeping import check_log
from tests.lives.machine import Machine
from tests.lives.schedule import WRONG_BY_S
from tests.lives.weather import STILL

if TYPE_CHECKING:
    from tests.lives.life import Life

#: Who closes the day: their machine is right, and their token may do all that a Developer may.
WHO = "dana"


def end(life: "Life") -> None:
    """From the last command of the day to rest. Raises Broken for I9, I10, and what is left of the others."""
    _calm(life)
    results = _at_once(life, life.chance.pick((1, 1, 1, 2, 8)), "reconcile", reconcile)
    _named(life, results)
    records = len(life.witness.log)
    _at_once(life, 1, "reconcile", reconcile)
    if len(life.witness.log) != records:
        raise Broken("I10", "a second reconcile found something to record")
    life.story.counts["left open"] += len(life.witness.open())
    for attempt in life.witness.open():
        _close(life, attempt.id)
    _at_once(life, 1, "reconcile", reconcile)  # runs that what was given up does not account for any more
    life.witness.at_rest()
    check_log(life.name, life.records(), len(life.witness.log), life.store)


def _calm(life: "Life") -> None:
    for person in life.site.world.people.values():
        person.token_problem, person.level = None, max(person.level, Level.DEVELOPER)
    life.site.finish_all()
    life.schedule.run()
    life.site.finish_all()  # what began to run by itself, or late
    # By the log's time, too, which the wrongest clock has dragged along.
    life.schedule.now += 2 * (QUIET.total_seconds() + WRONG_BY_S)
    life.story.tell("life", "faults stop, jobs are finished, the quiet period is over")


def _at_once(life: "Life", several: int, line: str, act: Callable[[App], object]) -> list[object]:
    results: list[object] = []

    def ask() -> None:
        machine = Machine(WHO, life.schedule, life.chance, life.story, STILL)
        results.append(life.ask(machine, (line, act)))

    for _ in range(several):
        life.schedule.begin(0, ask)
    life.schedule.run()
    return results


def _named(life: "Life", results: list[object]) -> None:
    """Whatever is open still is listed with the command that closes it, by each who looked."""
    for attempt in life.witness.open():
        for result in results:
            assert isinstance(result, Reconciled)
            steps = [step for done in result.results for step in _steps(done, attempt.id)]
            if not any(isinstance(step, str) and f"--abandon {attempt.id} " in step for step in steps):
                raise Broken("I9", f"deployment {attempt.id} stays open, and reconcile says: {steps}")


def _steps(done: Done, number: int) -> tuple[str | Later, ...]:
    is_it = done.deployment is not None and done.deployment.id == number
    return done.trouble.next_step if is_it and done.trouble else ()


def _close(life: "Life", number: int) -> None:
    line = f"reconcile --abandon {number}"
    [result] = _at_once(life, 1, line, lambda app: abandon(app, number, "the day is over"))
    if not isinstance(result, Done):
        raise Broken("I9", f"{line} does not close it: {result}")
