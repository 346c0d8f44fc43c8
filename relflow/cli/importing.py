"""`import`: an existing project begins with what GitLab tells of its past."""

import sys
from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Since, Yes, limited

if TYPE_CHECKING:
    from relflow.service.app import No
    from relflow.service.importing import Imported
    from relflow.views import contract

#: As many deployments of an environment as most projects have in years; ten requests.
MOST = 1_000
#: How many of a long list are shown, and of what is left out.
SHOWN, TOLD = 10, 3


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "import", "relflow import --dry-run")(import_)


def import_(
    call: Call,
    since: Since = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="Read at most so many deployments of each environment.")
    ] = MOST,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be recorded.")] = False,
    yes: Yes = False,
) -> Answer:
    """Begin with the past: what ran before relflow, by GitLab's tags and deployments (Maintainer)."""
    from relflow.bootstrap import wired
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening
    from relflow.cli.times import moment
    from relflow.service.importing import foresee, import_past, read_past

    begin, most, again = moment("since", since), limited(limit), _again(since, limit)
    if not (dry_run or yes or call.is_terminal):
        confirmed(call, "Import the past?", again)  # nobody can be asked: GitLab need not be, either
    with listening(call) as listener:
        app = wired(call.config, call.project, listener)
        told = read_past(app, begin, most)
        foreseen = _answer(foresee(app, told))
        if dry_run:
            return foreseen
        if not yes and foreseen.failure is None and foreseen.shape["releases"] + foreseen.shape["noted"]:
            print(foreseen.text, file=sys.stderr)
            confirmed(call, f"Record this for {told.project.path}? It cannot be undone.", again)
        return _answer(import_past(app, told))


def _again(since: str | None, limit: int) -> str:
    kept = [*(("--since", quote(since)) if since else ()), *(("--limit", str(limit)) if limit != MOST else ())]
    return " ".join(["relflow import", *kept, "--yes"])


def _answer(result: "Imported | No") -> Answer:
    from relflow.cli.failing import refusal
    from relflow.service.app import No

    if isinstance(result, No):
        return Answer(None, "", refusal(result.what, result.refusals))
    shape = _shape(result)
    return Answer(shape, "\n".join(_lines(shape)))


def _shape(result: "Imported") -> "contract.Import":
    from relflow.cli.results import event_shape
    from relflow.core.codec import timestamp
    from relflow.views.shapes import deployment_shape, drift_shape, release_shape

    path, past = result.told.project.path, result.told.past
    found = [(release.version, each) for release in result.releases for each in release.deployments]
    return {
        "project": path,
        "releases": [release_shape(each, path) for each in reversed(result.releases)],
        "deployments": [deployment_shape(*each) for each in sorted(found, key=lambda pair: pair[1].id)],
        "noted": [drift_shape(each) for each in result.noted],
        "left_alone": list(result.left_alone),
        "left_out": [
            {
                "environment": each.environment,
                "commit": each.shown.commit,
                "ref": each.shown.ref,
                "ended_at": timestamp(each.ended_at),
            }
            for each in past.unnamed
        ],
        "cut": list(result.told.cut),
        "events": [event_shape(each) for each in result.recorded],
    }


def _lines(shape: "contract.Import") -> Iterator[str]:
    from relflow.cli.texts import SHA, local, name, visible

    shape = visible(shape)
    done = "imported" if shape["events"] else "would import"
    if shape["releases"]:
        yield f"{done} {_count(shape['releases'], 'release')} with {_count(shape['deployments'], 'deployment')}"
        yield _releases(shape)
    else:
        yield "nothing to import: GitLab tells of no version that was deployed before and is not here yet"
    for each in shape["noted"]:
        since = f"{each['environment']} runs commit {each['commit'][:SHA]} since {local(each['finished_at'])}"
        yield f"{since}, which is none of them: noted as a run of {name(each['by'])}"
    yield from _left(shape)


def _releases(shape: "contract.Import") -> str:
    from relflow.cli.table import table
    from relflow.cli.texts import SHA, local, name

    last = {each["version"]: each for each in shape["deployments"]}
    rows = [
        (
            each["version"],
            each["state"],
            each["commit"][:SHA],
            each["ref"],
            local(last[each["version"]]["settled_at"]),
            name(last[each["version"]]["requested_by"]),
        )
        for each in shape["releases"][:SHOWN]
    ]
    lines = table(("version", "state", "commit", "tag", "last deployed", "by"), rows)
    hidden = len(shape["releases"]) - SHOWN
    return f"{lines}\nand {hidden} older" if hidden > 0 else lines


def _left(shape: "contract.Import") -> Iterator[str]:
    from relflow.cli.texts import SHA, local
    from relflow.core.text import both

    if shape["left_alone"]:
        yield f"left alone, as relflow has them: {both(tuple(reversed(shape['left_alone'])), SHOWN)}"
    if found := shape["left_out"]:
        yield f"left out, as no version tag names what they brought: {_count(found, 'deployment')}"
        for each in found[:TOLD]:
            yield f"  {each['environment']}: {each['commit'][:SHA]} ({each['ref']}), {local(each['ended_at'])}"
        if len(found) > TOLD:
            yield f"  and {len(found) - TOLD} before"
    if shape["cut"]:
        yield f"only the last deployments of {both(tuple(shape['cut']))} were read: --limit N reads more of them"


def _count(found: "list[contract.Release] | list[contract.Deployment] | list[contract.LeftOut]", what: str) -> str:
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"
