"""The token leaves in one header, and is never seen again: in no text, no repr and no chained traceback."""

import json
import traceback
from collections.abc import Callable, Iterator

import pytest

from relflow.adapters.gitlab import PythonGitLabSetup
from relflow.core.errors import GitLabError
from tests.contract.stub import CANARY, Reply, Stub, reply, truncated
from tests.contract.test_gitlab_reads_wire import READS

ECHO = {"message": f"401 no such token {CANARY}", "error_description": f"x {CANARY}", "id": CANARY, "status": CANARY}
SAID = {
    "echo in JSON": reply(401, ECHO),
    "echo in a page": reply(502, f"<p>Authorization: Bearer {CANARY}</p>".encode(), kind="text/html"),
    "echo in success": reply(200, ECHO),
    "echo in the target": reply(301, b"", Location=f"https://x.example.org/{CANARY}?private_token={CANARY}"),
    "echo in the wait": reply(429, b"", Retry_After=CANARY),
    "echo in half an answer": truncated(200, ECHO),
    "echo in no HTTP": Reply(f"Bearer {CANARY}\r\n".encode()),
    "echo in a header line": Reply(f"HTTP/1.1 200 OK\r\n{CANARY}\r\nContent-Length: {CANARY}\r\n\r\n".encode()),
    "reset": Reply(end="reset"),
}


def texts(exc: BaseException) -> Iterator[str]:
    """All that may be shown of an exception and of those it came from."""
    yield from traceback.format_exception(exc)
    chain: BaseException | None = exc
    while chain is not None:
        yield f"{chain!s} {chain!r} {vars(chain)}"
        chain = chain.__cause__ or chain.__context__


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("method", READS)
def test_no_error_shows_the_token(stub: Stub, gitlab: PythonGitLabSetup, method: str, name: str) -> None:
    """Even where the server sends it back, an error shows neither it nor an address with its query."""
    use: Callable[[PythonGitLabSetup], object] = READS[method][0]
    stub.says(SAID[name])
    with pytest.raises(GitLabError) as caught:
        use(gitlab)
    shown = "".join(texts(caught.value))
    assert CANARY not in shown
    assert "per_page" not in shown
    assert "private_token" not in shown


@pytest.mark.parametrize("name", SAID)
def test_no_answer_to_a_play_shows_the_token(stub: Stub, gitlab: PythonGitLabSetup, name: str) -> None:
    """The answer is recorded for good, so it must not hold the token."""
    stub.says(SAID[name])
    assert CANARY not in repr(gitlab.play(5, 17))
    assert CANARY not in repr(gitlab.run_pipeline(5, "v1"))


def test_a_token_in_a_job_is_not_kept(stub: Stub, gitlab: PythonGitLabSetup) -> None:
    """A job that somebody named after the token is shown without it."""
    from tests.contract.samples import JOB

    stub.says(reply(200, json.loads(json.dumps(JOB)) | {"name": CANARY}))
    job = gitlab.job(5, 17)
    assert job is not None
    assert job.name == "[token]"


def test_the_adapter_does_not_show_the_token(gitlab: PythonGitLabSetup) -> None:
    """Nor does its repr, which a traceback with local variables prints."""
    assert CANARY not in repr(gitlab) + repr(gitlab._wire)
