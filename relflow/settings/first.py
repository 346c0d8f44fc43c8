"""The first relflow.toml of a project: what somebody answered, as a file that teaches the rest."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Comment, Trivia

from relflow.core.errors import SetupError, UsageError
from relflow.core.workflow import Workflow
from relflow.settings.address import url_problem
from relflow.settings.place import project_problem
from relflow.settings.policy import parse

#: Where editors find the published schema: a copy of docs/reference/relflow.schema.json beside the file.
SCHEMA = "relflow.schema.json"
_PRIVATE = "Without a [database], it is one file in the data folder of whoever runs relflow."
_ORDER = "In the order of the way to production; the last one asks before it deploys."
_APPROVERS = 'Who may approve: approvers = { access = "maintainer", users = ["chris"] }'


@dataclass(frozen=True, slots=True)
class FirstEnvironment:
    """An environment as it is first written down."""

    name: str
    job: str
    approvals: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """What the first settings say; the database is None for the user's own file."""

    url: str
    project: str
    environments: tuple[FirstEnvironment, ...]
    database_url: str | None = None


def first_settings(answers: Answers) -> tuple[str, Workflow]:
    """The text of the file and the policy that it proposes. Raises UsageError for answers that make none."""
    problems = [
        f"{who}: {problem}"
        for who, problem in (
            ("--url", url_problem(answers.url)),
            ("--project", project_problem(answers.project)),
        )
        if problem
    ]
    if problems:
        raise UsageError("these answers make no settings", tuple(problems))
    text = _text(answers)
    try:
        return text, parse(text)
    except SetupError as exc:
        raise UsageError("these answers make no policy", exc.why, ("relflow init -h     tells the form",)) from exc


def write_first(file: Path, text: str) -> None:
    """Write the new file, whole or not at all. Raises SetupError where it cannot be, or is there already."""
    fresh = file.with_name(f".{file.name[:200]}.{os.getpid()}")
    try:
        try:
            fresh.write_text(text, encoding="utf-8")
            os.link(fresh, file)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as exc:
        step = f"check who owns {file.parent}, and that it has room"
        raise SetupError(f"{file} cannot be written", (exc.strerror or str(exc),), (step,)) from exc


def environment_of(text: str) -> FirstEnvironment:
    """The environment that NAME=JOB means. Raises UsageError for anything else."""
    name, equals, job = text.partition("=")
    if not (name.strip() and equals and job.strip()):
        raise UsageError(f"--environment {text!r} is not NAME=JOB", (), ("--environment prod=deploy-prod",))
    return FirstEnvironment(name.strip(), job.strip())


def approvals_of(text: str, known: tuple[str, ...]) -> tuple[str, int]:
    """The environment and the number that ENV=N means. Raises UsageError for anything else."""
    name, _, number = text.partition("=")
    if name not in known:
        raise UsageError(f"--approvals {text!r}: there is no environment {name}", (f"there are {', '.join(known)}",))
    if not number.isascii() or not number.isdigit():
        raise UsageError(f"--approvals {text!r} is not ENV=N", (), (f"--approvals {name}=2",))
    return name, int(number[:9])


def _text(answers: Answers) -> str:
    document = tomlkit.document()
    document.add(Comment(Trivia(comment=f"#:schema {SCHEMA}")))  # comment() would put a blank behind the #
    document.add(tomlkit.comment("What relflow knows of this project. A change counts once a maintainer adopts it:"))
    document.add(tomlkit.comment("    relflow policy adopt"))
    document.add(tomlkit.nl())
    gitlab = tomlkit.table()
    gitlab["url"], gitlab["project"] = answers.url, answers.project
    document["gitlab"] = gitlab
    document.add(tomlkit.nl())
    if answers.database_url is None:
        document.add(tomlkit.comment(_PRIVATE))
        document.add(tomlkit.nl())
    else:
        database = tomlkit.table()
        database["url"] = answers.database_url
        document["database"] = database
        document.add(tomlkit.nl())
    document.add(tomlkit.comment(_ORDER))
    document["environments"] = AoT([_environment(each) for each in answers.environments])
    document.add(tomlkit.comment(_APPROVERS))
    return tomlkit.dumps(document)


def _environment(each: FirstEnvironment) -> Any:
    table = tomlkit.table()
    table["name"], table["job"], table["approvals"] = each.name, each.job, each.approvals
    table["job"].comment("the manual job in .gitlab-ci.yml")
    table["approvals"].comment("how many people, besides whoever created the release")
    table.add(tomlkit.nl())
    return table
