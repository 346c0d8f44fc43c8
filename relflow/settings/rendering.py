"""A workflow as the text of a settings file, with little left to defaults: `parse` gives the same workflow back."""

import tomlkit
from tomlkit.items import AoT, InlineTable, Table

from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow

#: What stands under `[requirements]` only where the policy asks for it.
_ASKED = ("coverage_at_least", "tests_at_least", "no_failed_tests", "ref_protected")


def rendered(workflow: Workflow) -> str:
    """The policy in TOML, the same text for the same policy."""
    document = tomlkit.document()
    if workflow.rollback_obeys_time:
        document["rollback_obeys_time"] = True
    document["gitlab"] = {"project": workflow.project}
    if (requirements := _requirements(workflow)) is not None:
        document["requirements"] = requirements
    document["environments"] = AoT([_table(each) for each in workflow.environments])
    return tomlkit.dumps(document)


def _requirements(workflow: Workflow) -> Table | None:
    table = tomlkit.table()
    if workflow.required_jobs is not None:
        table["jobs"] = list(workflow.required_jobs)
    for key in _ASKED:
        value = getattr(workflow, key)
        if value is not None and value is not False:  # 0 is a number that was asked for
            table[key] = value
    if workflow.checklist:
        table["checklist"] = AoT([_point(each) for each in workflow.checklist])
    return table if table else None


def _point(point: Point) -> Table:
    table = tomlkit.table()
    table["point"], table["text"], table["by"] = point.name, point.text, _approvers(point.by)
    return table


def _approvers(approvers: Approvers) -> InlineTable:
    table = tomlkit.inline_table()
    if approvers.access is not None:
        table["access"] = approvers.access
    table["users"] = list(approvers.users)
    return table


def _table(environment: Environment) -> Table:
    table = tomlkit.table()
    for key in ("name", "gitlab_environment", "job", "approvals"):
        table[key] = getattr(environment, key)
    table["approvers"] = _approvers(environment.approvers)
    table["four_eyes"] = list(environment.four_eyes)
    if environment.soak:
        table["soak"] = environment.soak
    if environment.window:
        table["window"] = list(environment.window)
    if environment.timezone:
        table["timezone"] = environment.timezone
    if environment.waivable:
        table["waivable"] = [_waivable(each) for each in environment.waivable]
    if environment.break_glass:
        table["break_glass"] = True
    return table


def _waivable(waivable: Waivable) -> InlineTable:
    table = tomlkit.inline_table()
    table["gate"] = waivable.gate
    table.update(_approvers(waivable.by))
    return table
