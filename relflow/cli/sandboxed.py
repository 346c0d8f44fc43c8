"""Running the sandbox and the demo from the command line."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from relflow.cli.command import Answer
from relflow.core.errors import SetupError, UsageError

if TYPE_CHECKING:
    from relflow.views import contract


def serve(repo: Path | None, port: int, ready_file: Path | None, state_dir: Path | None) -> Answer:
    """Serve until a signal comes."""
    try:
        from relflow.sandbox.errors import SandboxError
        from relflow.sandbox.server import run
    except ImportError as exc:
        raise _not_installed() from exc
    try:
        run(repo=repo, port=port, ready_file=ready_file, state_dir=state_dir)
    except SandboxError as exc:
        raise UsageError(exc.what, (exc.why,), (exc.next_step,)) from exc
    return Answer(None, "")


def tell_story(folder: Path | None, *, as_json: bool) -> Answer:
    """The demo, narrated; on stderr where stdout is for the answer."""
    try:
        import yaml  # noqa: F401 - the sandbox needs it, and it runs in a process of its own
    except ImportError as exc:
        raise _not_installed() from exc
    from relflow.demo.story import StoryError, tell

    try:
        with redirect_stdout(sys.stderr if as_json else sys.stdout):
            left = tell(folder)
    except StoryError as exc:
        raise SetupError(exc.what, exc.why, ()) from exc
    shape: contract.Demo = {"folder": str(left)}
    return Answer(shape, "")


def _not_installed() -> SetupError:
    why = ("it needs the extra sandbox",)
    return SetupError("the sandbox is not installed", why, ("pip install 'gitlab-relflow[sandbox]'",))
