"""Asking before acting: why, plan. They change nothing, and ask the gates that the commands ask."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli import completing
from relflow.cli.command import Answer, Call, register
from relflow.cli.words import EnvironmentName, Version
from relflow.core.text import escaped, version_identity

if TYPE_CHECKING:
    from relflow.core.facts import Live
    from relflow.core.verdict import GateResult, Verdict
    from relflow.service.explaining import Plan, Why
    from relflow.views import contract

SHA = 12
#: How many commits a plan shows; `--json` has them all.
SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    register(app, "why", "relflow why 2.4.0 deploy prod")(why)
    register(app, "plan", "relflow plan 2.4.0 prod")(plan)


def why(
    call: Call,
    version: Version,
    trigger: Annotated[
        str | None,
        typer.Argument(metavar="TRIGGER", help="Like deploy; default: all.", autocompletion=completing.triggers),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Argument(metavar="ENV", help="Default: the next on its way.", autocompletion=completing.environments),
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="USER", help="As if this member asked.")] = None,
) -> Answer:
    """Say what stands in the way: every unmet gate, who can clear it, and how."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.explaining import why

    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        found = why(app, version_identity(version), trigger, environment, actor)
    return verdicts_of(found, single=trigger is not None)


def plan(call: Call, version: Version, environment: EnvironmentName) -> Answer:
    """Say what a deployment would start and change, and whether it may; exit 1 where it may not."""
    from relflow.bootstrap import wired
    from relflow.cli.progress import listening
    from relflow.service.explaining import plan

    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        return plan_of(plan(app, version_identity(version), environment))


def verdicts_of(found: "Why", *, single: bool) -> Answer:
    """The answer of `why`: a verdict for the one trigger that was asked about, else a list of them."""
    from relflow.views.shapes import verdict_shape

    shapes = [verdict_shape(each) for each in found.verdicts]
    pages = ("\n".join(_page(each, found.version, found.person)) for each in found.verdicts)
    return Answer(shapes[0] if single else shapes, "\n\n".join(pages))


def plan_of(found: "Plan") -> Answer:
    """The answer of `plan`."""
    environment = found.verdict.environment or ""
    text = "\n".join([*_page(found.verdict, found.release.version, found.person), *_plan_lines(found, environment)])
    return Answer(_plan_shape(found, environment), text, exit_code=1 if found.verdict.allowed is False else 0)


def _page(verdict: "Verdict", version: str, person: str) -> list[str]:
    from relflow.cli.failing import reason, reasons, steps

    what = _words(verdict, version)
    unmet = tuple(gate for gate in verdict.gates if gate.holds is False)
    unknown = tuple(gate for gate in verdict.gates if gate.holds is None)
    waived = _found(gate for gate in verdict.gates if gate.waived_by)
    if unmet:
        return [f"{person} cannot {what}", *reasons(tuple(map(reason, unmet)), steps(unmet)), *waived]
    if unknown:
        return [f"{person} may {what}, if these hold", *reasons(tuple(map(reason, unknown)), ()), *waived]
    return [f"{person} can {what} now", *_found(verdict.gates)]


def _found(gates: Iterable["GateResult"]) -> list[str]:
    return [f"  {gate.gate}: {escaped(gate.evidence)}" for gate in gates if gate.evidence]


def _words(verdict: "Verdict", version: str) -> str:
    if verdict.trigger == "rollback":
        return f"roll {verdict.environment} back to {version}"
    if verdict.trigger == "break-glass":
        return f"deploy {version} to {verdict.environment} past its approvals"
    joined = "to" if verdict.trigger == "deploy" else "for"
    return f"{verdict.trigger} {version}" + (f" {joined} {verdict.environment}" if verdict.environment else "")


def _plan_lines(found: "Plan", environment: str) -> list[str]:
    lines = [f"it would start  {_job(found)}"]
    if found.live is None:
        lines.append(f"it replaces     nothing: {environment} is empty")
    else:
        lines.append(f"it replaces     {found.live.label}, {_bound(found.live)}")
        lines += _change_lines(found)
    none = "; ".join(found.back.passed_over) or "nothing else ran there"
    lines.append(f"the way back    {found.back.version or f'none: {none}'}")
    return ["", *map(escaped, lines)]


def _bound(live: "Live") -> str:
    if live.kind == "foreign":
        return f"a foreign run by {live.by.partition(':')[2]}, {live.commit[:SHA]}"
    return f"revision {live.revision}, {live.commit[:SHA]}"


def _job(found: "Plan") -> str:
    from relflow.core.gates.pipeline import how as ended

    if found.job is None:
        return "no job that can be told"
    how = "by playing it" if found.job.status == "manual" else f"by a retry: it {ended(found.job.status)}"
    return f"{found.job.name}, job {found.job.id}, {how}"


def _change_lines(found: "Plan") -> list[str]:
    if found.changes is None:
        return ["it brings       nobody can tell what: GitLab has one of the two commits no more"]
    commits = found.changes.commits
    lines = [f"it brings       {len(commits)} {'commit' if len(commits) == 1 else 'commits'}"]
    lines += [f"  {each.commit[:SHA]}  {each.title} ({each.author})" for each in commits[-SHOWN:]]
    if len(commits) > SHOWN:
        lines.append(f"  and {len(commits) - SHOWN} before them")
    return [*lines, f"  {found.changes.url}"] if found.changes.url else lines


def _plan_shape(found: "Plan", environment: str) -> "contract.Plan":
    from relflow.views.shapes import live_shape, release_shape, verdict_shape

    job, pipeline = found.job, found.release.pipeline
    return {
        "verdict": verdict_shape(found.verdict),
        "release": release_shape(found.release, found.project),
        "play": {
            "job": {"id": job.id, "name": job.name, "url": job.url} if job else None,
            "environment": environment,
            "pipeline": {"id": pipeline.id, "url": pipeline.url} if pipeline else None,
        },
        "replaces": live_shape(found.live) if found.live else None,
        "changes": _changes_shape(found),
        "rollback_to": found.back.version,
    }


def _changes_shape(found: "Plan") -> "contract.Changes | None":
    changes, commits = found.changes, found.changes.commits if found.changes else ()
    if found.live and changes is None:
        return None
    return {
        "from": found.live.commit if found.live else None,
        "to": found.release.commit,
        "commits": [{"id": each.commit, "title": each.title, "author": each.author} for each in commits],
        "authors": list(dict.fromkeys(each.author for each in commits)),
        "url": changes.url if changes else None,
    }
