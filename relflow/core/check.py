"""Structural mistakes of a policy, found before it can hurt: all of them at once, each in one sentence."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from relflow.core.durations import duration
from relflow.core.gates import GATES
from relflow.core.machine import GUARDS
from relflow.core.people import Level
from relflow.core.text import both, nearest
from relflow.core.waiving import WAIVABLE
from relflow.core.windows import window, zone
from relflow.core.workflow import (
    DRAFT,
    ENVIRONMENT_NAME,
    HELD,
    Approvers,
    Environment,
    Point,
    Rule,
    Workflow,
    deployed,
    rules,
    states,
)

MAX_ENVIRONMENTS = 20
MAX_POINTS = 50
ALL_PERCENT = 100
#: What is said of a soak that nothing can count for.
IS_FIRST = "counts the time in the environment before it, and it is the first"
FOUR_EYES = ("creator", "author", "deployer")
#: The access levels that an approver may be asked for; a lower one would let anybody approve.
APPROVING = tuple(level.label.lower() for level in Level if level >= Level.REPORTER)


def check_workflow(workflow: Workflow) -> tuple[str, ...]:
    """Every problem of the policy; none means that it can be adopted."""
    problems = (*_environments(workflow), *_requirements(workflow))
    if problems:
        return problems
    return check_table(states(workflow), rules(workflow), deployed(workflow.names[-1]))


def _environments(workflow: Workflow) -> Iterator[str]:
    if not workflow.environments:
        yield "there is no environment: a release needs one to go to"
    if len(workflow.environments) > MAX_ENVIRONMENTS:
        yield f"there are {len(workflow.environments)} environments, at most {MAX_ENVIRONMENTS} are handled"
    yield from _doubles("environment", workflow.names)
    yield from _doubles("deploy job", workflow.deploy_jobs)
    yield from _doubles("GitLab environment", (each.gitlab_environment for each in workflow.environments))
    for place, environment in enumerate(workflow.environments):
        yield from _environment(environment)
        yield from _times(environment, is_first=place == 0)


def _doubles(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name} is used {count} times: each environment needs its own"


def _environment(environment: Environment) -> Iterator[str]:
    name = environment.name
    if not ENVIRONMENT_NAME.fullmatch(name):
        yield f"environment {name!r}: a name is lower-case letters, digits and -, beginning with a letter"
    if not environment.job:
        yield f"environment {name}: without a deploy job nothing can be played"
    if environment.approvals < 1:
        yield f"environment {name}: approvals is {environment.approvals}, and a way to it without approval is none"
    yield from _people(f"environment {name}: approvers", environment.approvers)
    for rule in environment.four_eyes:
        if rule not in FOUR_EYES:
            yield f"environment {name}: four_eyes knows {both(FOUR_EYES)}, not {rule}"
    yield from _waivable(environment)


def _waivable(environment: Environment) -> Iterator[str]:
    said, can_be = f"environment {environment.name}: waivable", tuple(sorted(WAIVABLE))
    for gate, count in Counter(each.gate for each in environment.waivable).items():
        if gate not in GATES:
            yield f"{said} knows no gate {gate}: {'; '.join(nearest(gate, can_be))}"
        elif gate not in WAIVABLE:
            yield f"{said} has {gate}, which is nobody's to waive: {both(can_be)} can be"
        elif count > 1:
            yield f"{said} has {gate} {count} times"
    for each in environment.waivable:
        if each.by.access not in (None, *APPROVING):
            yield f"{said} needs one of {', '.join(APPROVING)}, not {each.by.access}"


def _people(whose: str, people: Approvers) -> Iterator[str]:
    if people.access not in (None, *APPROVING):
        yield f"{whose} need one of {', '.join(APPROVING)}, not {people.access}"
    for user, count in Counter(people.users).items():
        if count > 1:
            yield f"{whose} have {user} {count} times"


def _times(environment: Environment, *, is_first: bool) -> Iterator[str]:
    name, where = environment.name, environment.timezone
    if environment.soak is not None:
        if is_first:
            yield f"environment {name}: soak {IS_FIRST}"
        yield from _problems(f"environment {name}: soak", duration, (environment.soak,))
    yield from _problems(f"environment {name}: window", window, environment.window)
    if environment.window and where is None:
        yield f'environment {name}: window needs its time zone: timezone = "Europe/Berlin", say'
    if where is not None and zone(where) is None:
        yield f"environment {name}: timezone {where!r} is none that this machine knows{_near_zone(where)}"


def _problems(what: str, read: Callable[[str], object], texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        try:
            read(text)
        except ValueError as exc:
            yield f"{what} {text!r}: {exc}"


def _near_zone(name: str) -> str:
    from zoneinfo import available_timezones  # only a mistake pays for it: it walks through a folder

    near = nearest(name, tuple(sorted(available_timezones())))
    return f"; {near[0]}" if near and near[0].startswith("did you mean") else ""


def _requirements(workflow: Workflow) -> Iterator[str]:
    for job in workflow.required_jobs or ():
        if job in workflow.deploy_jobs:
            yield f"job {job} is required before it can be played: it is a deploy job"
    if workflow.coverage_at_least is not None and not 0 <= workflow.coverage_at_least <= ALL_PERCENT:
        yield f"coverage_at_least is {workflow.coverage_at_least}: it is a percentage, from 0 to {ALL_PERCENT}"
    if workflow.tests_at_least is not None and workflow.tests_at_least < 1:
        yield f"tests_at_least is {workflow.tests_at_least}: fewer than one test is no requirement"
    if len(workflow.checklist) > MAX_POINTS:
        yield f"the checklist has {len(workflow.checklist)} points, at most {MAX_POINTS} are handled"
    for name, count in Counter(each.name for each in workflow.checklist).items():
        if count > 1:
            yield f"point {name} stands {count} times in the checklist: each needs a name of its own"
    for point in workflow.checklist:
        yield from _point(point)


def _point(point: Point) -> Iterator[str]:
    if not ENVIRONMENT_NAME.fullmatch(point.name):
        yield f"point {point.name!r}: a name is lower-case letters, digits and -, beginning with a letter"
    if not point.text.strip():
        yield f"point {point.name}: without a text nobody knows what is ticked"
    yield from _people(f"point {point.name}: those who tick it", point.by)


def check_table(known: tuple[str, ...], table: tuple[Rule, ...], goal: str) -> tuple[str, ...]:
    """Problems of a transition table: unknown names, two ways at once, states without a way in or on, ways around one.

    The way to the goal must lead through every state but `held`; who breaks the glass goes around approvals.
    """
    begin = (DRAFT, None)
    normal = tuple(rule for rule in table if rule.guard != "glass_broken")
    reached = _reached(table, begin)
    return (
        *(f"unknown state {state}" for state in sorted(_mentioned(table) - set(known))),
        *(f"unknown gate {gate}" for gate in sorted({gate for rule in table for gate in rule.gates} - set(GATES))),
        *(f"unknown guard {guard}" for guard in sorted(_guards(table) - set(GUARDS))),
        *_two_ways(table),
        *(f"state {state} is never reached" for state in known if state not in reached),
        *(f"no way leads from {state} to {goal}" for state in known if goal not in _reached(table, _place(state))),
        *(
            f"a way to {goal} misses {state}"
            for state in known
            if state not in {DRAFT, HELD, goal} and goal in _reached(normal, begin, around=state)
        ),
    )


def _mentioned(table: tuple[Rule, ...]) -> set[str]:
    return {state for rule in table for state in (rule.source, rule.target)}


def _guards(table: tuple[Rule, ...]) -> set[str]:
    return {rule.guard.partition(" ")[0] for rule in table if rule.guard}


def _two_ways(table: tuple[Rule, ...]) -> Iterator[str]:
    """Rows that may apply to one case: guards that differ exclude each other, and a row without one excludes none."""
    rows: dict[tuple[str, str | None, str], list[str | None]] = {}
    for rule in table:
        rows.setdefault((rule.trigger, rule.environment, rule.source), []).append(rule.guard)
    for (trigger, environment, source), guards in rows.items():
        if len(guards) > 1 and (None in guards or len(set(guards)) < len(guards)):
            yield f"{' '.join(filter(None, (trigger, environment)))} leads {len(guards)} ways from {source}"


#: A state, and for `held` the one that the release was held in: `resume` leads back there and nowhere else.
_Place = tuple[str, str | None]


def _place(state: str) -> _Place:
    return (state, DRAFT if state == HELD else None)


def _reached(table: tuple[Rule, ...], begin: _Place, around: str | None = None) -> set[str]:
    """The states that can be reached without setting foot in `around`."""
    rows: dict[str, list[Rule]] = {}
    for rule in table:
        rows.setdefault(rule.source, []).append(rule)
    seen, todo = {begin}, [begin]
    while todo:
        state, held_in = todo.pop()
        for rule in rows.get(state, ()):
            asks, _, where = (rule.guard or "").partition(" ")
            if rule.target == around or (asks == "held_in" and where != held_in):
                continue
            after: _Place = (rule.target, (held_in or state) if rule.target == HELD else None)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return {state for state, _ in seen}
