"""The policy that a settings file proposes: its TOML as a workflow, or every mistake in it at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from relflow.core.errors import SetupError
from relflow.core.policy_check.form import IS_FIRST, check_workflow
from relflow.core.policy_check.story import Counterexample
from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow
from relflow.settings.complaints import Complaint, complaint_of
from relflow.settings.lines import Path as TomlPath
from relflow.settings.lines import lines_of
from relflow.settings.rendering import rendered
from relflow.settings.roles import of_themselves, users_of, where_used
from relflow.settings.shapes import ApproversTable, EnvironmentTable, PointTable, SettingsFile, WaivableTable
from relflow.settings.source import NAME, parsed, read_text

__all__ = ["Examined", "adoptable", "examined", "load_policy", "parse", "rendered"]

MAX_SHOWN = 50
_NAMES = ("name", "job", "gitlab_environment")


def load_policy(file: Path) -> Workflow:
    """The workflow that the file proposes. Raises SetupError with every mistake in it."""
    return parse(read_text(file), file)


def parse(text: str, file: Path = Path(NAME)) -> Workflow:
    """The workflow of a settings text; `file` is what messages call it. Raises SetupError with every mistake in it."""
    values = parsed(text, file)
    workflow, complaints = _understood(values)
    if workflow is not None and not complaints:
        return workflow
    raise _mistaken(file, _located(complaints, text, file))


def _mistaken(file: Path, sentences: list[str]) -> SetupError:
    count = "a mistake" if len(sentences) == 1 else f"{len(sentences):,} mistakes"
    return SetupError(f"{file} has {count}", _shown(sentences), (f"correct {file.name}, then: relflow workflow check",))


@dataclass(frozen=True, slots=True)
class Examined:
    """What a check of a settings file found; each sentence is led by its place in the file."""

    #: What keeps it from being adopted.
    problems: tuple[str, ...]
    #: What exploring it found, problems and warnings; nothing where its form is wrong already.
    explored: tuple[Counterexample, ...] = ()


def examined(file: Path) -> Examined:
    """Every mistake in the file, and in what can happen under it. Raises SetupError where it cannot be read at all."""
    text = read_text(file)
    workflow, complaints = _understood(parsed(text, file))
    if workflow is None or complaints:
        return Examined(_shown(_located(complaints, text, file)))
    explored = _explored(workflow, text, file)
    return Examined(_shown(_errors(explored)), explored)


def adoptable(file: Path) -> Workflow:
    """The workflow that the file proposes, explored. Raises SetupError with every problem that `examined` tells."""
    text = read_text(file)
    workflow = parse(text, file)
    if errors := _errors(_explored(workflow, text, file)):
        raise _mistaken(file, errors)
    return workflow


def _explored(workflow: Workflow, text: str, file: Path) -> tuple[Counterexample, ...]:
    from relflow.core.policy_check.proving import prove  # only who checks or adopts a policy pays for it

    values, found = parsed(text, file), []
    for each in prove(workflow):
        what = each.finding.what
        placed = _located([Complaint(_meant(what, values), what)], text, file)[0]
        found.append(replace(each, finding=replace(each.finding, what=placed)))
    return tuple(found)


def _errors(explored: Iterable[Counterexample]) -> list[str]:
    return [each.finding.what for each in explored if each.finding.severity == "error"]


def _understood(values: dict[str, Any]) -> tuple[Workflow | None, list[Complaint]]:
    """The workflow as far as it can be told, and what is wrong with it."""
    settings: SettingsFile | None
    complaints: list[Complaint] = []
    try:
        settings = SettingsFile.model_validate(values)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_input=False)
        settings, complaints = _rest(values, errors), [complaint_of(each) for each in errors]
    if settings is None:
        return None, complaints
    workflow, roles = workflow_of(settings), values.get("roles", {})
    said = (*where_used(settings, roles if isinstance(roles, dict) else ()), *check_workflow(workflow))
    found = (Complaint(_meant(each, values), each) for each in said)
    kept = (each for each in found if not _is_first_without_others(each))
    return workflow, [*complaints, *of_themselves(settings), *kept]


def _is_first_without_others(complaint: Complaint) -> bool:
    """Whether it holds only because the environments before are left out for mistakes of their own."""
    return complaint.sentence.endswith(IS_FIRST) and complaint.path[1:2] != (0,)


def workflow_of(settings: SettingsFile) -> Workflow:
    """The workflow with every default made explicit."""
    last = len(settings.environments) - 1
    environments = (
        _environment(each, settings, is_last=place == last) for place, each in enumerate(settings.environments)
    )
    wanted = settings.requirements
    return Workflow(
        project=settings.gitlab.project,
        environments=tuple(environments),
        required_jobs=None if wanted.jobs is None else tuple(wanted.jobs),
        coverage_at_least=wanted.coverage_at_least,
        tests_at_least=wanted.tests_at_least,
        no_failed_tests=wanted.no_failed_tests,
        ref_protected=wanted.ref_protected,
        checklist=tuple(_point(each, settings) for each in wanted.checklist),
        rollback_obeys_time=settings.rollback_obeys_time,
    )


def _point(table: PointTable, settings: SettingsFile) -> Point:
    return Point(table.point, table.text, _approvers(table.by, settings) if table.by else Approvers())


def _approvers(table: ApproversTable, settings: SettingsFile) -> Approvers:
    return Approvers(table.access, users_of(table.users, table.roles, settings))


def _environment(table: EnvironmentTable, settings: SettingsFile, *, is_last: bool) -> Environment:
    approvers = Approvers("maintainer" if is_last else "developer")
    if table.approvers:
        approvers = _approvers(table.approvers, settings)
    return Environment(
        name=table.name,
        job=table.job,
        gitlab_environment=table.gitlab_environment or table.name,
        approvals=table.approvals,
        approvers=approvers,
        four_eyes=tuple(table.four_eyes),
        soak=table.soak,
        window=tuple(table.window or ()),
        timezone=table.timezone,
        waivable=tuple(_waivable(each, settings) for each in table.waivable),
        break_glass=table.break_glass,
    )


def _waivable(table: WaivableTable, settings: SettingsFile) -> Waivable:
    roles = (table.role,) if table.role is not None else ()
    return Waivable(table.gate, Approvers(table.access, users_of(table.users, roles, settings)))


def _rest(values: dict[str, Any], errors: list[ErrorDetails]) -> SettingsFile | None:
    """The settings without what is wrong in form, so that its mistakes are told together with those of form."""
    wrong = {each["loc"][:-1] if each["type"] == "missing" else each["loc"] for each in errors}
    rest = _without(values, wrong) | {"gitlab": {"project": "any/project"}}  # no rule looks at it
    if rest == values or not rest.get("environments"):
        return None
    try:
        return SettingsFile.model_validate(rest)
    except ValidationError as exc:
        return _rest(rest, exc.errors())


def _without(value: Any, wrong: set[TomlPath], path: TomlPath = ()) -> Any:
    """The value without what stands at those paths."""
    if isinstance(value, dict):
        kept = ((key, (*path, key)) for key in value)
        return {key: _without(value[key], wrong, below) for key, below in kept if below not in wrong}
    if isinstance(value, list):
        below = (((*path, place), item) for place, item in enumerate(value))
        return [_without(item, wrong, here) for here, item in below if here not in wrong]
    return value


def _meant(sentence: str, values: dict[str, Any]) -> TomlPath:
    """What a rule's sentence is about: a point of the checklist, else a key of the last environment that it names."""
    words = re.findall(r"[^\s:,']+", sentence)
    if words[0] == "jobs":
        return ("requirements", "jobs")
    if words[0] == "point":
        points = enumerate(values["requirements"]["checklist"])
        places = [at for at, table in points if isinstance(table, dict) and table.get("point") in words]
        return ("requirements", "checklist", *places[-1:], "point")
    tables = [(place, table) for place, table in enumerate(values["environments"]) if isinstance(table, dict)]
    named = [(place, key) for place, table in tables for key in _NAMES if table.get(key) in words]
    said = [(place, key) for place, key in named for key in values["environments"][place] if key in words]
    return ("environments", *(said or named)[-1]) if named else ()


def _located(complaints: Iterable[Complaint], text: str, file: Path) -> list[str]:
    """The sentences, each led by file and line, from the first line to the last."""
    lines = lines_of(text)
    placed = sorted(((_line(each.path, lines), each.sentence) for each in complaints), key=lambda each: each[0])
    return [f"{file.name}:{line}: {sentence}" if line else f"{file.name}: {sentence}" for line, sentence in placed]


def _line(path: TomlPath, lines: dict[TomlPath, int]) -> int:
    """The line of the path, or of what it stands in; 0 for the file as a whole."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def _shown(sentences: list[str]) -> tuple[str, ...]:
    more = len(sentences) - MAX_SHOWN
    return (*sentences[:MAX_SHOWN], *([f"and {more:,} more"] if more > 0 else []))
