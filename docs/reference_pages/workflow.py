"""The page of the workflow: picture and table come from the machine and the table that decide."""

from docs.reference_pages.markdown import code, page, table
from relflow.core.machine import picture
from relflow.core.workflow import Approvers, Environment, Rule, Workflow, rules

DEFAULT = Workflow(
    "group/project",
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "prod", approvers=Approvers("maintainer")),
    ),
)


def drawing() -> str:
    """The default workflow as a Mermaid block."""
    return f"```mermaid\n{picture(DEFAULT)}```"


def workflow() -> str:
    """The default workflow as picture and table."""
    said = "Two environments, as without further configuration. What the gates ask is told in [their list](gates.md)."
    return page("The workflow", said, drawing(), table(("trigger", "from", "to", "gates"), map(_row, rules(DEFAULT))))


def _row(rule: Rule) -> tuple[str, ...]:
    trigger = " ".join(filter(None, (rule.trigger, rule.environment)))
    return code(trigger), rule.source, rule.target, ", ".join(map(code, rule.gates))
