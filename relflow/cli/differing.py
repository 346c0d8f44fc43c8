"""Two policies as a difference of their text."""

from difflib import unified_diff

from relflow.core.workflow import Workflow


def difference(in_force: Workflow | None, proposed: Workflow) -> str:
    """The unified difference, empty where the two are the same policy."""
    from relflow.settings.policy import rendered

    before = rendered(in_force).splitlines() if in_force else []
    lines = unified_diff(before, rendered(proposed).splitlines(), "in force", "relflow.toml", lineterm="")
    return "\n".join(lines)
