"""`init`: what is missing is asked on a terminal; then settings, database and policy are there."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Yes
from relflow.core.errors import RelflowError, UsageError
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.bootstrap import Beginning
    from relflow.service.app import No
    from relflow.service.policies import Adopted
    from relflow.settings.first import Answers, FirstEnvironment
    from relflow.views import contract

ENVIRONMENTS = "dev=deploy-dev prod=deploy-prod"
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="GitLab's address.")]
Places = Annotated[
    list[str] | None, typer.Option("--environment", metavar="NAME=JOB", help="An environment; once for each, in order.")
]
Approvals = Annotated[
    list[str] | None, typer.Option("--approvals", metavar="ENV=N", help="How many approve there; default: 1.")
]
Shared = Annotated[
    Path | None, typer.Option("--shared", metavar="DIR", help="Keep the database in this folder, for its group.")
]
Private = Annotated[bool, typer.Option("--private", help="Keep the database in your own data folder.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "init", "relflow init --environment dev=deploy-dev --approvals dev=2 --private")(init)


@dataclass(frozen=True, slots=True)
class Given:
    """What the options and the environment say, and whether anybody can be asked for the rest."""

    call: Call
    url: str | None
    project: str | None
    environments: tuple[str, ...]
    approvals: tuple[str, ...]
    shared: Path | None
    private: bool
    yes: bool

    @property
    def may_ask(self) -> bool:
        """Whether there is a terminal, and --yes did not forbid it."""
        return self.call.is_terminal and not self.yes


def init(
    call: Call,
    url: Url = None,
    environment: Places = None,
    approvals: Approvals = None,
    shared: Shared = None,
    private: Private = False,
    yes: Yes = False,
) -> Answer:
    """Write relflow.toml, create the database, adopt the policy (Maintainer)."""
    import os

    from relflow.bootstrap import beginning, settings_to_write, token_for
    from relflow.cli.asking import confirmed
    from relflow.cli.progress import listening

    if shared and private:
        raise UsageError("--shared and --private are two places for one database", (), ("give one of them",))
    file = settings_to_write(call.config)
    given = Given(
        call,
        url or os.environ.get("RELFLOW_GITLAB_URL") or None,
        call.project or os.environ.get("RELFLOW_PROJECT") or None,
        tuple(environment or ()),
        tuple(approvals or ()),
        shared,
        private,
        yes,
    )
    _must_be_whole(given)
    answers, folder = _answers(given, token_for)
    plan = beginning(answers, file, folder)
    if not yes:
        if call.is_terminal:
            print(f"\n{plan.text}", file=sys.stderr)
        question = f"Write this to {escaped(str(file))}, keep the database at {escaped(str(plan.database))}, and adopt?"
        confirmed(call, question, _same_as(answers, folder, call.config))
    with listening(call) as listener:
        return _begun(plan, listener)


def _must_be_whole(given: Given) -> None:
    missing = [
        (given.url, "--url URL"),
        (given.project, "--project GROUP/NAME"),
        (given.environments, "--environment NAME=JOB"),
        (given.shared or given.private, "--private, or --shared DIR"),
    ]
    steps = tuple(option for answer, option in missing if not answer)
    if steps and not given.may_ask:
        why = ("--yes asks nothing",) if given.yes else ("there is no terminal to ask on",)
        raise UsageError("some answers are missing", why, steps)


def _answers(given: Given, token_for: Callable[[str], str]) -> "tuple[Answers, Path | None]":
    from relflow.bootstrap import guessed
    from relflow.settings.address import url_problem
    from relflow.settings.first import Answers
    from relflow.settings.place import project_problem

    guess = guessed() if given.may_ask else (None, None)
    url = given.url or _asked("GitLab's address", guess[0], url_problem)
    if url_problem(url) is None:
        token_for(url)  # whoever has none shall not answer the rest in vain
    project = given.project or _asked("Project (group/name)", guess[1], project_problem)
    environments = _environments(given)
    return Answers(url, project, environments), _folder(given)


def _environments(given: Given) -> "tuple[FirstEnvironment, ...]":
    from relflow.settings.first import approvals_of, environment_of

    words = given.environments or tuple(
        _asked("Environments and their manual jobs, in order, as NAME=JOB", ENVIRONMENTS, _words_problem).split()
    )
    places = tuple(map(environment_of, words))
    counts = dict(approvals_of(each, tuple(place.name for place in places)) for each in given.approvals)
    for place in places:
        if place.name not in counts and given.may_ask:
            counts[place.name] = int(_asked(f"Approvals for {place.name}", "1", _count_problem))
    return tuple(replace(place, approvals=counts.get(place.name, 1)) for place in places)


def _folder(given: Given) -> Path | None:
    if given.shared or given.private:
        return given.shared
    where = "A folder that your team shares on this machine, for the database; empty: only you use it"
    said = _asked(where, "", lambda _: None)
    return Path(said) if said else None


def _words_problem(text: str) -> str | None:
    from relflow.settings.first import environment_of

    try:
        return None if list(map(environment_of, text.split())) else "at least one"
    except UsageError as exc:
        return exc.what.removeprefix("--environment ")


def _count_problem(text: str) -> str | None:
    return None if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 100 else "a number from 1 to 100"  # noqa: PLR2004


def _asked(question: str, default: str | None, problem_of: Callable[[str], str | None]) -> str:
    """Ask until the answer will do. Raises typer.Abort on Ctrl-C."""
    while True:
        said = str(typer.prompt(question, default=default, err=True, show_default=bool(default))).strip()
        problem = problem_of(said)
        if problem is None:
            return said
        print(f"  {escaped(problem)}", file=sys.stderr)


def _same_as(answers: "Answers", folder: Path | None, config: Path | None) -> str:
    words = ["relflow", "init", "--url", answers.url, "--project", answers.project]
    for each in answers.environments:
        words += ["--environment", f"{each.name}={each.job}"]
    for each in answers.environments:
        words += ["--approvals", f"{each.name}={each.approvals}"]
    words += ["--shared", str(folder)] if folder else ["--private"]
    words += ["--config", str(config)] if config else []
    return shlex.join([*words, "--yes"])


def _begun(plan: "Beginning", listener: object) -> Answer:
    from relflow.bootstrap import begin

    try:
        result = begin(plan, listener)  # type: ignore[arg-type]
    except RelflowError as exc:
        if plan.written:
            exc.why, exc.next_step = (*exc.why, _written(plan)), (*exc.next_step, *_goes_on(plan))
        raise
    except KeyboardInterrupt:
        _interrupted(plan)
    return _answer(plan, result)


def _interrupted(plan: "Beginning") -> NoReturn:
    raise KeyboardInterrupt(_written(plan) if plan.written else "")


def _written(plan: "Beginning") -> str:
    return f"written so far: {', '.join(plan.written)}"


def _goes_on(plan: "Beginning") -> tuple[str, ...]:
    return ("relflow policy adopt     goes on from here",) if str(plan.file) in plan.written else ()


def _answer(plan: "Beginning", result: "Adopted | No") -> Answer:
    from relflow.cli.failing import refusal
    from relflow.cli.results import event_shape
    from relflow.service.app import No

    if isinstance(result, No):
        said = refusal(result.what, result.refusals)
        why, steps = (*said.why, _written(plan)), (*said.next_step, *_goes_on(plan))
        return Answer(None, "", replace(said, why=why, next_step=steps))
    path, digest = result.project.path, result.project.digest or ""
    shape: contract.Init = {
        "file": str(plan.file),
        "database": str(plan.database),
        "shared": plan.shared is not None,
        "project": path,
        "digest": digest,
        "events": [event_shape(each) for each in result.recorded],
    }
    lines = [
        f"wrote {plan.file}",
        f"the database is {plan.database}",
        f"the policy of {path} is in force: {digest[:12]}",
        "  next:  relflow create VERSION",
    ]
    return Answer(shape, "\n".join(map(escaped, lines)))
