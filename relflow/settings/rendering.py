"""A workflow as the text of a settings file, with nothing left to defaults: `parse` gives the same workflow back."""

import tomlkit
from tomlkit.items import AoT, Table

from relflow.core.workflow import Environment, Workflow


def rendered(workflow: Workflow) -> str:
    """The policy in TOML, the same text for the same policy."""
    document = tomlkit.document()
    document["gitlab"] = {"project": workflow.project}
    if workflow.required_jobs is not None:
        document["requirements"] = {"jobs": list(workflow.required_jobs)}
    document["environments"] = AoT([_table(each) for each in workflow.environments])
    return tomlkit.dumps(document)


def _table(environment: Environment) -> Table:
    table = tomlkit.table()
    for key in ("name", "gitlab_environment", "job", "approvals"):
        table[key] = getattr(environment, key)
    approvers = tomlkit.inline_table()
    approvers["access"] = environment.approvers.access
    approvers["users"] = list(environment.approvers.users)
    table["approvers"] = approvers
    table["four_eyes"] = list(environment.four_eyes)
    return table
