"""The page of exit codes, from the kinds of failure."""

from docs.reference_pages.markdown import code, page, table
from relflow.cli.command import READER_GONE
from relflow.cli.failing import EXIT_CODES, INTERRUPTED

MEANINGS = {
    "refused": "a gate did not hold, or a check has findings",
    "usage": "the words of the command; an unknown release, environment or state",
    "conflict": "somebody moved first, or the write lock timed out: try again",
    "gitlab": "GitLab refused, or cannot be reached",
    "unknown": "a deployment is still open: run `relflow reconcile`; or nobody knows whether a pipeline was started",
    "failed": "the job failed; or it succeeded, and the release was held as odd",
    "audit": "the audit log does not verify",
    "setup": "settings, policy or database cannot be used",
    "bug": "a mistake in relflow; `--debug` shows where",
}


def exit_codes() -> str:
    """Each exit code and its kind."""
    rows = (
        ("0", "", "done"),
        *((str(number), code(kind), MEANINGS[kind]) for kind, number in EXIT_CODES.items()),
        (str(INTERRUPTED), "", "interrupted before anything left"),
        (str(READER_GONE), "", "whoever read the output went away, as `head` does"),
    )
    return page(
        "Exit codes",
        "`kind` is what `--json` says in `error.kind`.",
        table(("code", "kind", "means"), rows),
    )
