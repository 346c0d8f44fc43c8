"""Mistakes in the form of a policy, found without exploring it: all of them at once, each in one sentence."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from relflow.core.durations import duration
from relflow.core.gates.table import GATES
from relflow.core.people import LEVELS, Level
from relflow.core.text import both, nearest
from relflow.core.waiving import WAIVABLE
from relflow.core.windows import window, zone
from relflow.core.workflow import ENVIRONMENT_NAME, Approvers, Environment, Point, Workflow

MAX_ENVIRONMENTS = 20
MAX_POINTS = 50
ALL_PERCENT = 100
#: What is said of a soak that nothing can count for.
IS_FIRST = "counts the time in the environment before it, and it is the first"
FOUR_EYES = ("creator", "author", "deployer")
#: The access levels that an approver may be asked for; a lower one would let anybody approve.
APPROVING = tuple(word for word, level in LEVELS.items() if level >= Level.REPORTER)


def check_workflow(workflow: Workflow) -> tuple[str, ...]:
    """Every problem of the policy's form; where there is none, `prove` explores what can happen under it."""
    return (*_environments(workflow), *_requirements(workflow))


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
