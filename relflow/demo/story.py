"""The story: five people, three releases, one of them reaches production. Each step is a real command."""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from relflow.demo.stage import Stage, StoryError, opened_stage

__all__ = ["SCENES", "Scene", "Step", "StoryError", "tell"]


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody types a command, and it ends with that exit code."""

    who: str
    words: str
    ends: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens, in a sentence or two, and the commands that show it."""

    says: str
    steps: tuple[Step, ...]


SCENES = (
    Scene(
        "A team keeps its releases in one database. Anna is a maintainer; she puts the policy in force.",
        (Step("anna", "db upgrade"), Step("anna", "policy adopt --yes")),
    ),
    Scene(
        "Emil brings 1.2.0 as far as dev: its pipeline passed, dana agreed, and the manual job is played, once.",
        (
            Step("emil", "create 1.2.0"),
            Step("emil", "test 1.2.0 --wait"),
            Step("dana", "approve 1.2.0 dev"),
            Step("emil", "deploy 1.2.0 dev"),
        ),
    ),
    Scene(
        "Chris brings 1.3.0. Its pipeline has a failing test, so it stays a draft.",
        (Step("chris", "create 1.3.0"), Step("chris", "test 1.3.0 --wait", 1)),
    ),
    Scene(
        "The bug is fixed in 1.4.0, and the pipeline agrees.",
        (Step("chris", "create 1.4.0 --title 'Rounding fixed'"), Step("chris", "test 1.4.0 --wait")),
    ),
    Scene(
        "Chris is in a hurry. relflow says no, and says why; and nobody approves what they made themselves.",
        (Step("chris", "deploy 1.4.0 dev", 1), Step("chris", "approve 1.4.0 dev", 1)),
    ),
    Scene(
        "Dana reads the change and agrees. A plan says what would happen; then it does.",
        (
            Step("dana", "approve 1.4.0 dev -m 'read the diff'"),
            Step("chris", "plan 1.4.0 dev"),
            Step("chris", "deploy 1.4.0 dev"),
        ),
    ),
    Scene(
        "For production two of anna, ben and dana must agree. Between the two dana sees something odd, and stops.",
        (
            Step("anna", "approve 1.4.0 prod -m 'numbers checked in dev'"),
            Step("dana", "hold 1.4.0 -m 'the totals of May look wrong'"),
            Step("ben", "approve 1.4.0 prod", 1),
            Step("dana", "resume 1.4.0 -m 'it was an old export'"),
            Step("ben", "approve 1.4.0 prod"),
        ),
    ),
    Scene("Two of two approvals: production.", (Step("anna", "deploy 1.4.0 prod --yes"),)),
    Scene(
        "Emil must see an old report once more: dev goes back to what it ran before, and production is left alone.",
        (Step("emil", "rollback dev -m 'to compare with the report of May' --yes"),),
    ),
    Scene(
        "Everything stands in the audit log, the refusals too, and it verifies.",
        (Step("rita", "status"), Step("rita", "log 1.4.0"), Step("rita", "audit verify")),
    ),
)


def tell(folder: Path | None) -> Path:
    """Tell the story and leave the database; the folder it is in. Raises StoryError when a step ends otherwise."""
    home = _home(folder)
    with opened_stage(home) as stage:
        for number, scene in enumerate(SCENES, start=1):
            stage.narrate(f"{number}. {scene.says}")
            for step in scene.steps:
                stage.play(step.who, step.words, step.ends)
        _farewell(stage)
    return home


def _home(folder: Path | None) -> Path:
    if missing := [tool for tool in ("git", "bash") if shutil.which(tool) is None]:
        raise StoryError("the demo cannot run here", (f"{' and '.join(missing)} must be installed",))
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="relflow-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoryError(f"{folder} is not empty", ("the demo leaves its database in a new folder",))
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


def _farewell(stage: Stage) -> None:
    config = os.path.relpath(stage.home / "relflow.toml")
    config = config if not config.startswith("..") else str(stage.home / "relflow.toml")
    stage.narrate("The GitLab of this demo is gone now; the database stays. Look at it, without GitLab or token:")
    command = "relflow" if shutil.which("relflow") else os.path.relpath(Path(sys.executable).with_name("relflow"))
    for words in ("status", "show 1.4.0", "log --event command_refused", "workflow show --mermaid"):
        stage.say(f"    {command} {words} --config {config}")
