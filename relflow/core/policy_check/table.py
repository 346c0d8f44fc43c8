"""Problems of a transition table, each with a shortest way to it: guards are let through, gates are not asked.

What people and time make of the table's gates is explored in `stages`.
"""

from collections.abc import Iterator

from relflow.core.finding import Finding
from relflow.core.gates.table import GATES
from relflow.core.machine import GUARDS
from relflow.core.policy_check.search import Reach, reach
from relflow.core.policy_check.story import Counterexample, Step
from relflow.core.text import either
from relflow.core.workflow import DRAFT, HELD, Rule

#: A state, and for `held` the one that the release was held in: `resume` leads back there and nowhere else.
_Place = tuple[str, str | None]
_BEGIN: _Place = (DRAFT, None)
_MENDED = "correct the table of transitions"


def check_table(known: tuple[str, ...], table: tuple[Rule, ...], goal: str) -> tuple[Counterexample, ...]:
    """Unknown names, two ways at once, states without a way in or on, ways to the goal around another state.

    The way to the goal must lead through every state but `held`; who breaks the glass goes around approvals.
    """
    ways = _walked(table, _BEGIN)
    return (*_unknown(known, table, ways), *_two_ways(table, ways), *_lost(known, table, goal, ways))


def _unknown(known: tuple[str, ...], table: tuple[Rule, ...], ways: Reach[_Place, Step]) -> Iterator[Counterexample]:
    told: set[str] = set()
    for rule in table:
        names = [("state", each) for each in (rule.source, rule.target) if each not in known]
        names += [("gate", each) for each in rule.gates if each not in GATES]
        names += [("guard", each) for each in (_asks(rule)[0],) if each and each not in GUARDS]
        for kind, name in names:
            if (what := f"unknown {kind} {name}") not in told:
                told.add(what)
                story = (*_story(ways, rule.source), _step(rule)) if rule.source in known else ()
                yield _found(f"{kind}-unknown", what, "whoever comes there is answered by a traceback", story)


def _two_ways(table: tuple[Rule, ...], ways: Reach[_Place, Step]) -> Iterator[Counterexample]:
    """Rows that may apply to one case: guards that differ exclude each other, and a row without one excludes none."""
    rows: dict[tuple[str, str], list[Rule]] = {}
    for rule in table:
        rows.setdefault((_line(rule), rule.source), []).append(rule)
    for (line, source), found in rows.items():
        guards = [rule.guard for rule in found]
        if len(guards) > 1 and (None in guards or len(set(guards)) < len(guards)):
            targets = either(tuple(dict.fromkeys(rule.target for rule in found)))
            story = (*_story(ways, source), Step(line, None, targets))
            what = f"{line} leads {len(found)} ways from {source}"
            yield _found("two-ways", what, "which of them is taken depends on the order of the rows", story)


def _lost(
    known: tuple[str, ...], table: tuple[Rule, ...], goal: str, ways: Reach[_Place, Step]
) -> Iterator[Counterexample]:
    reached = {state for state, _ in ways.came}
    yield from (
        _found("state-unreached", f"state {state} is never reached", "what waits for it waits for ever", ())
        for state in known
        if state not in reached
    )
    onward = _walked(table, *map(_place, known))
    leads = onward.leading_to(place for place in onward.came if place[0] == goal)
    for state in known:
        if _place(state) not in leads:
            what = f"no way leads from {state} to {goal}"
            yield _found("state-stuck", what, "a release that comes there stays there", _story(ways, state))
    normal = tuple(rule for rule in table if rule.guard != "glass_broken")
    for state in known:
        around = tuple(rule for rule in normal if rule.target != state)
        if state not in {DRAFT, HELD, goal} and (story := _story(_walked(around, _BEGIN), goal)):
            what = f"a way to {goal} misses {state}"
            yield _found("way-around", what, "a release comes to production without it", story)


def _found(name: str, what: str, consequence: str, story: tuple[Step, ...]) -> Counterexample:
    return Counterexample(Finding("error", name, what, consequence, _MENDED), story)


def _asks(rule: Rule) -> tuple[str, str]:
    """The name of the row's guard, and the state that it asks for; empty where there is none."""
    name, _, state = (rule.guard or "").partition(" ")
    return name, state


def _line(rule: Rule) -> str:
    return " ".join(filter(None, (rule.trigger, rule.environment)))


def _step(rule: Rule) -> Step:
    return Step(_line(rule), None, rule.target)


def _place(state: str) -> _Place:
    return (state, DRAFT if state == HELD else None)


def _walked(table: tuple[Rule, ...], *begin: _Place) -> Reach[_Place, Step]:
    """All places that the table leads to from there."""
    rows: dict[str, list[Rule]] = {}
    for rule in table:
        rows.setdefault(rule.source, []).append(rule)

    def moves(place: _Place) -> Iterator[tuple[Step, _Place]]:
        state, held_in = place
        for rule in rows.get(state, ()):
            asks, where = _asks(rule)
            if asks != "held_in" or where == held_in:
                yield _step(rule), (rule.target, (held_in or state) if rule.target == HELD else None)

    return reach(begin, moves)


def _story(ways: Reach[_Place, Step], state: str) -> tuple[Step, ...]:
    """The shortest way to the state from where a release begins; empty where none leads there."""
    place = next((place for place in ways.came if place[0] == state), None)
    return () if place is None else (Step("create", None, DRAFT), *ways.way(place))
