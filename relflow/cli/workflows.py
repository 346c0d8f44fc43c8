"""The workflow as a picture, and the check of a policy before it is adopted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.views import contract

#: What a check that asks nobody cannot tell.
UNASKED = "who the members are (relflow policy adopt does)"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    workflow = typer.Typer(help="The states and what leads from one to the next.", no_args_is_help=True)
    app.add_typer(workflow, name="workflow")
    register(workflow, "show", "relflow workflow show --mermaid")(show)
    register(workflow, "check", "relflow workflow check relflow.toml")(check)


def show(
    call: Call,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid state diagram.")] = False,
) -> Answer:
    """Show the workflow in force, or the settings file's where none was adopted."""
    from relflow.bootstrap import workflow_at_hand
    from relflow.cli.table import table
    from relflow.core.machine import picture
    from relflow.core.workflow import rules, states

    workflow = workflow_at_hand(call.config, call.project)
    table_of, drawn = rules(workflow), picture(workflow)
    shape: contract.WorkflowShow = {
        "states": list(states(workflow)),
        "transitions": [
            {
                "trigger": rule.trigger,
                "environment": rule.environment,
                "from": rule.source,
                "to": rule.target,
                "gates": list(rule.gates),
            }
            for rule in table_of
        ],
        "mermaid": drawn,
    }
    if mermaid:
        return Answer(shape, drawn.rstrip())
    rows = [
        (" ".join(filter(None, (rule.trigger, rule.environment))), rule.source, rule.target, ", ".join(rule.gates))
        for rule in table_of
    ]
    return Answer(shape, table(("trigger", "from", "to", "gates"), rows))


def check(
    call: Call,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The settings file; default: the one in use.")
    ] = None,
) -> Answer:
    """Explore what can happen under a policy, and tell how it breaks; exit 1 where it does."""
    from relflow.bootstrap import policy_examined
    from relflow.cli.failing import Failure
    from relflow.cli.findings import counted
    from relflow.cli.stories import counterexample_lines, counterexample_shape

    path, found = policy_examined(file or call.config)
    shape: contract.WorkflowCheck = {
        "file": str(path),
        "ok": not found.problems,
        "problems": list(found.problems),
        "findings": list(map(counterexample_shape, found.explored)),
        "unasked": [UNASKED],
    }
    text = counterexample_lines(found.explored)
    if not found.problems:
        sound = escaped(f"{path}: no mistake found; not asked: {UNASKED}")
        return Answer(shape, "\n\n".join(filter(None, (text, sound))))
    # What a story tells is not said twice.
    why = () if found.explored else found.problems
    again = "relflow workflow check     once they are corrected"
    return Answer(
        shape, text, Failure("refused", f"{path} has {counted(len(found.problems), 'mistake')}", why, (again,))
    )
