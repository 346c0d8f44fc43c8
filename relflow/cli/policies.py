"""The policy: adopt what the settings file proposes, show what is in force, compare the two."""

import sys
from typing import TYPE_CHECKING

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Yes
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.views import contract


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    policy = typer.Typer(help="The policy in force, and the one that relflow.toml proposes.", no_args_is_help=True)
    app.add_typer(policy, name="policy")
    register(policy, "adopt", "relflow policy adopt --yes")(adopt)
    register(policy, "show", "relflow policy show")(show)
    register(policy, "diff", "relflow policy diff")(diff)


def adopt(call: Call, yes: Yes = False) -> Answer:
    """Put the policy of relflow.toml in force (Maintainer)."""
    from relflow.bootstrap import adoption
    from relflow.cli.asking import confirmed
    from relflow.cli.differing import difference
    from relflow.cli.failing import refusal
    from relflow.cli.progress import listening
    from relflow.cli.results import event_shape
    from relflow.service.app import No
    from relflow.service.policies import adopt

    with listening(call) as listener:
        proposal = adoption(call.config, call.project, listener)
        if not yes:
            if call.is_terminal:
                print(difference(proposal.in_force, proposal.workflow), file=sys.stderr)
            confirmed(call, f"Adopt this policy for {proposal.remote.path}?", "relflow policy adopt --yes")
        result = adopt(proposal.app, proposal.remote, proposal.log, proposal.workflow)
    if isinstance(result, No):
        return Answer(None, "", refusal(result.what, result.refusals))
    path, digest = result.project.path, result.project.digest or ""
    shape: contract.PolicyAdopt = {
        "project": path,
        "digest": digest,
        "events": [event_shape(each) for each in result.recorded],
        "effects": list(result.effects),
    }
    lines = [f"the policy of {path} is in force: {digest[:12]}", *result.effects]
    return Answer(shape, "\n".join(lines))


def show(call: Call) -> Answer:
    """Show the policy in force."""
    from relflow.bootstrap import view
    from relflow.core.workflow import policy
    from relflow.settings.policy import rendered

    with view(call.config, call.project) as project:
        shape: contract.PolicyShow = {
            "project": project.project.path,
            "digest": project.project.digest or "",
            "policy": policy(project.workflow),
        }
        return Answer(shape, rendered(project.workflow).rstrip())


def diff(call: Call) -> Answer:
    """Show how relflow.toml differs from the policy in force, and for which releases. Exit 1 where it differs."""
    from relflow.bootstrap import proposed, view
    from relflow.cli.differing import difference
    from relflow.service.policies import effects_on

    workflow = proposed(call.config)
    with view(call.config, call.project) as project:
        text, changed = difference(project.workflow, workflow), effects_on(project.book, project.workflow, workflow)
        shape: contract.PolicyDiff = {
            "project": project.project.path,
            "differs": project.workflow != workflow,
            "diff": text,
            "effects": list(changed),
        }
    told = "\n".join([text, *(["", *map(escaped, changed)] if changed else [])])
    return Answer(shape, told or "relflow.toml is the policy in force", exit_code=1 if shape["differs"] else 0)
