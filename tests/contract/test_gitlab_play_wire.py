"""What leaves the machine when a job is played, seen by a real socket."""

import json
from pathlib import Path

import pytest

from relflow.adapters.gitlab import PythonGitLab, connect
from relflow.core.answers import classify
from tests.contract import samples
from tests.contract.stub import CANARY, PATIENCE, Reply, Stub, listening, reply, truncated
from tests.core.examples import deployment

FINISHED = samples.JOB | {"status": "success"}
WAIT = "Retry-After: 1\r\n"

#: What comes back -> the status in the answer, and what it proves.
OUTCOMES = {
    "the job, pending": (reply(200, samples.JOB), 200, "accepted"),
    "the job, finished long ago": (reply(200, FINISHED), 200, "unknown"),
    "another job": (reply(200, samples.JOB | {"id": 18}), 200, "unknown"),
    "created instead of OK": (reply(201, samples.JOB), 201, "unknown"),
    "no content": (Reply(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), 204, "unknown"),
    "a job without a status": (reply(200, {"id": 17}), 200, "unknown"),
    "a list": (reply(200, [samples.JOB]), 200, "unknown"),
    "a page": (reply(200, samples.HTML, kind="text/html"), 200, "unknown"),
    "nothing": (reply(200, b""), 200, "unknown"),
    "half the job": (truncated(200, samples.JOB), None, "unknown"),
    "half the job, in chunks": (
        Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
        None,
        "unknown",
    ),
    "unplayable": (reply(400, {"message": "400 Bad request - Unplayable Job"}), 400, "unknown"),
    "unknown token": (reply(401, samples.UNKNOWN_TOKEN), 401, "refused"),
    "no right": (reply(403, {"message": "403 Forbidden"}), 403, "refused"),
    "not there": (reply(404, {"message": "404 Not found"}), 404, "refused"),
    "moved project": (reply(405, {"message": "Non GET methods are not allowed for moved projects"}), 405, "refused"),
    "conflict": (reply(409, {"message": "409 Conflict: Resource lock"}), 409, "unknown"),
    "too many": (reply(429, b"Retry later", kind="text/plain", Retry_After="1"), 429, "unknown"),
    "too many, by date": (reply(429, b"", Retry_After="Wed, 21 Oct 2037 07:28:00 GMT"), 429, "unknown"),
    "broken": (reply(500, {"message": "500 Internal Server Error"}), 500, "unknown"),
    "bad gateway": (reply(502, samples.HTML, kind="text/html"), 502, "unknown"),
    "unavailable": (reply(503, b"", Retry_After="1"), 503, "unknown"),
    "elsewhere, by GET": (reply(302, b"", Location="/api/v4/jobs"), 302, "unknown"),
    "elsewhere, by POST": (reply(307, b"", Location="/api/v4/jobs"), 307, "unknown"),
    "elsewhere for good": (reply(308, b"", Location="/api/v4/jobs"), 308, "unknown"),
    "reset at once": (Reply(end="reset"), None, "unknown"),
    "closed at once": (Reply(), None, "unknown"),
    "no HTTP": (Reply(b"SSH-2.0-OpenSSH_9.2\r\n"), None, "unknown"),
    "silence": (Reply(end="hang"), None, "unknown"),
    "a body without end": (Reply(reply(200, b" " * 9999).data[:-9999], end="trickle"), None, "unknown"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_one_play_is_one_post(stub: Stub, gitlab: PythonGitLab, impatient: PythonGitLab, name: str) -> None:
    """Whatever comes back, GitLab saw exactly one request, and the answer says as much as it proves."""
    said, status, meaning = OUTCOMES[name]
    stub.says(said)
    answer = (impatient if said.is_endless else gitlab).play(5, 17)
    assert [each.method for each in stub.received] == ["POST"]
    assert (answer.status, classify(answer, deployment(job_id=17))[0]) == (status, meaning)
    assert answer.text.isprintable()


def test_the_post_says_what_it_must(stub: Stub, gitlab: PythonGitLab) -> None:
    """The job in the path, an empty object as the body, the token in one header, and nothing in the query."""
    stub.says(reply(200, samples.JOB))
    gitlab.play(5, 17)
    (request,) = stub.received
    assert request.target == "/api/v4/projects/5/jobs/17/play"
    assert json.loads(request.body) == {}
    assert [name for name, value in request.headers.items() if CANARY in value] == ["authorization"]
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.headers["user-agent"].startswith("relflow/")


def test_a_redirect_is_not_followed_to_another_host(stub: Stub, gitlab: PythonGitLab) -> None:
    """The other host hears nothing: neither the play nor the token."""
    with listening() as other:
        other.says(reply(200, samples.JOB))
        stub.says(reply(307, b"", Location=f"{other.url}/api/v4/projects/5/jobs/17/play"))
        assert gitlab.play(5, 17).status == 307
    assert other.received == []


def test_a_dropped_connection_is_not_used_twice(stub: Stub, gitlab: PythonGitLab) -> None:
    """A POST over a connection that answered before and now breaks is lost, and not sent again over a new one."""
    stub.says(reply(200, samples.JOB, end="keep"), Reply(end="reset"), reply(200, samples.JOB))
    gitlab.job(5, 17)
    assert gitlab.play(5, 17).status is None
    assert [each.method for each in stub.received] == ["GET", "POST"]


def test_nothing_is_sent_where_nobody_listens(stub: Stub) -> None:
    """A refused connection is told apart: the words say that nothing left."""
    with listening() as gone:
        url = gone.url
    with connect(url, CANARY, timeout=PATIENCE) as gitlab:
        answer = gitlab.play(5, 17)
        assert (answer.was_sent, answer.text) == (False, "Connection refused")
    assert stub.received == []


def test_files_of_python_gitlab_change_nothing(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its configuration may ask for retries and hold a token: both are ignored."""
    config = tmp_path / "python-gitlab.cfg"
    config.write_text(
        "[global]\ndefault = x\nretry_transient_errors = true\ntimeout = 1\n"
        f"[x]\nurl = {stub.url}\nprivate_token = other\n"
    )
    monkeypatch.setenv("PYTHON_GITLAB_CFG", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".python-gitlab.cfg").write_text(config.read_text())
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password other\n")
    stub.says(reply(502, samples.HTML, kind="text/html"), reply(200, samples.JOB))
    with connect(stub.url, CANARY, timeout=PATIENCE) as gitlab:
        assert gitlab.play(5, 17).status == 502
    (request,) = stub.received
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert "private-token" not in request.headers


def test_no_proxy_stands_before_this_machine(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is not asked for a GitLab on loopback."""
    with listening() as proxy:
        proxy.says(reply(502, b""))
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        stub.says(reply(200, samples.JOB))
        with connect(stub.url, CANARY, timeout=PATIENCE) as gitlab:
            assert gitlab.play(5, 17).status == 200
    assert proxy.received == []
