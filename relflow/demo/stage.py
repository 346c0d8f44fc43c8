"""What the story needs around it: a running sandbox, settings, people with tokens, and somebody who narrates."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTS_WITHIN_S = 20.0
SETTINGS = """\
[gitlab]
url = "{url}"
project = "{project}"

[database]
url = "sqlite:///releases.db"

[[environments]]
name = "dev"
job = "deploy-dev"

[[environments]]
name = "prod"
job = "deploy-prod"
approvals = 2
approvers = {{ access = "maintainer", users = ["dana"] }}
"""


class StoryError(Exception):
    """The demo cannot run, or a step of it did not end as told."""

    def __init__(self, what: str, why: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what, self.why = what, why


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays: a folder with settings and database, and each person's token."""

    home: Path
    tokens: Mapping[str, str]

    def say(self, text: str) -> None:
        """A line of the narrator's."""
        print(text, flush=True)

    def narrate(self, text: str) -> None:
        """A paragraph of the narrator's."""
        bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.say(f"\n\x1b[1m{text}\x1b[0m" if bold else f"\n{text}")

    def play(self, who: str, words: str, ends: int) -> None:
        """Run one command as that person. Raises StoryError when it ends with another exit code."""
        self.say(f"\n  {who}$ relflow {words}")
        # One stream for both: what a person sees on a terminal.
        process = subprocess.run(
            [sys.executable, "-m", "relflow", *shlex.split(words)],
            env={**self._environment(), "RELFLOW_TOKEN": self.tokens[who]},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        for line in process.stdout.splitlines():
            self.say(f"  {line}")
        if process.returncode != ends:
            raise StoryError("the demo went otherwise than told", (f"relflow {words} ended with {process.returncode}",))

    def _environment(self) -> dict[str, str]:
        # Nothing of the user's own set-up may leak into the story, and nothing of the story into it.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RELFLOW_", "GITLAB_"))}
        return {**kept, "XDG_STATE_HOME": str(self.home / "state"), "NO_COLOR": "1"}


@contextmanager
def opened_stage(home: Path) -> Iterator[Stage]:
    """A stage with a running sandbox, which ends with it."""
    ready = home / "ready.json"
    words = ["sandbox", "run", "--ready-file", str(ready), "--state-dir", str(home / "gitlab")]
    with (home / "gitlab.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "relflow", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            told = _await(ready, process, home)
            settings = SETTINGS.format(url=told["url"], project=told["project"])
            (home / "relflow.toml").write_text(settings)
            yield Stage(home, {user["username"]: user["token"] for user in told["users"]})
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _await(ready: Path, process: "subprocess.Popen[bytes]", home: Path) -> dict[str, Any]:
    end = time.monotonic() + STARTS_WITHIN_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > end:
            last = (home / "gitlab.log").read_text().strip().splitlines()[-3:]
            raise StoryError("the sandbox did not start", tuple(last))
        time.sleep(0.02)
    told: dict[str, Any] = json.loads(ready.read_text())
    return told
