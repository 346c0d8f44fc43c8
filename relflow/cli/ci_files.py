"""The project's CI files: written from the settings, and checked against them."""

import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Yes
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.adapters.ci.drafting import Drafts
    from relflow.views import contract

CiFile = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="The CI file; default: .gitlab-ci.yml of this work tree.")
]
Ref = Annotated[
    str | None, typer.Option("--ref", metavar="REF", help="Ask GitLab for what it makes of this branch or tag.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The project's CI files, and what relflow needs of them.", no_args_is_help=True)
    app.add_typer(group, name="ci")
    register(group, "init", "relflow ci init")(init)
    register(group, "lint", "relflow ci lint")(lint)


def init(call: Call, file: CiFile = None, yes: Yes = False) -> Answer:
    """Write the deploy jobs that relflow.toml names, and let the CI file include them; shows what it changes."""
    from relflow.bootstrap import ci_drafts, save_ci
    from relflow.cli.asking import confirmed
    from relflow.cli.findings import finding_lines, finding_shape

    drafts = ci_drafts(call.config, file)
    names, diff = [each.name for each in drafts.files], "\n".join(each.diff for each in drafts.files)
    if names and not yes:
        if call.is_terminal:
            print("\n".join(map(escaped, diff.splitlines())), finding_lines(drafts.left), sep="\n", file=sys.stderr)
        confirmed(call, f"Write {escaped(' and '.join(names))}?", _same_as(call, file))
    save_ci(drafts)
    shape: contract.CiInit = {
        "files": names,
        "diff": diff,
        "new_jobs": list(drafts.new_jobs),
        "findings": list(map(finding_shape, drafts.left)),
    }
    return Answer(shape, _written(drafts))


def _same_as(call: Call, file: Path | None) -> str:
    words = ["relflow", "ci", "init", *([str(file)] if file else [])]
    return shlex.join([*words, *(["--config", str(call.config)] if call.config else []), "--yes"])


def _written(drafts: "Drafts") -> str:
    lines = [f"{'changed' if each.before is not None else 'wrote'} {each.name}" for each in drafts.files]
    if not lines:
        lines.append("nothing is to be done: every job that relflow.toml names is there")
    if drafts.new_jobs:
        lines.append(f"  next:  fill in the scripts of {', '.join(drafts.new_jobs)}; commit, and push")
    if drafts.left:
        lines.append(f"  left:  {_left(drafts)}     relflow ci lint")
    return "\n".join(map(escaped, lines))


def _left(drafts: "Drafts") -> str:
    from relflow.cli.findings import counted

    counts = Counter(each.severity for each in drafts.left)
    return ", ".join(counted(number, severity) for severity, number in counts.items())


def lint(call: Call, file: CiFile = None, ref: Ref = None) -> Answer:
    """Check the CI configuration against relflow.toml, here or in GitLab; exit 1 where there are errors."""
    from relflow.bootstrap import ci_here, ci_of_ref
    from relflow.cli.failing import Failure
    from relflow.cli.findings import counted, finding_lines, finding_shape
    from relflow.core.errors import UsageError

    if file and ref:
        raise UsageError("FILE and --ref are two configurations", ("GitLab reads the file that it is set to",))
    workflow, reading = ci_of_ref(call.config, call.project, ref) if ref else ci_here(call.config, file)
    findings = reading.judged(workflow)
    errors = sum(each.severity == "error" for each in findings)
    shape: contract.CiLint = {
        "source": reading.source,
        "ok": not errors,
        "findings": list(map(finding_shape, findings)),
    }
    text = finding_lines(findings) or escaped(f"{reading.source}: nothing found")
    if not errors:
        return Answer(shape, text)
    return Answer(shape, text, Failure("refused", f"{reading.source} has {counted(errors, 'error')}"))
