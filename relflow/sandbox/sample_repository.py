"""The bundled project: a real repository made from the folder `sample`, the same commits every time."""

import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from relflow.sandbox.model.people import BY_USERNAME
from relflow.sandbox.repo.git import git


@dataclass(frozen=True)
class Step:
    """One commit: the files of a folder laid over those before it."""

    folder: str
    author: str
    at: str
    message: str
    tag: str | None = None


# Version 1.3.0 has a bug that its own test finds; 1.4.0 repairs it.
STEPS: Final = (
    Step("1-prices", "anna", "2025-03-03T09:12:00+01:00", "Provide the prices", "v1.2.0"),
    Step("2-average", "chris", "2025-03-17T15:40:00+01:00", "Tell the average price", "v1.3.0"),
    Step("3-header", "dana", "2025-03-19T10:05:00+01:00", "Leave the header out of the average", "v1.4.0"),
    Step("4-readme", "emil", "2025-03-24T16:30:00+01:00", "Say in the README what average does"),
)


def create_sample(folder: Path) -> None:
    """Make the repository in a new folder. Its shas never change: all dates are fixed."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    git(folder, "config", "core.fileMode", "false")
    # So that a clone of it can push to the branch that is checked out here.
    git(folder, "config", "receive.denyCurrentBranch", "updateInstead")
    with as_file(files("relflow.sandbox") / "sample") as bundled:
        for step in STEPS:
            shutil.copytree(bundled / step.folder, folder, dirs_exist_ok=True)
            _commit(folder, step)


def _commit(folder: Path, step: Step) -> None:
    person = BY_USERNAME[step.author]
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", person.name), ("EMAIL", person.email), ("DATE", step.at))
    }
    git(folder, "add", "--all", environment=who)
    git(folder, "commit", "--quiet", "--no-verify", f"--message={step.message}", environment=who)
    if step.tag:
        git(folder, "tag", "--annotate", f"--message=Release {step.tag}", step.tag, environment=who)
