"""What a person reads when a read does not work: what happened, why, and what to do next."""

import ssl
import subprocess
from pathlib import Path

import pytest

from relflow.adapters.gitlab import PythonGitLab, connect
from relflow.core.errors import GitLabError, SetupError
from tests.contract import samples
from tests.contract.stub import CANARY, PATIENCE, Reply, Stub, listening, reply, truncated

#: What comes back -> the error's status, words in its sentence, words in its advice.
TROUBLES: dict[str, tuple[Reply, int | None, str, str]] = {
    "unknown token": (reply(401, samples.UNKNOWN_TOKEN), 401, "does not know the token", "RELFLOW_TOKEN"),
    "expired": (reply(401, samples.EXPIRED), 401, "the token has expired", "scope api"),
    "revoked": (reply(401, samples.REVOKED), 401, "the token was revoked", "scope api"),
    "odd token": (reply(401, {"error": "invalid_token"}), 401, "refused the token", "scope api"),
    "narrow": (reply(403, samples.NARROW), 403, "scopes do not allow", "scope api"),
    "forbidden": (reply(403, {"message": "403 Forbidden - why"}), 403, "does not let you see job 17", "maintainer"),
    "project": (reply(404, {"message": "404 Project Not Found"}), 404, "not there, or hidden", "member"),
    "teapot": (reply(418, {"message": "418"}), 418, "refused to show job 17", "relflow.toml"),
    "throttled": (reply(429, b"Retry later", kind="text/plain", Retry_After="30"), 429, "wait", "in 30 seconds"),
    "throttled, by date": (
        reply(429, {"message": {"error": "Try again later."}}, Retry_After="Wed, 21 Oct 2037 07:28:00 GMT"),
        429,
        "wait",
        "after 2037-10-21 07:28:00 UTC",
    ),
    "throttled, oddly": (reply(429, b"", Retry_After="-1"), 429, "wait", "in a minute"),
    "throttled, without": (reply(429, b""), 429, "wait", "in a minute"),
    "internal": (reply(500, {"message": "500 Internal Server Error"}), 500, "trouble itself (500)", "try again"),
    "gateway": (reply(502, samples.HTML, kind="text/html"), 502, "trouble itself (502)", "try again"),
    "login page": (reply(200, samples.HTML, kind="text/html"), 200, "not as GitLab does", "relflow.toml"),
    "empty": (reply(200, b""), 200, "not as GitLab does", "relflow.toml"),
    "deep": (reply(200, b"[" * 100_000), 200, "not as GitLab does", "relflow.toml"),
    "wrong kind": (reply(200, [1]), 200, "does not understand", "relflow.toml"),
    "wrong field": (reply(200, samples.JOB | {"status": 5}), 200, "does not understand", "relflow.toml"),
    "moved": (
        reply(301, b"", Location="https://u:p@new.example.org/x?private_token=1"),
        301,
        "moved to https://new.example.org/x",
        "relflow.toml",
    ),
    "moved nowhere": (reply(302, b""), 302, "moved to nowhere", "relflow.toml"),
    "truncated": (truncated(200, samples.JOB), None, "broke off", "try again"),
    "reset": (Reply(end="reset"), None, "broke off", "try again"),
    "silence": (Reply(end="hang"), None, "did not answer in time", "try again"),
    "trickle": (Reply(reply(200, b" " * 9999).data[:-9999], end="trickle"), None, "not answer in time", "try again"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_has_words(stub: Stub, gitlab: PythonGitLab, impatient: PythonGitLab, name: str) -> None:
    """One request, and an error with its status, its sentence and its advice; every text is on one line."""
    said, status, sentence, advice = TROUBLES[name]
    stub.says(said)
    with pytest.raises(GitLabError) as caught:
        (impatient if said.is_endless else gitlab).job(5, 17)
    error = caught.value
    assert len(stub.received) == 1
    assert error.status == status
    assert sentence in error.what
    assert advice in " ".join(error.next_step)
    assert "job 17" in f"{error.what} {error.why}"
    assert all(text.isprintable() for text in (error.what, *error.why, *error.next_step))


def test_what_gitlab_says_is_shown_escaped_and_short(stub: Stub, gitlab: PythonGitLab) -> None:
    """Its words are part of the reason, however its version nests them, and cannot move a terminal's cursor."""
    words = {"message": {"base": ["no \x1b[2J way"], "ref": ["is \u202egone", "x" * 999]}}
    stub.says(reply(400, words))
    with pytest.raises(GitLabError) as caught:
        gitlab.job(5, 17)
    (why,) = caught.value.why
    assert "no \\u001b[2J way; ref: is \\u202egone" in why
    assert len(why) < 300


def test_what_was_asked_for_is_shown_escaped(stub: Stub, gitlab: PythonGitLab) -> None:
    """A name that a person typed, or pasted, cannot turn the text around."""
    stub.says(reply(404, {"message": "404 Project Not Found"}))
    with pytest.raises(GitLabError) as caught:
        gitlab.project("group/\u202ename")
    assert caught.value.what.startswith("GitLab does not show project group/\\u202ename: not there")


def test_a_host_where_nobody_listens_is_named(stub: Stub) -> None:
    """The host alone, and the system's own words."""
    with listening() as gone:
        url = gone.url
    with connect(url, CANARY, timeout=PATIENCE) as gitlab, pytest.raises(GitLabError) as caught:
        gitlab.project("group/data-provider")
    assert caught.value.what == f"{url.removeprefix('http://')} cannot be reached"
    assert caught.value.why == ("asked for project group/data-provider: Connection refused",)


def test_a_host_that_speaks_no_tls(stub: Stub) -> None:
    """`https` before an address that answers in plain text."""
    stub.greeting = b"SSH-2.0-OpenSSH_9.2\r\n"
    url = stub.url.replace("http:", "https:")
    with connect(url, CANARY, timeout=PATIENCE) as gitlab, pytest.raises(GitLabError, match="cannot be trusted"):
        gitlab.job(5, 17)


def test_a_certificate_that_nobody_signed(stub: Stub, tmp_path: Path) -> None:
    """The reason is the verifier's own, and the request with the token never left."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    subprocess.run([*make.split(), "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    stub.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    stub.tls.load_cert_chain(certificate, key)
    with connect(stub.url, CANARY, timeout=PATIENCE) as gitlab, pytest.raises(GitLabError) as caught:
        gitlab.job(5, 17)
    assert "its certificate is refused: self-signed certificate" in caught.value.why[0]
    assert "REQUESTS_CA_BUNDLE" in caught.value.next_step[0]
    assert stub.received == []


def test_the_scopes_may_fail_too(stub: Stub, gitlab: PythonGitLab) -> None:
    """Only the answers that mean "this token does not tell" are taken for that."""
    stub.says(reply(200, samples.USER), reply(502, samples.HTML, kind="text/html"))
    with pytest.raises(GitLabError, match="trouble itself"):
        gitlab.identify()


BAD_URLS = ["", "gitlab.example.org", "ftp://x", "https://", "https://u:p@x", "https://x?private_token=1", "https://[x"]
BAD_URLS += ["https://x:99999", "https://x#y"]


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Before anything is sent, and without repeating what may be secret in it."""
    with pytest.raises(SetupError) as caught:
        connect(url, CANARY)
    assert "private_token" not in f"{caught.value.what}{caught.value.why}{caught.value.next_step}"


@pytest.mark.parametrize("token", ["", " ", "a b", "a\n", "ä", "a\x00"])
def test_what_is_no_token_is_refused(token: str) -> None:
    """A header cannot hold it, and the library would print it in its complaint."""
    with pytest.raises(SetupError):
        connect("https://gitlab.example.org", token)
